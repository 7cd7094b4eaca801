/**
 * The chain as this node holds it: ordered batches are executed in order in memory, certified blocks are
 * appended in order to the disk, and only then does consensus hear that they are durable (rule D2). A block whose
 * rules this software does not know is not executed, and the one before it is the last that consensus hears of.
 */
import { type BlockHash, type Height, nextHeight } from '../../shared/types/brands.ts';
import type { Boundary } from '../../shared/types/epochs.ts';
import type { Batch, Certificate, Transaction } from '../../shared/types/ledger.ts';
import type { BoundaryInput } from '../consensus/types.ts';
import { recoveryFault } from '../ledger/modules/recovery.ts';
import { type UnknownProtocol, unknownProtocol, unknownVersion } from '../ledger/protocols.ts';
import { recoveredBoundary } from '../ledger/recovered-view.ts';
import type { ExecutedBlock } from '../ledger/types.ts';
import type { RuntimeContext } from './context.ts';
import { executeBatch, type Ledger, type Parent } from './execute-batch.ts';
import type { HeldBatch } from './held-batches.ts';
import type { Tip } from './ports.ts';

export interface CertifiedBlock {
  readonly block: ExecutedBlock;
  readonly certificate: Certificate;
  readonly batch: Batch;
  readonly transactions: readonly Transaction[];
  /** What it says of the end of its epoch; what an accepted recovery says, if it is the last one that this keeps. */
  readonly boundary: Boundary;
}

export interface Chain {
  /** Executes the batch unless that was done (rule N5), and answers with the input `executed`. */
  execute(height: Height, held: HeldBatch): void;
  /** A certified block from a peer whose predecessor is executed or taken. */
  take(certificate: Certificate, held: HeldBatch): void;
  /** A quorum of seals: appended as soon as its block and all before are executed. */
  certified(certificate: Certificate): void;
  /** Highest block that is certified and durable. */
  tip(): Tip;
  executedHeight(): Height;
  /** Highest height that was handed to the disk. */
  appendedHeight(): Height;
  /** Hash of a block executed above the tip, or of the tip. */
  executedHash(height: Height): BlockHash | undefined;
  /** A block executed above the tip. */
  executedBlock(height: Height): ExecutedBlock | undefined;
}

export interface ChainEvents {
  /** Block and certificate are durable. */
  durable(block: CertifiedBlock): void;
  /** What the newest durable block says, on its way to consensus. */
  bounded(boundary: Boundary): BoundaryInput;
  /** The block is durable, and the next one follows rules that are not known here (rule E1): the node ends. */
  unsupported(height: Height, unknown: UnknownProtocol): void;
  /** The accepted recovery that goes on behind this block names a set that cannot follow on its state. */
  unfit(height: Height, problem: string): void;
  /** Rule X4: Q seals name another block than the one that execution yielded here. */
  diverged(height: Height, own: BlockHash, certified: BlockHash): void;
}

interface Executed {
  readonly block: ExecutedBlock;
  readonly batch: Batch;
  readonly transactions: readonly Transaction[];
  readonly boundary: Boundary;
}

export function createChain(context: RuntimeContext, ledger: Ledger, events: ChainEvents): Chain {
  const { state, blocks } = context.ports;
  let tip = blocks.tip();
  let head: Parent = { height: tip.height, hash: tip.hash, time: tip.header.time };
  let appended = tip.height;
  const executed = new Map<Height, Executed>();
  const certificates = new Map<Height, Certificate>();
  const written = new Map<Height, CertifiedBlock>();

  function execute(height: Height, held: HeldBatch): void {
    if (height > head.height) run(height, held);
    const done = executed.get(height);
    if (done === undefined) return;
    const summary = { ids: done.batch.ids, ran: done.block.ran.length };
    context.feed({ type: 'executed', height, block: done.block.hash, summary });
    appendReady();
  }

  function run(height: Height, { batch, transactions }: HeldBatch): void {
    if (height !== nextHeight(head.height)) {
      throw new Error(`Height ${height} was ordered for execution while ${head.height} is the last executed`);
    }
    if (unknownProtocol(ledger.state) !== undefined) return;
    const block = executeBatch(ledger, head, batch, transactions);
    head = { height, hash: block.hash, time: block.header.time };
    // State moves on with the next block: what stands behind this one is to be read now.
    const recovery = ledger.recoveries?.behind(height, block.hash);
    const problem = recovery && recoveryFault(ledger.state, recovery.certificate.content);
    if (problem !== undefined) {
      events.unfit(height, problem);
      return;
    }
    const boundary =
      recovery === undefined ? block.boundary : recoveredBoundary(ledger.state, recovery.certificate);
    executed.set(height, { block, batch, transactions, boundary });
  }

  function take(certificate: Certificate, held: HeldBatch): void {
    if (certificate.height > head.height) run(certificate.height, held);
    certified(certificate);
  }

  function certified(certificate: Certificate): void {
    if (certificate.height <= appended) return;
    certificates.set(certificate.height, certificate);
    appendReady();
  }

  function appendReady(): void {
    for (;;) {
      const height = nextHeight(appended);
      const certificate = certificates.get(height);
      const done = executed.get(height);
      if (certificate === undefined || done === undefined) return;
      if (certificate.block !== done.block.hash) {
        events.diverged(height, done.block.hash, certificate.block);
        return;
      }
      certificates.delete(height);
      appended = height;
      learnHandOver(done.block);
      append({ ...done, certificate });
    }
  }

  /** Certified and executed here: whoever seals what follows is proven. */
  function learnHandOver({ header, boundary }: ExecutedBlock): void {
    if (boundary.kind !== 'handover') return;
    context.trail.learn([{ header, nextValidators: boundary.next.validators }]);
  }

  function append(entry: CertifiedBlock): void {
    const envelopes = entry.transactions.map((transaction) => transaction.envelope);
    blocks.append(entry.block, entry.certificate, entry.batch, envelopes, () => {
      written.set(entry.block.height, entry);
      settleWritten();
    });
  }

  function settleWritten(): void {
    for (;;) {
      const entry = written.get(nextHeight(tip.height));
      if (entry === undefined) return;
      written.delete(entry.block.height);
      settle(entry);
    }
  }

  function settle(entry: CertifiedBlock): void {
    const { block, certificate, batch, boundary } = entry;
    tip = { height: block.height, hash: block.hash, header: block.header, certificate };
    state.certified(block.height);
    // May feed the core, which may order this very height now: it is still told that it was executed, or the one
    // after it would come first.
    events.durable(entry);
    const unknown = unknownNext(block.boundary);
    if (unknown !== undefined) {
      events.unsupported(block.height, unknown);
      return;
    }
    const summary = { ids: batch.ids, ran: block.ran.length };
    context.feed({
      type: 'certified-durable',
      height: block.height,
      block: block.hash,
      certificate,
      summary,
      boundary: events.bounded(boundary),
    });
    executed.delete(block.height);
  }

  function executedHash(height: Height): BlockHash | undefined {
    return height === tip.height ? tip.hash : executed.get(height)?.block.hash;
  }

  return {
    execute,
    take,
    certified,
    tip: () => tip,
    executedHeight: () => head.height,
    appendedHeight: () => appended,
    executedHash,
    executedBlock: (height) => executed.get(height)?.block,
  };
}

const unknownNext = (boundary: Boundary): UnknownProtocol | undefined =>
  boundary.kind === 'handover' ? unknownVersion(boundary.next.protocol) : undefined;

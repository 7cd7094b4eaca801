/** What consensus puts out, in order, to the room that does it. */
import type { Epoch, ValidatorId } from '../../shared/types/brands.ts';
import type { Certificate } from '../../shared/types/ledger.ts';
import type { Output } from '../consensus/types.ts';
import type { Batches } from './batches.ts';
import type { CatchUp } from './catch-up.ts';
import type { RuntimeContext } from './context.ts';
import { readIntact } from './damage.ts';
import type { EpochChange } from './epoch-change.ts';
import type { EvidenceRoom } from './evidence.ts';
import type { Chain } from './execution.ts';
import type { Intents } from './intents.ts';
import { messageFrames } from './message-frames.ts';
import type { Peers } from './peers.ts';
import { recoveriesOf } from './recoveries.ts';

export interface Outputs {
  handle(output: Output): void;
}

export interface OutputRooms {
  readonly intents: Intents;
  readonly batches: Batches;
  readonly chain: Chain;
  readonly catchUp: CatchUp;
  readonly peers: Peers;
  readonly evidence: Pick<EvidenceRoom, 'found'>;
  readonly epochChange: EpochChange;
  /** Rule D3: the vote store needs another incarnation. */
  renounce(): void;
  halt(code: string, facts: { readonly [name: string]: unknown }): void;
}

export function createOutputs(context: RuntimeContext, rooms: OutputRooms): Outputs {
  const { log, votes, blocks } = context.ports;
  const recoveries = recoveriesOf(blocks);

  function handle(output: Output): void {
    switch (output.type) {
      case 'intent':
        rooms.intents.gather(output);
        return;
      case 'send':
        send(output);
        return;
      case 'check-batch':
        rooms.batches.check(output);
        return;
      case 'execute':
        execute(output);
        return;
      case 'certified':
        rooms.chain.certified(output.certificate);
        return;
      case 'behind':
        rooms.catchUp.behind(output.height, output.peers);
        return;
      case 'ask-own-newest':
        rooms.peers.askNewest();
        return;
      case 'epoch-entered':
        rooms.epochChange.entered(output);
        return;
      case 'status-due':
        rooms.peers.tell(output.to);
        return;
      case 'prune':
        rooms.intents.pruned(output.height);
        votes.prune(output.height);
        return;
      case 'evidence':
        rooms.evidence.found(output.evidence);
        return;
      case 'rejected':
        context.reject('message-rejected', output.from, output.rule, output.reason);
        return;
      case 'halt': {
        const { code, height, own, others } = output;
        rooms.halt(code, { height, own, others });
        return;
      }
      case 'epoch-certificate':
        tellEpochEnd(output);
        return;
      case 'renounce':
        rooms.renounce();
        return;
      case 'note':
        log.write('info', output.code, output.facts);
        return;
    }
  }

  /** The certificate goes first: it tells the peer most. */
  function send({ to, messages, certificate }: Extract<Output, { type: 'send' }>): void {
    const [first = [], ...others] = messageFrames(messages);
    context.send(to, {
      type: 'consensus',
      messages: first,
      ...(certificate === undefined ? {} : { certificate }),
    });
    for (const frame of others) context.send(to, { type: 'consensus', messages: frame });
  }

  /** Rule V6: the peer is behind, catches up and goes over itself. Where it is damaged here, others tell it. */
  function tellEpochEnd({ to, epoch }: Extract<Output, { type: 'epoch-certificate' }>): void {
    const recovery = recoveries.ending(epoch);
    const certificate =
      recovery === undefined ? certificateOfEnd(epoch, to) : recovery.certificate.content.base.certificate;
    if (certificate !== undefined) context.send(to, { type: 'certificate', certificate });
    // Behind that block nothing proves itself: its operator is told what others accepted.
    if (recovery !== undefined) context.send(to, { type: 'recovery', recovery: recovery.bytes });
  }

  function certificateOfEnd(epoch: Epoch, to: ValidatorId): Certificate | undefined {
    const end = readIntact(
      () => blocks.epochEnd(epoch),
      ({ facts }) => log.write('warn', 'epoch-end-damaged', { ...facts, epoch, to }),
    );
    return end?.certificate;
  }

  function execute({ height, digest, batch }: Extract<Output, { type: 'execute' }>): void {
    const transactions = rooms.batches.bodiesOf(digest, batch);
    if (transactions === undefined)
      throw new Error(`Batch ${digest} is ordered, but its bodies are not here`);
    rooms.chain.execute(height, { batch, transactions });
  }

  return { handle };
}

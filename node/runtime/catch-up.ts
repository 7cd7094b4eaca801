/**
 * A node that is behind fetches certified blocks in chunks (rule C1). Each proves itself: header hash, parent,
 * Q seals, batch digest, ids; then it is executed here and must yield the same hash. The clients' signatures are
 * not verified again: Q validators sealed that they were. Who serves junk or stalls is put aside (rule C3).
 */
import { batchDigest, decodeEnvelope, decodeHeader, headerHash } from '../../shared/codec/ledger.ts';
import { type Height, heightOf, nextHeight, type ValidatorId } from '../../shared/types/brands.ts';
import type { Header, Transaction } from '../../shared/types/ledger.ts';
import { peersOf, type RuntimeContext } from './context.ts';
import type { Chain } from './execution.ts';
import type { StoredBlock } from './ports.ts';
import { certificateChecks, type SignatureCheck } from './signatures.ts';
import type { VoteLane } from './verification.ts';

export interface CatchUp {
  /** A certificate names this height; these peers have it. */
  behind(height: Height, peers: readonly ValidatorId[]): void;
  arrived(from: ValidatorId, blocks: readonly StoredBlock[]): void;
  /** The tip moved. */
  advanced(): void;
  progress(): CatchUpProgress | undefined;
}

export interface CatchUpProgress {
  readonly target: Height;
  /** Whom we ask now. */
  readonly peer?: ValidatorId;
}

interface Fetched {
  readonly stored: StoredBlock;
  readonly header: Header;
  readonly transactions: readonly Transaction[];
}

/** The time for an answer doubles while nobody answers in time, so that slow links and disks find a pace. */
const patienceDoublings = 5;

export function createCatchUp(context: RuntimeContext, chain: Chain, lane: VoteLane): CatchUp {
  let target = heightOf(0);
  const claimed = new Map<ValidatorId, Height>();
  const asideUntil = new Map<ValidatorId, number>();
  let asked: ValidatorId | undefined;
  /** Questions that a peer has not answered. What comes late is as good: the blocks prove themselves. */
  const unanswered = new Map<ValidatorId, number>();
  let verifying = false;
  let turn = 0;
  /** In a row. */
  let stalls = 0;
  let cancelTimer = (): void => {};

  function behind(height: Height, peers: readonly ValidatorId[]): void {
    for (const peer of peers) claimed.set(peer, heightOf(Math.max(height, claimed.get(peer) ?? 0)));
    target = heightOf(Math.max(target, height));
    if (asked === undefined && !verifying) askNext();
  }

  function askNext(): void {
    cancelTimer();
    asked = undefined;
    if (chain.appendedHeight() >= target) return;
    const patience = 2 ** Math.min(stalls, patienceDoublings);
    cancelTimer = context.ports.timers.after(context.tuning.fetchTimeoutMs * patience, onTimeout);
    const peer = nextPeer();
    if (peer === undefined) return;
    asked = peer;
    unanswered.set(peer, (unanswered.get(peer) ?? 0) + 1);
    context.send(peer, { type: 'get-blocks', from: nextHeight(chain.appendedHeight()) });
  }

  /** Those who claim the height first; those put aside only when nobody else is there. */
  function nextPeer(): ValidatorId | undefined {
    const linked = new Set(context.ports.links.open());
    const reachable = peersOf(context).filter((peer) => linked.has(peer));
    const now = context.ports.clock.monotonicMs();
    const trusted = reachable.filter((peer) => (asideUntil.get(peer) ?? 0) <= now);
    const claiming = trusted.filter((peer) => (claimed.get(peer) ?? 0) > chain.appendedHeight());
    const choice = [claiming, trusted, reachable].find((peers) => peers.length > 0) ?? [];
    turn += 1;
    return choice[turn % Math.max(1, choice.length)];
  }

  function onTimeout(): void {
    if (verifying) return;
    stalls += 1;
    if (asked !== undefined) putAside(asked, 'stalled');
    askNext();
  }

  function putAside(peer: ValidatorId, reason: string): void {
    claimed.delete(peer);
    asideUntil.set(peer, context.ports.clock.monotonicMs() + context.tuning.putAsideMs);
    context.ports.log.write('warn', 'catch-up-peer-put-aside', { peer, reason });
  }

  function arrived(from: ValidatorId, blocks: readonly StoredBlock[]): void {
    const questions = unanswered.get(from) ?? 0;
    if (verifying || questions === 0) return;
    unanswered.set(from, questions - 1);
    const chunk = readChunk(blocks);
    if (typeof chunk === 'string') {
      putAside(from, chunk);
      askNext();
      return;
    }
    if (chunk.top <= chain.appendedHeight()) return;
    stalls = 0;
    verifying = true;
    lane.submit(chunk.checks, (valid) => {
      verifying = false;
      if (!valid) putAside(from, 'a seal does not verify');
      else for (const fetched of chunk.blocks) take(fetched);
      askNext();
    });
  }

  /** Everything but the seals' signatures, block after block; or what is wrong. */
  function readChunk(
    blocks: readonly StoredBlock[],
  ): { blocks: Fetched[]; checks: SignatureCheck[]; top: Height } | string {
    const chunk: Fetched[] = [];
    const checks: SignatureCheck[] = [];
    for (const stored of blocks) {
      const fetched = readBlock(stored);
      if (typeof fetched === 'string') return fetched;
      const seals = certificateChecks(context, stored.certificate);
      if (seals === undefined) return 'a certificate without a quorum';
      const before = chunk.at(-1);
      if (before !== undefined && !follows(before, fetched)) return 'blocks out of order';
      chunk.push(fetched);
      checks.push(...seals);
    }
    const first = chunk[0];
    if (first === undefined) return 'no blocks';
    if (first.header.height > nextHeight(chain.appendedHeight())) return 'a gap';
    return { blocks: chunk, checks, top: chunk.at(-1)!.header.height };
  }

  function readBlock(stored: StoredBlock): Fetched | string {
    const { certificate, batch } = stored;
    try {
      const header = decodeHeader(stored.header);
      if (headerHash(stored.header) !== certificate.block) return 'another header than its certificate';
      if (header.height !== certificate.height || header.epoch !== certificate.epoch) return 'another height';
      if (header.network !== context.network) return 'another network';
      if (header.batch !== batchDigest(batch)) return 'another batch than its header';
      const transactions = stored.envelopes.map((envelope) => decodeEnvelope(envelope));
      const complete =
        transactions.length === batch.ids.length &&
        transactions.every((transaction, index) => transaction.id === batch.ids[index]);
      return complete ? { stored, header, transactions } : 'other transactions than its batch';
    } catch (error) {
      return `not readable: ${error instanceof Error ? error.message : String(error)}`;
    }
  }

  const follows = (before: Fetched, after: Fetched): boolean =>
    after.header.height === nextHeight(before.header.height) &&
    after.header.parent === before.stored.certificate.block;

  function take({ stored, transactions }: Fetched): void {
    chain.take(stored.certificate, { batch: stored.batch, transactions });
  }

  function advanced(): void {
    if (asked !== undefined || verifying) return;
    if (chain.appendedHeight() < target) askNext();
  }

  function progress(): CatchUpProgress | undefined {
    if (chain.appendedHeight() >= target) return undefined;
    return asked === undefined ? { target } : { target, peer: asked };
  }

  return { behind, arrived, advanced, progress };
}

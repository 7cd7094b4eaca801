/** Knowing that we are behind (C1), and saying so neither too early nor too often. */
import type { Height, ValidatorId } from '../../shared/types/brands.ts';
import type { Certificate } from '../../shared/types/ledger.ts';
import { byId } from './membership.ts';
import { type ConsensusState, note, type Turn } from './state.ts';

/** A slower replica gets there by itself most of the time: catch-up is asked for after this long without progress. */
const behindGraceHeartbeats = 2;
/** Instead, while the batch of the next height is here: votes lack, which come again with every status (V6). */
const decidingGraceHeartbeats = 8;
/** The same request is repeated after this many heartbeats without progress. */
const behindRepeatHeartbeats = 8;

export function behindDeadlineMs(state: ConsensusState): number | undefined {
  if (state.behindSinceMs === undefined || knownBeyond(state) === undefined || isWorkPending(state))
    return undefined;
  const { heartbeatMs } = state.config.parameters;
  const report = state.behindReported;
  const graceMs = (isDeciding(state) ? decidingGraceHeartbeats : behindGraceHeartbeats) * heartbeatMs;
  if (report === undefined) return state.behindSinceMs + (isFarBehind(state) ? 0 : graceMs);
  if (report.certified < state.certified.height) return state.behindSinceMs + graceMs;
  return report.atMs + behindRepeatHeartbeats * heartbeatMs;
}

/** An execution or an append is under way here: its end will tell. */
const isWorkPending = (state: ConsensusState): boolean =>
  state.certifiedEmitted > state.certified.height || state.executeEmitted > state.executed;

/**
 * On a busy machine a validator is often a block late. One that fetched each block whose batch it holds would pay for
 * it twice, and fall further behind for that.
 */
function isDeciding({ slots, certified }: ConsensusState): boolean {
  const next = slots.get((certified.height + 1) as Height);
  return next?.ordered !== undefined || next?.proposal?.status === 'accepted';
}

const isFarBehind = (state: ConsensusState): boolean =>
  (knownBeyond(state)?.height ?? 0) > state.certified.height + state.config.parameters.window;

/**
 * The highest height that is certified elsewhere, as far as this epoch goes, and a certificate of who has it: one of
 * the next epoch says that all of this one is (a hint, E2).
 */
function knownBeyond({
  nextEpoch,
  highestCertificate,
}: ConsensusState): { readonly height: Height; readonly certificate: Certificate } | undefined {
  if (nextEpoch?.hint !== undefined)
    return { height: (nextEpoch.firstHeight - 1) as Height, certificate: nextEpoch.hint };
  if (highestCertificate === undefined) return undefined;
  return { height: highestCertificate.height, certificate: highestCertificate };
}

/** h has risen, and the epoch may have changed: what is known beyond it is waited for anew. */
export function restartBehindClock(turn: Turn): void {
  const { state, now } = turn;
  const isBehind = (knownBeyond(state)?.height ?? 0) > state.certified.height;
  state.behindSinceMs = isBehind ? now.monotonicMs : undefined;
  if (isBehind) return;
  state.highestCertificate = undefined;
  state.behindReported = undefined;
}

/** Says `behind` when a certified height stays out of reach; again only after progress or a while. */
export function reportBehind(turn: Turn): void {
  const { state, now } = turn;
  const deadlineMs = behindDeadlineMs(state);
  if (deadlineMs === undefined || now.monotonicMs < deadlineMs) return;
  const { height, certificate } = knownBeyond(state)!;
  state.behindReported = { height, atMs: now.monotonicMs, certified: state.certified.height };
  turn.outputs.push({ type: 'behind', height, peers: peersAt(state, height, certificate) });
  note(turn, 'behind', { certified: state.certified.height, known: height });
}

/** Those who say that they have it, else those who sealed it. */
function peersAt(state: ConsensusState, height: Height, certificate: Certificate): readonly ValidatorId[] {
  const claiming = [...state.peerHeights].filter(([, claimed]) => claimed >= height).map(([id]) => id);
  const sealers = certificate.seals.map((seal) => seal.validator);
  return [...new Set([...claiming, ...sealers])].filter((id) => id !== state.config.self).sort(byId);
}

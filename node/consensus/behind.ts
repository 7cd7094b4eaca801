/** Knowing that we are behind (C1), and saying so neither too early nor too often. */
import type { ValidatorId } from '../../shared/types/brands.ts';
import type { Certificate } from '../../shared/types/ledger.ts';
import { byId } from './membership.ts';
import { type ConsensusState, note, type Turn } from './state.ts';

/** A slower replica gets there by itself most of the time: catch-up is asked for after this long without progress. */
const behindGraceHeartbeats = 2;
/** The same request is repeated after this many heartbeats without progress. */
const behindRepeatHeartbeats = 8;

export function behindDeadlineMs(state: ConsensusState): number | undefined {
  if (state.behindSinceMs === undefined || isWorkPending(state)) return undefined;
  const { heartbeatMs } = state.config.parameters;
  const report = state.behindReported;
  const graceMs = behindGraceHeartbeats * heartbeatMs;
  if (report === undefined) return state.behindSinceMs + (isFarBehind(state) ? 0 : graceMs);
  if (report.certified < state.certified.height) return state.behindSinceMs + graceMs;
  return report.atMs + behindRepeatHeartbeats * heartbeatMs;
}

/** An execution or an append is under way here: its end will tell. */
const isWorkPending = (state: ConsensusState): boolean =>
  state.certifiedEmitted > state.certified.height || state.executeEmitted > state.executed;

const isFarBehind = (state: ConsensusState): boolean =>
  (state.highestCertificate?.height ?? 0) > state.certified.height + state.config.parameters.window;

/** Says `behind` when a certified height stays out of reach; again only after progress or a while. */
export function reportBehind(turn: Turn): void {
  const { state, now } = turn;
  const deadlineMs = behindDeadlineMs(state);
  if (deadlineMs === undefined || now.monotonicMs < deadlineMs) return;
  const certificate = state.highestCertificate!;
  state.behindReported = {
    height: certificate.height,
    atMs: now.monotonicMs,
    certified: state.certified.height,
  };
  turn.outputs.push({
    type: 'behind',
    height: certificate.height,
    peers: peersAt(state, certificate),
  });
  note(turn, 'behind', { certified: state.certified.height, known: certificate.height });
}

/** Those who say that they have it, else those who sealed it. */
function peersAt(state: ConsensusState, certificate: Certificate): readonly ValidatorId[] {
  const claiming = [...state.peerHeights]
    .filter(([, height]) => height >= certificate.height)
    .map(([id]) => id);
  const sealers = certificate.seals.map((seal) => seal.validator);
  return [...new Set([...claiming, ...sealers])].filter((id) => id !== state.config.self).sort(byId);
}

/** Facts of a healthy, idle validator among four; tests change what is wrong. */
import type { Height, ValidatorId, View } from '../../../shared/types/brands.ts';
import type { Ballot, Observation } from '../../consensus/observe.ts';
import type { DiagnosisFacts, PeerFacts } from './facts.ts';

const ids = ['alpha', 'beta', 'delta', 'gamma'] as readonly string[] as readonly ValidatorId[];
export const idOf = (name: string): ValidatorId => name as ValidatorId;

export const idleBallots: readonly Ballot[] = ids.map((validator) => ({
  validator,
  prePrepare: 'not-due',
  prepare: 'not-due',
  commit: 'not-due',
  seal: 'not-due',
}));

export const observation = (change: Partial<Observation> = {}): Observation => ({
  mode: 'voting',
  certified: 1204 as Height,
  knownHeight: 1204 as Height,
  view: 0 as View,
  primary: idOf('alpha'),
  primarySilentMs: 100,
  sequence: 1205 as Height,
  phase: 'none',
  ballots: idleBallots,
  heartbeatAgesMs: new Map(ids.map((id) => [id, 120])),
  owed: 0,
  strayed: [],
  ...change,
});

export const peer = (name: string, change: Partial<PeerFacts> = {}): PeerFacts => ({
  validator: idOf(name),
  connected: true,
  silentMs: 120,
  clockOffsetMs: 3,
  view: 0 as View,
  height: 1204 as Height,
  ...change,
});

/** The node is beta. */
export const factsOf = (change: Partial<DiagnosisFacts> = {}): DiagnosisFacts => ({
  self: idOf('beta'),
  validators: ids,
  parameters: { driftMs: 30_000, primarySilenceMs: 1_500 },
  nowMs: 1_700_000_000_000,
  consensus: observation(),
  height: 1204 as Height,
  sinceCertifiedMs: 60_000,
  waiting: { transactions: 0 },
  peers: [peer('alpha'), peer('delta'), peer('gamma')],
  refusals: [],
  host: {
    loopDelayMs: 4,
    commit: { commits: 40, medianMs: 0.5, p99Ms: 2 },
    disk: { path: '/data', freeBytes: 50e9, totalBytes: 100e9 },
    certificates: [{ name: 'gateway certificate', expiresAt: 1_800_000_000_000 }],
  },
  disputed: [],
  ...change,
});

/** Who is faulty for good in a universe, and how: at most f, unless a trial asks for more. */
import { faultsTolerated } from '../../shared/protocol/quorum.ts';
import type { ValidatorId } from '../../shared/types/brands.ts';
import type { LiarKind } from './liars/liar.ts';
import type { Prng } from './prng.ts';

/** Faulty without a lie: they count in f all the same (rule D3, protocol.md). */
export const misfortunes = ['lost', 'half-cut', 'slow-disk', 'wiped', 'rolled-back'] as const;
export type Misfortune = (typeof misfortunes)[number];

export const liarKinds: readonly LiarKind[] = [
  'twins',
  'equivocator',
  'censor',
  'crawler',
  'withholder',
  'splitter',
  'meddler',
  'forger',
  'flooder',
  'replayer',
  'claim-forger',
  'turncoat',
  'stale-proposer',
];

export type Role = Misfortune | LiarKind;

export interface Roster {
  readonly roles: ReadonlyMap<ValidatorId, Role>;
  isFaulty(id: ValidatorId): boolean;
  /** Its key signs what no honest validator would sign, or may have been made to. */
  isLiar(id: ValidatorId): boolean;
}

const misfortuneShare = 0.35;

export function rosterOf(roles: ReadonlyMap<ValidatorId, Role>): Roster {
  const isLie = (role: Role | undefined): boolean =>
    role !== undefined && !(misfortunes as readonly string[]).includes(role);
  return { roles, isFaulty: (id) => roles.has(id), isLiar: (id) => isLie(roles.get(id)) };
}

/** One to f replicas, in a share of the seeds. */
export function drawRoster(prng: Prng, ids: readonly ValidatorId[], faultyShare: number): Roster {
  const roles = new Map<ValidatorId, Role>();
  const most = faultsTolerated(ids.length);
  const count = most > 0 && prng.chance(faultyShare) ? 1 + prng.below(most) : 0;
  const candidates = [...ids];
  for (let left = count; left > 0; left -= 1) {
    const [id] = candidates.splice(prng.below(candidates.length), 1);
    if (id !== undefined) roles.set(id, prng.pick(prng.chance(misfortuneShare) ? misfortunes : liarKinds));
  }
  return rosterOf(roles);
}

export const describeRoster = ({ roles }: Roster): string =>
  roles.size === 0
    ? 'nobody is faulty for good'
    : [...roles].map(([id, role]) => `${id} is ${role}`).join(', ');

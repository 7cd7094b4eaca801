/**
 * One-way loss after the last commit (rule F2), played out when a universe has healed: all is quiet, one backup hears
 * nothing, another sends its COMMIT and is lost before it can seal. Two of four have executed what nobody can certify
 * unless they go on waiting for it.
 */
import type { ValidatorId } from '../../shared/types/brands.ts';
import type { Direction, SimulatedNetwork } from './network.ts';
import type { Prng } from './prng.ts';

export interface Stage {
  readonly prng: Prng;
  readonly network: SimulatedNetwork;
  /** Those who are well. */
  readonly ids: readonly ValidatorId[];
  primary(): ValidatorId;
  submitTo(id: ValidatorId): void;
  /** How many COMMITs it has signed. */
  commitsOf(id: ValidatorId): number;
  lose(id: ValidatorId): void;
  /** Goes on for so long, or until this is so. */
  run(forMs: number, until?: () => boolean): void;
}

const settleMs = 2_000;
const commitMs = 1_000;
/** The slowest frame arrives; what was executed at once is not sealed yet. */
const deliveryMs = 3;
const suspicionMs = 900;

export function playLastCommit(stage: Stage): void {
  const { prng, network, ids, run } = stage;
  run(settleMs);
  const primary = stage.primary();
  const backups = ids.filter((id) => id !== primary);
  const deaf = prng.pick(backups);
  const doomed = prng.pick(backups.filter((id) => id !== deaf));
  network.cut(allTo(ids, deaf), false);
  stage.submitTo(primary);
  const before = stage.commitsOf(doomed);
  run(commitMs, () => stage.commitsOf(doomed) > before);
  network.cut(allTo(ids, doomed), false);
  run(deliveryMs);
  stage.lose(doomed);
  run(suspicionMs);
  network.heal();
}

const allTo = (ids: readonly ValidatorId[], to: ValidatorId): readonly Direction[] =>
  ids.filter((id) => id !== to).map((from) => ({ from, to }));

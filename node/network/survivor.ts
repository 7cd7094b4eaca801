/** Which of two connections with the same peer stays. Both ends answer alike from what both know. */
import type { ValidatorId } from '../../shared/types/brands.ts';

export interface Contender {
  readonly dialer: ValidatorId;
  /** Session of the peer's process. */
  readonly session: string;
}

/** Of two simultaneous connections the one that the smaller id dialled stays. */
export function newerSurvives(
  newer: Contender,
  older: Contender,
  ends: readonly [ValidatorId, ValidatorId],
): boolean {
  // A process that restarted knows nothing of its older connections.
  if (newer.session !== older.session) return true;
  // Nobody dials while its link is open: who dials again has lost the older one.
  if (newer.dialer === older.dialer) return true;
  return newer.dialer === [...ends].sort()[0];
}

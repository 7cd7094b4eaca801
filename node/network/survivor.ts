/** Which of two connections with the same peer stays. Both ends answer alike from what both know. */
import type { ValidatorId } from '../../shared/types/brands.ts';
import type { ConnectionKeys } from './peer-key.ts';

export interface Contender {
  readonly dialer: ValidatorId;
  /** Session of the peer's process. */
  readonly session: string;
  readonly keys: ConnectionKeys;
}

/** Of two simultaneous connections the one that the smaller id dialled stays. */
export function newerSurvives(
  newer: Contender,
  older: Contender,
  ends: readonly [ValidatorId, ValidatorId],
): boolean {
  // A process that restarted knows nothing of its older connections.
  if (newer.session !== older.session) return true;
  if (isUnderOtherKeys(newer, older)) return true;
  // Nobody dials under the same keys while its link is open: who does has lost the older one.
  if (newer.dialer === older.dialer) return true;
  return newer.dialer === [...ends].sort()[0];
}

/**
 * Whether the older connection was good up to now: both ends dialled at once, or one of them took up another
 * certificate. Then what is on its way over it still counts.
 */
export const isHandover = (newer: Contender, older: Contender): boolean =>
  newer.session === older.session && (newer.dialer !== older.dialer || isUnderOtherKeys(newer, older));

/** One end dialled again to prove the key that it uses from now on. */
const isUnderOtherKeys = (newer: Contender, older: Contender): boolean =>
  newer.keys.own !== older.keys.own || newer.keys.peer !== older.keys.peer;

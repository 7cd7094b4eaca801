/** Both answers of a decider. */
import type { LedgerEvent } from '../../shared/types/ledger.ts';
import { type DecidedRejection, rejection } from './rejections.ts';
import type { Decision } from './types.ts';

export function decided(...events: readonly LedgerEvent[]): Decision {
  return { ok: true, events };
}

export function refused(reason: DecidedRejection): Decision {
  return { ok: false, rejection: rejection(reason) };
}

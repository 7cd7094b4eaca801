import type { MatrixJson } from '../../../../shared/api.ts';
import type { StatusKind } from '../../components/Status.tsx';

/** Further behind than a few blocks in flight. */
export const laggingBlocks = 20;

/** How one validator does, as the answering node sees it. */
export function validatorState(row: MatrixJson['rows'][number]): {
  readonly kind: StatusKind;
  readonly word: string;
} {
  if (!row.isSelf && row.seen === undefined) return { kind: 'unknown', word: 'Not heard from' };
  if (row.seen !== undefined && !row.isSelf && !row.seen.connected)
    return { kind: 'offline', word: 'Offline' };
  if ((row.lag ?? 0) > laggingBlocks) return { kind: 'lagging', word: 'Lagging' };
  return { kind: 'reported', word: row.isSelf ? 'Answering' : 'Connected' };
}

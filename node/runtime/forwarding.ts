/**
 * What a node accepted that votes nowhere: an observer, or a validator that was removed. It takes part in no
 * agreement and hands nothing over (rule F1). It gives its transactions to the validators again and again until a
 * block settles them: a frame may have been lost, a pool was full, and after a start no link was open yet.
 */
import type { Transaction } from '../../shared/types/ledger.ts';
import type { RuntimeContext } from './context.ts';
import { spreadFrameBytes } from './wire-bounds.ts';

/** Looked at in one turn. */
export const forwardedMax = 1_000;

/**
 * One frame in a turn: a small part of what a validator reads of one peer.
 *
 * @param waiting oldest first; what does not fit comes up when these are settled
 */
export function forward(
  { broadcast }: Pick<RuntimeContext, 'broadcast'>,
  waiting: readonly Transaction[],
): void {
  const envelopes = oldestWithin(
    waiting.map(({ envelope }) => envelope),
    spreadFrameBytes,
  );
  if (envelopes.length > 0) broadcast({ type: 'transactions', envelopes });
}

/** At least one, however large. */
export function oldestWithin(envelopes: readonly Uint8Array[], bytesMax: number): readonly Uint8Array[] {
  let bytes = 0;
  const over = envelopes.findIndex((envelope, index) => {
    bytes += envelope.length;
    return index > 0 && bytes > bytesMax;
  });
  return over === -1 ? envelopes : envelopes.slice(0, over);
}

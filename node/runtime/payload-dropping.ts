/**
 * Bytes that no waiting transaction and no open batch needs any more, and that the ledger does not name, leave the
 * disk: counted out alone, they would fill it until the sweep. Many go together, since each erasure cuts the log.
 */
import type { Digest } from '../../shared/types/brands.ts';
import { readPayload } from '../ledger/modules/payloads.ts';
import type { RuntimeContext } from './context.ts';

export interface PayloadDropping {
  /** They go if nothing needs them by then. */
  drop(digests: readonly Digest[]): void;
}

export function createPayloadDropping(
  { ports: { payloads, timers, state, log }, tuning }: Pick<RuntimeContext, 'ports' | 'tuning'>,
  isNeeded: (digest: Digest) => boolean,
): PayloadDropping {
  const doomed = new Set<Digest>();

  const isForNothing = (digest: Digest): boolean =>
    payloads.size(digest) !== undefined && !isNeeded(digest) && readPayload(state, digest) === undefined;

  function drop(digests: readonly Digest[]): void {
    const isIdle = doomed.size === 0;
    for (const digest of digests) if (isForNothing(digest)) doomed.add(digest);
    if (isIdle && doomed.size > 0) timers.after(tuning.payloadDropMs, go);
  }

  function go(): void {
    const gone = [...doomed].filter(isForNothing);
    doomed.clear();
    if (gone.length > 0)
      payloads.erase(gone, () => log.write('info', 'payloads-dropped', { count: gone.length }));
  }

  return { drop };
}

import { createPersistedStore } from '../../lib/persisted.ts';
import type { Proven } from './checks.ts';
import type { Seen } from './contradiction.ts';

export const seen = createPersistedStore<Seen | undefined>('concordat.seen', readSeen);

/** Keeps the higher one. A contradiction is never overwritten. */
export function rememberProven({ network, height, block, time }: Proven): void {
  const known = seen.get();
  const isNewer = known === undefined || known.network !== network || known.height < height;
  if (isNewer) seen.set({ network, height, block, time });
}

function readSeen(stored: unknown): Seen | undefined {
  if (typeof stored !== 'object' || stored === null) return undefined;
  const { network, height, block, time } = { ...stored } as { readonly [name: string]: unknown };
  return typeof network === 'string' && typeof height === 'number' && typeof block === 'string'
    ? { network, height, block, ...(typeof time === 'number' && { time }) }
    : undefined;
}

import { createPersistedStore } from '../../lib/persisted.ts';
import type { Proven } from './checks.ts';

/** The highest block that this browser has verified: a client that keeps it cannot be shown another history. */
export interface Seen {
  readonly network: string;
  readonly height: number;
  readonly block: string;
}

export const seen = createPersistedStore<Seen | undefined>('concordat.seen', readSeen);

/** True if both are certified blocks of one network at one height, and yet differ. */
export function contradicts(known: Seen | undefined, proven: Seen): boolean {
  return known?.network === proven.network && known.height === proven.height && known.block !== proven.block;
}

/** Keeps the higher one. A contradiction is never overwritten. */
export function rememberProven({ network, height, block }: Proven): void {
  const known = seen.get();
  const isNewer = known === undefined || known.network !== network || known.height < height;
  if (isNewer) seen.set({ network, height, block });
}

function readSeen(stored: unknown): Seen | undefined {
  if (typeof stored !== 'object' || stored === null) return undefined;
  const { network, height, block } = { ...stored } as { readonly [name: string]: unknown };
  return typeof network === 'string' && typeof height === 'number' && typeof block === 'string'
    ? { network, height, block }
    : undefined;
}

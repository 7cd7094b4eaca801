import { createPersistedStore } from '../../../lib/persisted.ts';
import { genesisQuery, queryClient } from '../../../lib/queries.ts';
import { verify } from '../api/verifier.ts';
import { refuseContradiction } from '../contradiction.ts';
import { seen } from '../seen.ts';
import type { Origin } from '../subjects.ts';
import type { FilePorts } from './ports.ts';

interface KeptOrigin {
  readonly network: string;
  readonly origin: Origin;
}

/** So that a receipt can be verified without a network, too. What is kept is checked again at each use. */
const kept = createPersistedStore<KeptOrigin | undefined>('concordat.origin', readKept);

export const consolePorts: FilePorts = {
  verify,
  async originOf(network) {
    const known = kept.get();
    if (known?.network === network) return known.origin;
    const { headerBytes, validators } = await queryClient.fetchQuery(genesisQuery(network));
    return { headerBytes, validators };
  },
  keepOrigin: (network, origin) => kept.set({ network, origin }),
  refuseContradiction: ({ proven }) => refuseContradiction(seen.get(), proven),
};

/** While there is a network, for when there is none. */
export async function keepOriginOf(network: string): Promise<void> {
  if (kept.get()?.network === network) return;
  const { headerBytes, validators } = await queryClient.fetchQuery(genesisQuery(network));
  kept.set({ network, origin: { headerBytes, validators } });
}

function readKept(stored: unknown): KeptOrigin | undefined {
  if (typeof stored !== 'object' || stored === null) return undefined;
  const { network, origin } = { ...stored } as { readonly [member: string]: unknown };
  if (typeof network !== 'string' || typeof origin !== 'object' || origin === null) return undefined;
  const { headerBytes, validators } = { ...origin } as { readonly [member: string]: unknown };
  return typeof headerBytes === 'string' && Array.isArray(validators)
    ? { network, origin: { headerBytes, validators } }
    : undefined;
}

import { createPersistedStore } from './persisted.ts';

/**
 * The network that this browser trusts: the one whose fingerprint a person compared on first use. Everything that is
 * called verified is verified against it.
 */
export interface Pin {
  readonly network: string;
  /** Milliseconds since 1970. */
  readonly pinnedAt: number;
}

export const pin = createPersistedStore<Pin | undefined>('concordat.pin', readPin);

/** Only for an id that a person has compared with another member's. */
export function pinCompared(network: string): void {
  pin.set({ network, pinnedAt: Date.now() });
}

export function forgetPin(): void {
  pin.set(undefined);
}

function readPin(stored: unknown): Pin | undefined {
  if (typeof stored !== 'object' || stored === null) return undefined;
  const found: { readonly [name: string]: unknown } = { ...stored };
  if (typeof found.network !== 'string' || !/^[0-9a-f]{64}$/.test(found.network)) return undefined;
  // Consoles once pinned whatever answered first and asked for the comparison later.
  if (found.compared === false) return undefined;
  return {
    network: found.network,
    pinnedAt: typeof found.pinnedAt === 'number' ? found.pinnedAt : 0,
  };
}

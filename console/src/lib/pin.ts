import { createPersistedStore } from './persisted.ts';

/**
 * The network that this browser trusts: the first one it met (trust on first use) until a person compared the
 * fingerprint. Everything that is called verified is verified against it.
 */
export interface Pin {
  readonly network: string;
  /** Milliseconds since 1970. */
  readonly pinnedAt: number;
  /** A person compared it with another member's. */
  readonly compared: boolean;
}

export const pin = createPersistedStore<Pin | undefined>('concordat.pin', readPin);

export function pinNetwork(network: string): void {
  pin.set({ network, pinnedAt: Date.now(), compared: false });
}

export function markCompared(): void {
  const current = pin.get();
  if (current !== undefined) pin.set({ ...current, compared: true });
}

export function forgetPin(): void {
  pin.set(undefined);
}

function readPin(stored: unknown): Pin | undefined {
  if (typeof stored !== 'object' || stored === null) return undefined;
  const found: { readonly [name: string]: unknown } = { ...stored };
  if (typeof found.network !== 'string' || !/^[0-9a-f]{64}$/.test(found.network)) return undefined;
  return {
    network: found.network,
    pinnedAt: typeof found.pinnedAt === 'number' ? found.pinnedAt : 0,
    compared: found.compared === true,
  };
}

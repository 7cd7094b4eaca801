/** Where the consortium's gateways are: state says so, and who joins, leaves or moves changes it. */
import type { Height } from '../../shared/types/brands.ts';
import { readMembership } from '../ledger/modules/epochs.ts';
import { readFormer } from '../ledger/modules/network.ts';
import { readObservers } from '../ledger/modules/observers.ts';
import { gatewayOrigins } from './http/cross-origin.ts';
import type { GatewayOptions } from './ports.ts';

export interface ConsortiumGateways {
  /** Origins of all of them, and of what stands before this one. */
  readonly all: readonly string[];
  /** Of this one, but for where it listens. */
  readonly own: readonly string[];
}

/** @returns what is true now; the same object until a block is certified that may have changed it. */
export function consortiumGateways({
  state,
  queries,
  self,
  origins = [],
}: Pick<GatewayOptions, 'state' | 'queries' | 'self' | 'origins'>): () => ConsortiumGateways {
  let read: { readonly height: Height; readonly gateways: ConsortiumGateways } | undefined;
  return () => {
    const height = queries.certifiedHeight();
    if (read?.height !== height) {
      const former = readFormer(state, self);
      // A removed validator goes on serving, where it was.
      const still = former === undefined ? [] : [{ id: self, gateway: former.gateway }];
      const nodes = [...readMembership(state).validators, ...readObservers(state), ...still];
      const addresses = (of: typeof nodes): readonly string[] =>
        gatewayOrigins([...of.flatMap(({ gateway }) => gateway ?? []), ...origins]);
      const own = nodes.filter(({ id }) => id === self);
      read = { height, gateways: { all: addresses(nodes), own: addresses(own) } };
    }
    return read.gateways;
  };
}

/** Which validators a node counts as there. */
import { readMembership } from '../ledger/modules/epochs.ts';
import type { GatewayOptions, GatewayPeer } from './ports.ts';

/** A validator heard from within this time counts as reachable. */
const reachableMs = 5_000;

const isReachable = ({ connected, lastMessageAgeMs }: GatewayPeer): boolean =>
  connected && (lastMessageAgeMs ?? 0) <= reachableMs;

/** Of the epoch, the asked node included if it is one of them: who follows counts towards no quorum. */
export function reachableCount({
  node,
  state,
  self,
}: Pick<GatewayOptions, 'state' | 'self'> & {
  readonly node: Pick<GatewayOptions['node'], 'peers'>;
}): number {
  const reached = new Set(
    node
      .peers()
      .filter(isReachable)
      .map(({ validator }) => validator),
  ).add(self);
  return readMembership(state).validators.filter(({ id }) => reached.has(id)).length;
}

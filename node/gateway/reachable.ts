/** Whom a node counts as there. */
import type { GatewayPeer } from './ports.ts';

/** A validator heard from within this time counts as reachable. */
const reachableMs = 5_000;

const isReachable = ({ connected, lastMessageAgeMs }: GatewayPeer): boolean =>
  connected && (lastMessageAgeMs ?? 0) <= reachableMs;

/** The asked node included. */
export const reachableCount = (peers: readonly GatewayPeer[]): number => 1 + peers.filter(isReachable).length;

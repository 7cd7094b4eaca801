/** What handlers work with. */
import type { BlockFollower } from './block-follower.ts';
import type { CertifiedWaiters } from './certified-waiters.ts';
import type { GatewayLimits, GatewayOptions } from './ports.ts';
import type { SubmissionMemory } from './submission-memory.ts';

export interface GatewayContext extends Omit<GatewayOptions, 'limits' | 'wallMs'> {
  readonly limits: GatewayLimits;
  readonly follower: BlockFollower;
  readonly waiters: CertifiedWaiters;
  readonly submissions: SubmissionMemory;
  /** Origins of the consortium's gateways. */
  readonly gateways: readonly string[];
  readonly startedAtMs: number;
  readonly wallMs: () => number;
}

/** What a handler answers; `cbor` is offered to who accepts application/cbor. */
export interface Answer<Body> {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: Body;
  readonly cbor?: () => Uint8Array;
}

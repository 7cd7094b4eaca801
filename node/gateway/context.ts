/** What handlers work with. */
import type { BlockFollower } from './block-follower.ts';
import type { CertifiedWaiters } from './certified-waiters.ts';
import type { Exports } from './export/exports.ts';
import type { Recorder } from './history/recorder.ts';
import type { ClientAddress } from './http/client-address.ts';
import type { GatewayLimits, GatewayOptions } from './ports.ts';
import type { Admission } from './sessions/admission.ts';
import type { Challenges } from './sessions/challenges.ts';
import type { SignInCodes } from './sessions/codes.ts';
import type { Origins } from './sessions/origins.ts';
import type { Sessions } from './sessions/sessions.ts';
import type { SubmissionMemory } from './submission-memory.ts';

export interface GatewayContext extends Omit<GatewayOptions, 'limits' | 'wallMs' | 'origins'> {
  readonly limits: GatewayLimits;
  readonly clientAddress: ClientAddress;
  readonly follower: BlockFollower;
  readonly waiters: CertifiedWaiters;
  readonly recorder: Recorder;
  readonly exports: Exports;
  readonly submissions: SubmissionMemory;
  readonly admission: Admission;
  readonly sessions: Sessions;
  readonly challenges: Challenges;
  readonly codes: SignInCodes;
  /** Of this gateway. */
  readonly origins: Origins;
  /** Origins of the consortium's gateways now, and of what stands before this one. */
  readonly gateways: () => readonly string[];
  readonly startedAtMs: number;
  readonly wallMs: () => number;
}

/** What a handler answers; `cbor` is offered to who accepts application/cbor. */
export interface Answer<Body> {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: Body;
  readonly cbor?: () => Uint8Array;
  /** Sent instead of the body, chunk by chunk, with the media type of the headers. */
  readonly file?: AsyncIterable<Uint8Array>;
}

/**
 * Activations as state keeps them: one record for each ever approved, by number from 0, and the number of the one
 * that is approved or scheduled, if any. Lapsed, withdrawn and active ones stay, to be shown.
 */
import { encode } from '../../../shared/codec/dag-cbor.ts';
import { fromHex, toHex } from '../../../shared/codec/hex.ts';
import { digestOf } from '../../../shared/crypto/digest.ts';
import type {
  BlockHash,
  Digest,
  Height,
  Incarnation,
  MemberId,
  PublicKey,
  ValidatorId,
} from '../../../shared/types/brands.ts';
import type { GenesisValidator } from '../../../shared/types/ledger.ts';
import { assert } from '../assert.ts';
import { readRecord } from '../records.ts';
import { stateKeys } from '../state-keys.ts';
import type { StateView } from '../types.ts';
import { type Change, type ChangeData, changeOf } from './changes.ts';

/** Who asked for it: the members by a proposal, or a validator for its own key. */
export type Cause = { readonly proposal: number } | { readonly validator: string };
export type ActivationStatus = 'approved' | 'scheduled' | 'active' | 'lapsed' | 'withdrawn';

/** A validator's word that its process holds what the change brings, and where it stood in the ledger. */
export interface Ready {
  readonly key: PublicKey;
  readonly incarnation: Incarnation;
  /** The block that it had certified last: an attesting validator compares it with its own. */
  readonly height: Height;
  readonly block: BlockHash;
  /** Highest version of the execution rules that its software knows. */
  readonly protocol: number;
  /** Which record of this validator it is, from 1. */
  readonly times: number;
}

export interface Activation {
  readonly number: number;
  readonly changes: readonly Change[];
  readonly cause: Cause;
  /** Its admins may withdraw it. */
  readonly member: MemberId;
  readonly approvedAt: Height;
  /** Block time from which it lapses unless it is armed, milliseconds since 1970. */
  readonly deadline: number;
  /** The next epoch begins no earlier. */
  readonly notBefore: Height;
  readonly status: ActivationStatus;
  readonly armedAt?: Height;
  /** First height of the next epoch (rule E1); never moves. */
  readonly at?: Height;
  readonly ready: ReadonlyMap<ValidatorId, Ready>;
  /** By subject: who attested the record in `ready`, sorted. */
  readonly reach: ReadonlyMap<ValidatorId, readonly ValidatorId[]>;
  /** Of a lapsed or withdrawn one. */
  readonly end?: EndData;
}

export type ReadyData = {
  readonly key: Uint8Array;
  readonly incarnation: Uint8Array;
  readonly height: number;
  readonly block: Uint8Array;
  readonly protocol: number;
  readonly times: number;
};
/** How an activation ended that never became active. */
export type EndData = {
  readonly height: number;
  /** Block time, milliseconds since 1970. */
  readonly time: number;
  readonly reason: string;
  /** Identity that withdrew it. */
  readonly by?: string;
  /** Proposal that withdrew or displaced it. */
  readonly proposal?: number;
};

// Data of the events, of which records are made.
export type ActivationApproved = {
  readonly number: number;
  readonly changes: readonly ChangeData[];
  readonly cause: Cause;
  readonly member: string;
  readonly approvedAt: number;
  readonly deadline: number;
  readonly notBefore: number;
};
export type ActivationExtended = {
  readonly number: number;
  readonly change: ChangeData;
  readonly deadline: number;
  readonly notBefore: number;
};
export type ActivationReady = {
  readonly number: number;
  readonly validator: string;
  readonly ready: ReadyData;
};
export type ActivationAttested = { readonly number: number; readonly subject: string; readonly by: string };
export type ActivationArmed = { readonly number: number; readonly height: number; readonly at: number };
export type ActivationActivated = {
  readonly number: number;
  readonly epoch: number;
  readonly firstHeight: number;
};
/** Of `activation.lapsed`, too. */
export type ActivationWithdrawn = { readonly number: number; readonly end: EndData };

export type ActivationData = ActivationApproved & {
  readonly status: ActivationStatus;
  readonly armedAt?: number;
  readonly at?: number;
  readonly ready: { readonly [id: string]: ReadyData };
  readonly reach: { readonly [id: string]: readonly string[] };
  readonly end?: EndData;
};

/** Approved so far, over the whole ledger. */
export function activationCount(state: StateView): number {
  return readRecord<number>(state, stateKeys.activationCount) ?? 0;
}

/** `number` counts from 0; undefined from `activationCount` on. */
export function readActivation(state: StateView, number: number): Activation | undefined {
  const data = readRecord<ActivationData>(state, stateKeys.activation(number));
  return data && activationOf(data);
}

/** The one that is approved or scheduled: there is at most one. */
export function pendingActivation(state: StateView): Activation | undefined {
  const number = readRecord<number>(state, stateKeys.pendingActivation);
  if (number === undefined) return undefined;
  const pending = readActivation(state, number);
  assert(pending !== undefined, `the pending activation ${number} is in state`);
  return pending;
}

/** Those that are about to join. */
export function joiningValidators(state: StateView): readonly GenesisValidator[] {
  const changes = pendingActivation(state)?.changes ?? [];
  return changes.flatMap((change) => (change.kind === 'add' ? [change.validator] : []));
}

/** What an attestation names: this very record of this validator. */
export function readyDigest(activation: number, validator: ValidatorId, ready: Ready): Digest {
  return digestOf('ready-record', encode({ activation, validator, ready: readyData(ready) }));
}

export function readyData(ready: Ready): ReadyData {
  const { key, incarnation, block } = ready;
  return { ...ready, key: fromHex(key), incarnation: fromHex(incarnation), block: fromHex(block) };
}

function activationOf(data: ActivationData): Activation {
  const { ready, reach } = data;
  return {
    ...(data as ActivationData & Pick<Activation, 'member' | 'approvedAt' | 'notBefore' | 'armedAt' | 'at'>),
    changes: data.changes.map(changeOf),
    ready: new Map(Object.keys(ready).map((id) => [id as ValidatorId, readyOf(ready[id]!)] as const)),
    reach: new Map(
      Object.keys(reach).map((id) => [id as ValidatorId, reach[id] as readonly ValidatorId[]] as const),
    ),
  };
}

function readyOf(data: ReadyData): Ready {
  return {
    key: toHex(data.key) as PublicKey,
    incarnation: toHex(data.incarnation) as Incarnation,
    height: data.height as Height,
    block: toHex(data.block) as BlockHash,
    protocol: data.protocol,
    times: data.times,
  };
}

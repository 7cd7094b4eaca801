/**
 * Payloads that events name by digest: bytes that travel beside the envelope and that execution never reads. State
 * holds which there are, whose they are, and which of them the members erased. A digest belongs to one event: with
 * two, nobody could say who may read or erase the bytes, since streams have readers of their own.
 *
 * A grant is the payload of a later event in the same stream: the same content for further recipients, by one who
 * can read it. Erasing a payload erases what was granted from it.
 */
import { fromHex, toHex } from '../../../shared/codec/hex.ts';
import type { Digest, IdentityId, MemberId } from '../../../shared/types/brands.ts';
import type { DetachedPayload, LedgerEvent } from '../../../shared/types/ledger.ts';
import { assert } from '../assert.ts';
import { reason as reasonForm } from '../common-forms.ts';
import { decided, refused } from '../decision.ts';
import { byteString, type FormCheck, fields, list } from '../form.ts';
import { limits } from '../limits.ts';
import type { PayloadRejection } from '../payload-rejections.ts';
import { readRecord, writeRecord } from '../records.ts';
import { stateKeys } from '../state-keys.ts';
import type {
  CommandContext,
  Decision,
  Governed,
  GovernedContext,
  LedgerModule,
  StateChanges,
  StateView,
} from '../types.ts';

/** A payload as events in CBOR have it. */
export type PayloadData = {
  readonly digest: Uint8Array;
  readonly size: number;
  readonly erasable: boolean;
  readonly recipients: readonly string[];
  readonly grantOf?: Uint8Array;
};

type Erasure = {
  /** The member whose proposal it was. */
  readonly by: string;
  readonly reason: string;
  readonly proposal: number;
  readonly height: number;
  /** Milliseconds since 1970. */
  readonly time: number;
};
type PayloadRecord = Omit<PayloadData, 'digest'> & {
  readonly stream: string;
  readonly eventId: string;
  /** The one at the beginning of the chain of grants; absent at the beginning. */
  readonly root?: Uint8Array;
  /** At the beginning alone: everything that was granted from it, directly or not. */
  readonly grants?: readonly Uint8Array[];
  readonly erased?: Erasure;
};
type EraseArgs = { readonly digests: readonly Uint8Array[]; readonly reason: string };
type ErasedData = Erasure & { readonly digests: readonly Uint8Array[] };

export interface PayloadErasure extends Erasure {
  readonly by: MemberId;
}

/** What state says of one payload. */
export interface RecordedPayload extends DetachedPayload {
  readonly stream: string;
  readonly eventId: string;
  readonly erased?: PayloadErasure;
}

export const payloadsModule: LedgerModule = {
  name: 'payloads',
  actions: {},
  decide: (_state, _context, action) => {
    throw new Error(`Ledger invariant violated: payloads owns no action, asked for ${action}`);
  },
  evolve: evolvePayloads,
};

export const governedPayloads = {
  'payloads.erase': {
    form: fields({
      digests: distinctDigests(list(byteString(32), 1, limits.payloadsPerErasureMax)),
      reason: reasonForm,
    }),
    decide: (state, context, args) => erase(state, context, args as EraseArgs),
  },
} satisfies { readonly [kind: string]: Governed };

function distinctDigests(digests: FormCheck): FormCheck {
  return (value) => {
    const problem = digests(value);
    if (problem !== undefined) return problem;
    const seen = (value as readonly Uint8Array[]).map(toHex);
    const again = seen.findIndex((digest, index) => seen.indexOf(digest) < index);
    return again < 0 ? undefined : { path: `[${again}]`, expected: 'each digest once' };
  };
}

function erase(state: StateView, context: GovernedContext, { digests, reason }: EraseArgs): Decision {
  const named = new Map<string, Uint8Array>();
  for (const bytes of digests) {
    const digest = toHex(bytes);
    const record = readData(state, digest);
    if (record === undefined) return refused({ code: 'payload-unknown', facts: { digest } });
    if (record.erased !== undefined) return refused(erasedFault(digest, record.erased));
    if (!record.erasable) return refused({ code: 'payload-not-erasable', facts: { digest } });
    named.set(digest, bytes);
    for (const grant of grantsFrom(state, digest, record)) named.set(toHex(grant), grant);
  }
  const { proposal, height, time } = context;
  const by = proposal.member;
  const data: ErasedData = {
    digests: [...named.values()],
    by,
    reason,
    proposal: proposal.number,
    height,
    time,
  };
  return decided({ type: 'payloads.erased', data });
}

/** What was granted from it, directly or by one to whom it was granted, and is still there. */
function grantsFrom(state: StateView, digest: string, record: PayloadRecord): readonly Uint8Array[] {
  const root = record.root === undefined ? record : readData(state, toHex(record.root));
  const doomed = new Set([digest]);
  const found: Uint8Array[] = [];
  // In the order in which they were appended: what a grant names stands before it.
  for (const grant of root?.grants ?? []) {
    const name = toHex(grant);
    const data = readData(state, name);
    if (data?.grantOf === undefined || !doomed.has(toHex(data.grantOf))) continue;
    doomed.add(name);
    if (data.erased === undefined) found.push(grant);
  }
  return found;
}

function erasedFault(digest: string, erased: Erasure): PayloadRejection {
  return { code: 'payload-erased', facts: { digest, ...erased } };
}

/** Events of one append, as far as payloads are concerned. */
type WithPayload = { readonly eventId: string; readonly payload?: PayloadData };

/** Why the events may not be appended with these payloads, if so. */
export function payloadsFault(
  state: StateView,
  { identity }: CommandContext,
  stream: string,
  events: readonly WithPayload[],
): PayloadRejection | undefined {
  // Most appends name none.
  if (events.every(({ payload }) => payload === undefined)) return undefined;
  const eventOf = new Map<string, string>();
  const granted = new Map<string, number>();
  for (const { eventId, payload } of events) {
    if (payload === undefined) continue;
    const digest = toHex(payload.digest);
    const inSameAppend = eventOf.get(digest);
    if (inSameAppend !== undefined)
      return { code: 'payload-in-use', facts: { digest, stream, eventId: inSameAppend } };
    eventOf.set(digest, eventId);
    const fault = recordFault(state, digest) ?? grantFault(state, identity.id, stream, payload, granted);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function recordFault(state: StateView, digest: string): PayloadRejection | undefined {
  const known = readData(state, digest);
  if (known === undefined) return undefined;
  if (known.erased !== undefined) return erasedFault(digest, known.erased);
  return { code: 'payload-in-use', facts: { digest, stream: known.stream, eventId: known.eventId } };
}

/** `granted` counts the grants of this append, by the payload at the beginning of their chain. */
function grantFault(
  state: StateView,
  identity: string,
  stream: string,
  { grantOf, erasable }: PayloadData,
  granted: Map<string, number>,
): PayloadRejection | undefined {
  if (grantOf === undefined) return undefined;
  const digest = toHex(grantOf);
  const original = readData(state, digest);
  if (original === undefined) return { code: 'payload-unknown', facts: { digest } };
  if (original.erased !== undefined) return erasedFault(digest, original.erased);
  if (original.stream !== stream)
    return { code: 'grant-other-stream', facts: { digest, stream: original.stream } };
  if (!original.recipients.includes(identity))
    return { code: 'grant-not-recipient', facts: { digest, identity } };
  if (original.erasable && !erasable) return { code: 'grant-not-erasable', facts: { digest } };
  const root = original.root === undefined ? digest : toHex(original.root);
  const count = (readData(state, root)?.grants?.length ?? 0) + (granted.get(root) ?? 0);
  const countMax = limits.grantsPerPayloadMax;
  if (count >= countMax) return { code: 'grants-full', facts: { digest, countMax } };
  granted.set(root, (granted.get(root) ?? 0) + 1);
  return undefined;
}

/** Folds an appended event's payload: part of what `streams.appended` says. */
export function recordPayload(
  state: StateChanges,
  stream: string,
  eventId: string,
  { digest, ...payload }: PayloadData,
): void {
  const name = toHex(digest);
  assert(readData(state, name) === undefined, `payload ${name} is recorded once`);
  const root = payload.grantOf === undefined ? undefined : rootOf(state, payload.grantOf);
  const record: PayloadRecord = { ...payload, stream, eventId, ...(root !== undefined && { root }) };
  writeRecord(state, stateKeys.payload(name), record);
  if (root !== undefined) addGrant(state, root, digest);
  const count = payloadCount(state);
  writeRecord(state, stateKeys.payloadNumbered(count), digest);
  writeRecord(state, stateKeys.payloadCount, count + 1);
}

function rootOf(state: StateView, grantOf: Uint8Array): Uint8Array {
  const original = readData(state, toHex(grantOf));
  assert(original !== undefined, `payload ${toHex(grantOf)}, which is granted, is recorded`);
  return original.root ?? grantOf;
}

function addGrant(state: StateChanges, root: Uint8Array, grant: Uint8Array): void {
  const name = toHex(root);
  const data = readData(state, name);
  assert(data !== undefined, `payload ${name} at the beginning of a chain is recorded`);
  writeRecord(state, stateKeys.payload(name), { ...data, grants: [...(data.grants ?? []), grant] });
}

function evolvePayloads(state: StateChanges, event: LedgerEvent): void {
  assert(event.type === 'payloads.erased', `payloads knows no event ${event.type}`);
  const { digests, ...erased } = event.data as ErasedData;
  for (const digest of digests) {
    const name = toHex(digest);
    const data = readData(state, name);
    assert(data !== undefined && data.erased === undefined, `payload ${name} is here to be erased`);
    writeRecord(state, stateKeys.payload(name), { ...data, erased });
  }
}

function readData(state: StateView, digest: string): PayloadRecord | undefined {
  return readRecord<PayloadRecord>(state, stateKeys.payload(digest));
}

/** undefined: no event has such a payload. */
export function readPayload(state: StateView, digest: Digest): RecordedPayload | undefined {
  const data = readData(state, digest);
  if (data === undefined) return undefined;
  const { stream, eventId, size, erasable, recipients, grantOf, erased } = data;
  return {
    digest,
    stream,
    eventId,
    size,
    erasable,
    recipients: recipients as readonly IdentityId[],
    ...(grantOf !== undefined && { grantOf: toHex(grantOf) as Digest }),
    ...(erased !== undefined && { erased: erased as PayloadErasure }),
  };
}

/** How many were ever recorded; erased ones stay counted. */
export function payloadCount(state: StateView): number {
  return readRecord<number>(state, stateKeys.payloadCount) ?? 0;
}

/** From 0, in the order in which they were recorded. */
export function payloadNumbered(state: StateView, number: number): Digest | undefined {
  const digest = readRecord<Uint8Array>(state, stateKeys.payloadNumbered(number));
  return digest && (toHex(digest) as Digest);
}

/** What a block's event erases; none if it is another event. */
export function erasedBy(event: LedgerEvent): readonly Digest[] {
  if (event.type !== 'payloads.erased') return [];
  return (event.data as ErasedData).digests.map((digest) => toHex(digest) as Digest);
}

/** Arguments of `payloads.erase`. */
export const eraseArgs = (digests: readonly Digest[], reason: string) => ({
  digests: digests.map(fromHex),
  reason,
});

/**
 * Ordered lists of events under a name.
 *
 * `expectedRevision` is the revision of the stream's last event as the writer knows it: −1 for "the stream must
 * not exist yet", 'any' for no condition. The first event has revision 0.
 *
 * `eventId` makes appends idempotent. If the stream has every event of an append already, each with the same
 * content, the append succeeds, whatever revision it expected, and only the fact `streams.repeated` names where
 * the events are. If it has some of them, or one with other content, the append is refused: `event-id-conflict`.
 *
 * What is new must be what the schema of the stream asks for, if it has one (schemas.ts), and its payloads must be
 * nobody else's (payloads.ts).
 */
import { decode, encode } from '../../../shared/codec/dag-cbor.ts';
import { equalBytes, toHex } from '../../../shared/codec/hex.ts';
import { identityIdPattern, recipientsMax } from '../../../shared/codec/ids.ts';
import { newStreamEventToCbor, payloadFromCbor } from '../../../shared/codec/ledger.ts';
import { envelopePayloadBytesMax, payloadBytesMax } from '../../../shared/codec/payload.ts';
import { isCborMap } from '../../../shared/codec/structure.ts';
import { digestBytes } from '../../../shared/crypto/digest.ts';
import { appendLeafHash, emptyFrontier, type Frontier, leafHash } from '../../../shared/crypto/merkle.ts';
import type { Digest, StreamName } from '../../../shared/types/brands.ts';
import type {
  CborValue,
  DetachedPayload,
  LedgerEvent,
  NewStreamEvent,
  StreamEvent,
  Transaction,
} from '../../../shared/types/ledger.ts';
import { assert } from '../assert.ts';
import {
  anything,
  argsForm,
  byteString,
  dictionary,
  either,
  exactly,
  type FormCheck,
  type FormProblem,
  fields,
  integer,
  list,
  pattern,
  text,
  trimmed,
  trueOrFalse,
} from '../form.ts';
import { limits } from '../limits.ts';
import { readRecord, writeRecord } from '../records.ts';
import { rejection } from '../rejections.ts';
import { stateKeys } from '../state-keys.ts';
import type { CommandContext, Decision, LedgerModule, StateChanges, StateView } from '../types.ts';
import { type PayloadData, payloadsFault, recordPayload } from './payloads.ts';
import { requireWriter } from './roles.ts';
import { eventsFault } from './schemas.ts';

/** A new event as CBOR has it: the payload's digest is 32 bytes. */
type NewEventData = {
  readonly eventId: string;
  readonly type: string;
  readonly data: CborValue;
  readonly labels: { readonly [name: string]: string };
  readonly references: readonly string[];
  readonly payload?: PayloadData;
};
/** Its encoding is the leaf in the stream's tree. */
export type AppendedData = NewEventData & { readonly stream: string; readonly revision: number };
export type RepeatedData = {
  readonly stream: string;
  readonly events: readonly { readonly eventId: string; readonly revision: number }[];
};
type AppendArgs = {
  readonly stream: string;
  readonly expectedRevision: number | 'any';
  readonly events: readonly NewEventData[];
};

export type StreamData = {
  readonly revision: number;
  /** Hashes of the frontier; its size is revision + 1. */
  readonly frontier: readonly Uint8Array[];
  /** digest("event-ids", CBOR [digest before, eventId]) over all events: binds the entries of the eventIds. */
  readonly eventIds: Uint8Array;
};
/** Where an eventId is, and the leaf hash of its event. */
export type EventIdData = { readonly revision: number; readonly leaf: Uint8Array };

export interface StreamState {
  /** Of the last event. */
  readonly revision: number;
  /** Of the RFC 9162 tree over the encoded events. */
  readonly frontier: Frontier;
}

const newEvent = fields({
  eventId: text(1, limits.eventIdBytesMax),
  type: text(1, limits.eventTypeBytesMax),
  data: anything,
  labels: dictionary(
    text(1, limits.labelNameBytesMax),
    text(0, limits.labelValueBytesMax),
    limits.labelsPerEventMax,
  ),
  references: list(text(1, limits.referenceBytesMax), 0, limits.referencesPerEventMax),
  payload: {
    optional: fields({
      digest: byteString(32),
      size: integer(0, payloadBytesMax),
      erasable: trueOrFalse,
      recipients: list(
        pattern(identityIdPattern, 'id of an identity, such as north.auditor'),
        0,
        recipientsMax,
      ),
      grantOf: { optional: byteString(32) },
    }),
  },
});

const appendForm = fields({
  stream: trimmed(text(1, limits.streamNameBytesMax)),
  expectedRevision: either(integer(-1, Number.MAX_SAFE_INTEGER), exactly('any')),
  events: boundedPayloads(distinctEventIds(list(newEvent, 1, limits.eventsPerAppendMax))),
});

export const streamsModule: LedgerModule = {
  name: 'streams',
  actions: { 'streams.append': argsForm(appendForm) },
  decide: decideStreams,
  evolve: evolveStreams,
};

function distinctEventIds(events: FormCheck): FormCheck {
  return (value) => {
    const problem = events(value);
    if (problem !== undefined) return problem;
    const list = value as unknown as readonly NewEventData[];
    return list.length === 1 ? undefined : firstRepeatedId(list);
  };
}

function boundedPayloads(events: FormCheck): FormCheck {
  return (value) => {
    const problem = events(value);
    if (problem !== undefined) return problem;
    let bytes = 0;
    for (const { payload } of value as unknown as readonly NewEventData[]) bytes += payload?.size ?? 0;
    if (bytes <= envelopePayloadBytesMax) return undefined;
    return { path: '', expected: `at most ${envelopePayloadBytesMax} bytes of payloads` };
  };
}

const payloadsIn = (events: readonly NewEventData[]): readonly PayloadData[] =>
  events.flatMap(({ payload }) => payload ?? []);

function firstRepeatedId(events: readonly NewEventData[]): FormProblem | undefined {
  const seen = new Set<string>();
  for (const [index, { eventId }] of events.entries()) {
    if (seen.has(eventId)) return { path: `[${index}].eventId`, expected: 'an eventId once in an append' };
    seen.add(eventId);
  }
  return undefined;
}

function decideStreams(state: StateView, context: CommandContext, action: string, args: CborValue): Decision {
  assert(action === 'streams.append' && isCborMap(args), `streams owns no action ${action}`);
  const refused = requireWriter(context);
  if (refused !== undefined) return { ok: false, rejection: refused };
  return decideAppend(state, context, args as AppendArgs);
}

function decideAppend(
  state: StateView,
  context: CommandContext,
  { stream, expectedRevision, events }: AppendArgs,
): Decision {
  const known = events.map((event) => readEventId(state, stream, event.eventId));
  if (known.some((entry) => entry !== undefined)) return decideRepetition(stream, events, known);

  const actual = readRecord<StreamData>(state, stateKeys.stream(stream))?.revision ?? -1;
  if (expectedRevision !== 'any' && expectedRevision !== actual) {
    const facts = { stream, expected: expectedRevision, actual };
    return { ok: false, rejection: rejection({ code: 'wrong-expected-revision', facts }) };
  }
  const fault = eventsFault(state, context, stream, events) ?? payloadsFault(state, context, stream, events);
  if (fault !== undefined) return { ok: false, rejection: rejection(fault) };
  return {
    ok: true,
    events: events.map((event, index) => appended({ ...event, stream, revision: actual + 1 + index })),
  };
}

function decideRepetition(
  stream: string,
  events: readonly NewEventData[],
  known: readonly (EventIdData | undefined)[],
): Decision {
  const positions: { eventId: string; revision: number }[] = [];
  for (const [index, event] of events.entries()) {
    const first = known[index];
    if (first === undefined) return conflict(stream, event.eventId, -1, 'partly-present');
    if (!isSameEvent(stream, event, first)) {
      return conflict(stream, event.eventId, first.revision, 'different-content');
    }
    positions.push({ eventId: event.eventId, revision: first.revision });
  }
  return { ok: true, events: [{ type: 'streams.repeated', data: { stream, events: positions } }] };
}

function isSameEvent(stream: string, event: NewEventData, first: EventIdData): boolean {
  const repeated: AppendedData = { ...event, stream, revision: first.revision };
  return equalBytes(leafHash(encode(repeated)), first.leaf);
}

function conflict(
  stream: string,
  eventId: string,
  revision: number,
  reason: 'different-content' | 'partly-present',
): Decision {
  const facts = { stream, eventId, revision, reason };
  return { ok: false, rejection: rejection({ code: 'event-id-conflict', facts }) };
}

function appended(data: AppendedData): LedgerEvent {
  return { type: 'streams.appended', data };
}

function evolveStreams(state: StateChanges, event: LedgerEvent, data: Uint8Array): void {
  if (event.type === 'streams.repeated') return;
  assert(event.type === 'streams.appended', `streams knows no event ${event.type}`);
  const { stream, revision, eventId, payload } = event.data as AppendedData;
  const before = readRecord<StreamData>(state, stateKeys.stream(stream));
  assert(revision === (before?.revision ?? -1) + 1, `event ${revision} of ${stream} follows the one before`);

  const leaf = leafHash(data);
  const { hashes } = appendLeafHash(frontierOf(before), leaf);
  writeRecord(state, stateKeys.stream(stream), {
    revision,
    frontier: hashes,
    eventIds: nextEventIds(before?.eventIds ?? noEventIds, eventId),
  });
  writeRecord(state, stateKeys.eventId(stream, eventId), { revision, leaf });
  if (payload !== undefined) recordPayload(state, stream, eventId, payload);
}

/** The running digest before the first event. */
export const noEventIds = new Uint8Array(32);

export const nextEventIds = (before: Uint8Array, eventId: string): Uint8Array =>
  digestBytes('event-ids', encode([before, eventId]));

function frontierOf(stream: StreamData | undefined): Frontier {
  return stream === undefined ? emptyFrontier : { size: stream.revision + 1, hashes: stream.frontier };
}

/** Not as a record that is kept for the next question: nearly always there is none, and nobody asks again. */
function readEventId(state: StateView, stream: string, eventId: string): EventIdData | undefined {
  const bytes = state.get(stateKeys.eventId(stream, eventId));
  return bytes && (decode(bytes) as EventIdData);
}

/** undefined if nothing was appended to it yet. */
export function readStream(state: StateView, stream: string): StreamState | undefined {
  const data = readRecord<StreamData>(state, stateKeys.stream(stream));
  return data && { revision: data.revision, frontier: frontierOf(data) };
}

/** The event that a `streams.appended` fact carries, as indexes and readers have it. */
export function streamEventOf(event: LedgerEvent): StreamEvent | undefined {
  if (event.type !== 'streams.appended') return undefined;
  const { payload, ...data } = event.data as AppendedData;
  const plain = { ...data, stream: data.stream as StreamName };
  if (payload === undefined) return plain;
  return { ...plain, payload: payloadFromCbor(payload, 'payload') };
}

/** The arguments of `streams.append` from an append in memory. */
export function appendArgs(
  stream: string,
  expectedRevision: number | 'any',
  events: readonly NewStreamEvent[],
): CborValue {
  return { stream, expectedRevision, events: events.map(newStreamEventToCbor) };
}

/** What the sender says of a payload; `forGood`: that it may not be erased. */
export type NamedPayload = Pick<DetachedPayload, 'digest' | 'size'> & { readonly forGood?: true };

/**
 * Payloads that must be here before the transaction may be ordered: those of an append, each named once. None of
 * what has not the form of an append, since it can only be refused.
 */
export function payloadsNamed({
  body: { action, args },
}: Pick<Transaction, 'body'>): readonly NamedPayload[] {
  if (action !== 'streams.append' || !mayNamePayloads(args) || appendForm(args) !== undefined) return [];
  const named = new Map<Digest, NamedPayload>();
  for (const { digest: bytes, size, erasable } of payloadsIn((args as unknown as AppendArgs).events)) {
    const digest = toHex(bytes) as Digest;
    named.set(digest, { digest, size, ...(!erasable && { forGood: true as const }) });
  }
  return [...named.values()];
}

/** Most appends name none: the whole form is not checked for them. */
const mayNamePayloads = (args: CborValue): boolean =>
  isCborMap(args) &&
  Array.isArray(args.events) &&
  args.events.some((event: CborValue) => isCborMap(event) && 'payload' in event);

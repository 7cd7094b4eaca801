/** Outcomes of transactions, and the ledger events that they name by digest. */
import { digestOf } from '../crypto/digest.ts';
import type { Digest, TransactionId } from '../types/brands.ts';
import type { CborValue, LedgerEvent, Outcome, Rejection } from '../types/ledger.ts';
import { decode, encode } from './dag-cbor.ts';
import { fromHex } from './hex.ts';
import { transactionsPerBlockMax } from './limits.ts';
import { listOf, mapOf, readHex, readMap, readOneOf, readText } from './structure.ts';

export const encodeOutcome = (outcome: Outcome): Uint8Array => {
  const transaction = fromHex(outcome.transaction);
  if (outcome.status === 'succeeded') {
    return encode({ transaction, status: 'succeeded', events: fromHex(outcome.events) });
  }
  const { code, facts } = outcome.rejection;
  return encode({ transaction, status: 'failed', rejection: { code, facts } });
};

export const decodeOutcome = (bytes: Uint8Array): Outcome => {
  const path = 'outcome';
  const map = readMap(decode(bytes), path, ['transaction', 'status'], ['events', 'rejection']);
  const status = readOneOf(map, 'status', path, ['succeeded', 'failed']);
  readMap(map, path, ['transaction', 'status', status === 'succeeded' ? 'events' : 'rejection']);
  const transaction = readHex<TransactionId>(map, 'transaction', path, 32);
  if (status === 'succeeded')
    return { transaction, status, events: readHex<Digest>(map, 'events', path, 32) };
  return { transaction, status, rejection: rejectionFromCbor(map.rejection, `${path}.rejection`) };
};

const rejectionFromCbor = (value: CborValue | undefined, path: string): Rejection => {
  const map = readMap(value, path, ['code', 'facts']);
  return { code: readText(map, 'code', path), facts: mapOf(map.facts, `${path}.facts`) };
};

export const encodeEvent = (event: LedgerEvent): Uint8Array => encode({ type: event.type, data: event.data });
export const decodeEvent = (bytes: Uint8Array): LedgerEvent => eventFromCbor(decode(bytes), 'event');

const eventFromCbor = (value: CborValue, path: string): LedgerEvent => {
  const map = readMap(value, path, ['type', 'data']);
  return { type: readText(map, 'type', path), data: mapOf(map.data, `${path}.data`) };
};

/** The list of a transaction's events, in order. */
export const encodeEvents = (events: readonly LedgerEvent[]): Uint8Array =>
  encode(events.map(({ type, data }) => ({ type, data })));
/** Bytes before the data: heads of list and map, and the key "data"; and of the key "type". */
const bytesBeforeData = 7;
const typeKeyBytes = 5;
/** The encoding of its data, which `encodeEvents([event])` has inside: the same bytes, not a copy. */
export const dataOfOnlyEvent = (event: LedgerEvent, eventsBytes: Uint8Array): Uint8Array =>
  eventsBytes.subarray(bytesBeforeData, eventsBytes.length - typeKeyBytes - encode(event.type).length);
export const decodeEvents = (bytes: Uint8Array): readonly LedgerEvent[] =>
  listOf(decode(bytes), 'events', transactionsPerBlockMax).map((event, i) =>
    eventFromCbor(event, `events[${i}]`),
  );
/** What an outcome names: the digest of the encoded list of events. */
export const eventsDigest = (eventsBytes: Uint8Array): Digest => digestOf('events', eventsBytes);

/** Streams, state with proof, history and analytics. */

import { jsonOfCbor, jsonOfCertificate, jsonOfHeader } from '../../../shared/api/json-of-ledger.ts';
import type {
  AnalyticsJson,
  ConsistencyJson,
  EventSchemaJson,
  HistoryInclusionJson,
  ParamsOf,
  QueryOf,
  StateJson,
  StreamEventJson,
  StreamJson,
  StreamsJson,
} from '../../../shared/api.ts';
import { decode } from '../../../shared/codec/dag-cbor.ts';
import { toBase64Url } from '../../../shared/codec/hex.ts';
import { heightOf } from '../../../shared/types/brands.ts';
import { readSchema } from '../../ledger/modules/schemas.ts';
import type { StateView } from '../../ledger/types.ts';
import type { IndexedStreamEvent } from '../../runtime/queries.ts';
import { asOfHeight, asOfInWords } from '../as-of-height.ts';
import type { Answer, GatewayContext } from '../context.ts';
import { ProblemError } from '../http/problem-error.ts';
import { pageJson, pageRequest } from '../pages.ts';
import type { Caller } from '../sessions/caller.ts';
import { canRead } from '../sessions/readable-streams.ts';
import { pageOfReadable, readableNamed } from '../streams-of-reader.ts';
import { blockAt, blockSummary } from './blocks.ts';

export async function listStreams(
  { queries }: GatewayContext,
  query: QueryOf<'streams'>,
  { reads }: Caller,
): Promise<Answer<StreamsJson>> {
  const prefix = (query.prefix ?? '').normalize('NFC');
  if (reads !== 'everything')
    return { body: pageOfReadable(await readableNamed(queries, reads, prefix), query) };
  return {
    body: pageJson(
      pageRequest(query, (request) => queries.streams(prefix, request)),
      (row) => ({ ...row }),
    ),
  };
}

export function streamEvent(event: IndexedStreamEvent): StreamEventJson {
  const { stream, revision, eventId, type, labels, references, height, transaction, time, position } = event;
  return {
    stream,
    revision,
    eventId,
    type,
    data: jsonOfCbor(event.data),
    labels: { ...labels },
    references: [...references],
    ...(event.payload === undefined
      ? {}
      : { payload: { ...event.payload, recipients: [...event.payload.recipients] } }),
    height,
    transaction,
    time,
    position,
  };
}

export function getStream(
  context: GatewayContext,
  { name }: ParamsOf<'stream'>,
  query: QueryOf<'stream'>,
  { reads }: Caller,
): Answer<StreamJson> {
  const { queries } = context;
  const stream = name.normalize('NFC');
  const height = asOfHeight(context, query.asOf);
  const length = canRead(reads, stream) ? queries.streamLength(stream, height) : undefined;
  if (length === undefined) {
    const detail = `No stream is called ${stream}${asOfInWords(query.asOf)}.`;
    throw new ProblemError('not-found', detail, { stream, height });
  }
  const { from = 0, to, limit = 100 } = query;
  const range = { from, limit, asOf: height, ...(to === undefined ? {} : { to }) };
  const events = queries.streamEvents(stream, range).map(streamEvent);
  const nextFrom = from + events.length;
  const isEnd = events.length === 0 || nextFrom >= length || (to !== undefined && nextFrom > to);
  return { body: { stream, length, height, events, ...(isEnd ? {} : { nextFrom }) } };
}

/** A stream that somebody may not read is answered like one without a schema. */
export function getEventSchema(
  { queries }: GatewayContext,
  { name }: ParamsOf<'eventSchema'>,
  { reads }: Caller,
): Answer<EventSchemaJson> {
  const stream = name.normalize('NFC');
  const certified: StateView = { get: (key) => queries.stateProof(key).value };
  const found = canRead(reads, stream) ? readSchema(certified, stream) : undefined;
  if (found === undefined) throw new ProblemError('not-found', `No schema is set for ${stream}.`, { stream });
  return { body: { stream, since: found.since, schema: jsonOfCbor(found.schema) } };
}

export function getState(context: GatewayContext, { key }: ParamsOf<'state'>): Answer<StateJson> {
  const { height, value, proof } = context.queries.stateProof(key);
  const block = blockAt(context, height);
  const { siblings, otherLeaf } = proof;
  return {
    body: {
      key,
      height,
      header: jsonOfHeader(block.header),
      headerBytes: toBase64Url(block.headerBytes),
      certificate: block.certificate ? jsonOfCertificate(block.certificate) : null,
      value: value ? toBase64Url(value) : null,
      ...(value ? { decoded: jsonOfCbor(decode(value)) } : {}),
      proof: { siblings: [...siblings], ...(otherLeaf ? { otherLeaf } : {}) },
    },
  };
}

export function getConsistency(
  context: GatewayContext,
  { from, to }: QueryOf<'consistency'>,
): Answer<ConsistencyJson> {
  const first = blockAt(context, heightOf(from));
  const second = blockAt(context, heightOf(to));
  const proof = [...context.queries.historyConsistency(first.height, second.height)];
  return { body: { from: blockSummary(first), to: blockSummary(second), proof } };
}

export function getHistoryInclusion(
  context: GatewayContext,
  { height, at }: QueryOf<'historyInclusion'>,
): Answer<HistoryInclusionJson> {
  if (height >= at)
    throw new ProblemError('invalid-request', `query height: expected less than ${at}, which is at.`, {
      place: 'query',
      member: 'height',
      expected: `less than ${at}`,
    });
  const block = blockAt(context, heightOf(height));
  const later = blockAt(context, heightOf(at));
  const { index, size, path } = context.queries.historyInclusion(block.height, later.height);
  return {
    body: { height, hash: block.hash, at: blockSummary(later), proof: { index, size, path: [...path] } },
  };
}

export function getAnalytics(
  { queries }: GatewayContext,
  query: QueryOf<'analytics'>,
): Answer<AnalyticsJson> {
  const { by, from, to, bucketMs, limit = 100 } = query;
  const rows = queries.analytics(by, {
    limit,
    ...(from === undefined ? {} : { fromTime: from }),
    ...(to === undefined ? {} : { toTime: to }),
    ...(bucketMs === undefined ? {} : { bucketMs }),
  });
  return { body: { by, rows: rows.map((row) => ({ ...row })) } };
}

/** What the events make up: streams, payloads, assets, and questions over all of them. */
import * as z from 'zod/mini';
import * as exports from '../export.ts';
import * as payloads from '../payloads.ts';
import * as records from '../records.ts';
import { type Endpoint, nothing } from './endpoint.ts';

export const recordsEndpoints = {
  streams: {
    method: 'get',
    path: '/streams',
    summary: 'Streams, by last change',
    params: nothing,
    query: records.streamsQuerySchema,
    response: records.streamsSchema,
  },
  stream: {
    method: 'get',
    path: '/streams/{name}',
    summary: 'Events of a stream',
    params: records.streamParamsSchema,
    query: records.streamQuerySchema,
    response: records.streamSchema,
  },
  events: {
    method: 'get',
    path: '/events',
    summary: 'Events of all streams, newest first, filtered',
    params: nothing,
    query: records.eventsQuerySchema,
    response: records.eventsSchema,
  },
  eventSchema: {
    method: 'get',
    path: '/schemas/{name}',
    summary: 'What the events of a stream must be',
    params: records.streamParamsSchema,
    query: nothing,
    response: records.eventSchemaSchema,
  },
  payload: {
    method: 'get',
    path: '/payloads/{digest}',
    summary: 'The bytes of a payload',
    params: payloads.payloadParamsSchema,
    query: nothing,
    response: payloads.payloadSchema,
  },
  payloadRecord: {
    method: 'get',
    path: '/payloads/{digest}/record',
    summary: 'What the ledger says of a payload: whose it is, for whom, and whether it was erased',
    params: payloads.payloadParamsSchema,
    query: nothing,
    response: payloads.payloadRecordSchema,
  },
  assets: {
    method: 'get',
    path: '/assets',
    summary: 'Assets by id, with their supply now',
    params: nothing,
    query: records.assetsQuerySchema,
    response: records.assetsSchema,
  },
  balances: {
    method: 'get',
    path: '/assets/{id}/balances',
    summary: 'Who holds how much',
    params: records.assetParamsSchema,
    query: records.asOfQuerySchema,
    response: records.balancesSchema,
  },
  analytics: {
    method: 'get',
    path: '/analytics',
    summary: 'Counts by time, action, sender or receiver',
    params: nothing,
    query: records.analyticsQuerySchema,
    response: records.analyticsSchema,
  },
  exportManifest: {
    method: 'get',
    path: '/export/manifest',
    summary: 'What the file of a query holds: its range, rows, bytes and SHA-256',
    params: nothing,
    query: exports.exportQuerySchema,
    response: exports.exportManifestSchema,
  },
  export: {
    method: 'get',
    path: '/export',
    summary: 'A query as a file, streamed; it comes whole or not at all',
    params: nothing,
    query: exports.exportQuerySchema,
    response: z.undefined(),
    file: ['text/csv', 'application/json', 'application/vnd.ipld.car'],
  },
  search: {
    method: 'get',
    path: '/search',
    summary: 'One box: height, hash, id, identity, stream',
    params: nothing,
    query: records.searchQuerySchema,
    response: records.searchSchema,
  },
} as const satisfies Record<string, Endpoint>;

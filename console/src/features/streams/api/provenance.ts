import { queryOptions } from '@tanstack/react-query';
import { plural, shortenHash } from '../../../lib/format.ts';
import { ask } from '../../../lib/gateway.ts';
import { GatewayError } from '../../../lib/gateway-error.ts';
import { type Found, follow } from '../provenance.ts';
import { keyOf, type Reference, referenceOf } from '../references.ts';

/** Everything that an event refers to, directly or not. Certified events never change. */
export const provenanceQuery = (stream: string, revision: number) =>
  queryOptions({
    queryKey: ['provenance', stream, revision],
    queryFn: ({ signal }) =>
      follow(referenceOf(`${stream}@${revision}`), (reference) => find(reference, signal)),
    staleTime: Number.POSITIVE_INFINITY,
  });

/** A name that the ledger does not know is an answer too. */
async function find(reference: Reference, signal: AbortSignal): Promise<Found> {
  try {
    return await lookUp(reference, signal);
  } catch (error) {
    if (
      !(error instanceof GatewayError) ||
      !['not-found', 'unknown-transaction', 'invalid-request'].includes(error.code)
    )
      throw error;
    return { reference, title: keyOf(reference), note: 'not on this ledger', references: [] };
  }
}

async function lookUp(reference: Reference, signal: AbortSignal): Promise<Found> {
  switch (reference.kind) {
    case 'event':
      return eventOf(reference, signal);
    case 'stream':
      return streamOf(reference, signal);
    case 'transaction':
      return transactionOf(reference, signal);
    case 'outside':
      return { reference, title: reference.text, note: 'outside of this ledger', references: [] };
  }
}

async function eventOf(
  reference: Extract<Reference, { kind: 'event' }>,
  signal: AbortSignal,
): Promise<Found> {
  const { stream, revision } = reference;
  const query = { from: revision, to: revision };
  const { events } = await ask('stream', { params: { name: stream }, query, signal });
  const [event] = events;
  const title = `${stream} @ ${revision}`;
  if (event === undefined) return { reference, title, note: 'no such revision', references: [] };
  const to = `/streams/${encodeURIComponent(stream)}?event=${revision}`;
  return { reference, title, note: event.type, to, references: event.references };
}

/** Of a whole stream: what its newest event refers to. */
async function streamOf(
  reference: Extract<Reference, { kind: 'stream' }>,
  signal: AbortSignal,
): Promise<Found> {
  const { stream } = reference;
  const { length } = await ask('stream', { params: { name: stream }, query: { limit: 1 }, signal });
  const query = { from: length - 1, limit: 1 };
  const { events } = await ask('stream', { params: { name: stream }, query, signal });
  return {
    reference,
    title: stream,
    note: `stream of ${plural(length, 'event')}`,
    to: `/streams/${encodeURIComponent(stream)}`,
    references: events.flatMap((event) => event.references),
  };
}

/** Of a transaction: what the events refer to that it appended. */
async function transactionOf(
  reference: Extract<Reference, { kind: 'transaction' }>,
  signal: AbortSignal,
): Promise<Found> {
  const { id } = reference;
  const record = await ask('transaction', { params: { id }, signal });
  const title = shortenHash(id);
  if (record.status !== 'certified') return { reference, title, note: record.status, references: [] };
  return {
    reference,
    title,
    note: record.action,
    to: `/tx/${id}`,
    references: record.action === 'streams.append' ? referencesIn(record.args) : [],
  };
}

function referencesIn(args: unknown): readonly string[] {
  const { events } = (args ?? {}) as { readonly events?: unknown };
  if (!Array.isArray(events)) return [];
  return events.flatMap((event: { readonly references?: unknown }) =>
    Array.isArray(event?.references) ? event.references.filter((text) => typeof text === 'string') : [],
  );
}

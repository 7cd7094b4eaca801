/** Events of streams that prove where they stand: a receipt of the append, verified from the pinned network id. */
import { receiptOfJson } from '../api/ledger-of-json.ts';
import type { StreamEventJson } from '../api.ts';
import { CodecError } from '../codec/codec-error.ts';
import { encodeEvents, encodeReceipt, eventsDigest, payloadFromCbor } from '../codec/ledger.ts';
import { isCborMap } from '../codec/structure.ts';
import type { Check } from '../protocol/checks.ts';
import { type OpenReceipt, opening } from '../protocol/verify-receipt.ts';
import type { CborValue, DetachedPayload } from '../types/ledger.ts';
import type { Client } from './client.ts';
import { ClientError } from './client-error.ts';
import type { LightClient } from './light-client.ts';

export interface ProvenEvent {
  readonly eventId: string;
  readonly payload?: DetachedPayload;
}

/**
 * The event of this revision.
 * @param light of the network that is trusted
 * @returns undefined if the gateway has none there, which nothing proves
 * @throws ClientError `event-unproven`, and what a light client refuses
 */
export async function provenEvent(
  client: Pick<Client, 'get' | 'gateway'>,
  light: LightClient,
  { stream, revision }: { readonly stream: string; readonly revision: number },
): Promise<ProvenEvent | undefined> {
  const { events } = await client.get('stream', { name: stream, from: revision, to: revision });
  const said = events[0];
  if (said === undefined) return undefined;
  const place = { gateway: client.gateway, stream, revision };
  const json = await client.get('receipt', { id: said.transaction });
  const bytes = opening(() => encodeReceipt(receiptOfJson(json)));
  if (bytes instanceof CodecError) throw unproven(place, { check: 'decode', reason: bytes.message });
  const { ok, checks, opened } = await light.receipt(bytes);
  if (!ok || opened === undefined) throw unproven(place, failureOf(checks));
  const event = eventAt(opened, said, stream, revision);
  if (event === undefined) throw unproven(place, { reason: 'the transaction appended nothing there' });
  return event;
}

/**
 * What the outcome names by digest are the events with stream and revisions: only where they were appended do those of
 * the transaction give that digest.
 */
function eventAt(
  { transaction, outcome }: OpenReceipt,
  { eventId }: StreamEventJson,
  stream: string,
  revision: number,
): ProvenEvent | undefined {
  const { action, args } = transaction.body;
  if (outcome.status !== 'succeeded' || action !== 'streams.append') return undefined;
  const events = isCborMap(args) && Array.isArray(args.events) ? args.events.filter(isCborMap) : [];
  const index = events.findIndex((event) => event.eventId === eventId);
  if (index < 0) return undefined;
  const appended = events.map((event, at) => ({
    type: 'streams.appended',
    data: { ...event, stream, revision: revision - index + at },
  }));
  if (eventsDigest(encodeEvents(appended)) !== outcome.events) return undefined;
  return { eventId, ...payloadIn(events[index]?.payload) };
}

const payloadIn = (value: CborValue | undefined): Pick<ProvenEvent, 'payload'> =>
  value === undefined ? {} : { payload: payloadFromCbor(value, 'payload') };

function failureOf(checks: readonly Check[]): { readonly check?: string; readonly reason?: string } {
  const failed = checks.find((check) => !check.ok && check.reason !== 'not-reached');
  return {
    ...(failed !== undefined && { check: failed.id }),
    ...(failed?.reason !== undefined && { reason: failed.reason }),
  };
}

const unproven = (
  place: { readonly gateway: string; readonly stream: string; readonly revision: number },
  facts: { readonly check?: string; readonly reason?: string },
): ClientError =>
  new ClientError(
    'event-unproven',
    'The gateway does not prove that this event stands there.',
    { ...place, ...facts },
    'Do not rely on it: ask another gateway, and the operator of this one why.',
  );

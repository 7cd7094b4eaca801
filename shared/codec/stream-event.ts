/** Events of streams, as they are submitted and as the ledger keeps them. */
import type { Digest, IdentityId, StreamName } from '../types/brands.ts';
import type { CborValue, DetachedPayload, NewStreamEvent, StreamEvent } from '../types/ledger.ts';
import { decode, encode } from './dag-cbor.ts';
import { fromHex } from './hex.ts';
import { identityIdPattern, recipientsMax } from './ids.ts';
import {
  type CborMap,
  mapOf,
  readBoolean,
  readCount,
  readHex,
  readList,
  readMap,
  readText,
  textOf,
  wrongValue,
} from './structure.ts';

const referencesMax = 1024;
const labelsMax = 1024;

export const newStreamEventToCbor = (event: NewStreamEvent): CborMap => ({
  eventId: event.eventId,
  type: event.type,
  data: event.data,
  labels: event.labels,
  references: event.references,
  ...(event.payload && {
    payload: payloadToCbor(event.payload),
  }),
});

const newStreamEventKeys = ['eventId', 'type', 'data', 'labels', 'references'];
const newStreamEventFromMap = (map: CborMap, path: string): NewStreamEvent => ({
  eventId: readText(map, 'eventId', path),
  type: readText(map, 'type', path),
  data: map.data as CborValue,
  labels: labelsFromCbor(map.labels, `${path}.labels`),
  references: readList(map, 'references', path, referencesMax).map((reference, i) =>
    textOf(reference, `${path}.references[${i}]`),
  ),
  ...('payload' in map && { payload: payloadFromCbor(map.payload, `${path}.payload`) }),
});

const labelsFromCbor = (value: CborValue | undefined, path: string): { readonly [name: string]: string } => {
  const map = mapOf(value, path);
  const names = Object.keys(map);
  if (names.length > labelsMax) throw wrongValue(path, `≤ ${labelsMax} labels`, names.length);
  for (const name of names) readText(map, name, path);
  return map as { readonly [name: string]: string };
};

const payloadToCbor = ({ digest, size, erasable, recipients, grantOf }: DetachedPayload): CborMap => ({
  digest: fromHex(digest),
  size,
  erasable,
  recipients,
  ...(grantOf !== undefined && { grantOf: fromHex(grantOf) }),
});

const payloadKeys = ['digest', 'size', 'erasable', 'recipients'];
/** Throws CodecError. */
export const payloadFromCbor = (value: CborValue | undefined, path: string): DetachedPayload => {
  const map = readMap(value, path, payloadKeys, ['grantOf']);
  return {
    digest: readHex<Digest>(map, 'digest', path, 32),
    size: readCount(map, 'size', path),
    erasable: readBoolean(map, 'erasable', path),
    recipients: readList(map, 'recipients', path, recipientsMax).map((recipient, i) => {
      const id = textOf(recipient, `${path}.recipients[${i}]`);
      if (!identityIdPattern.test(id))
        throw wrongValue(`${path}.recipients[${i}]`, identityIdPattern.source, id);
      return id as IdentityId;
    }),
    ...('grantOf' in map && { grantOf: readHex<Digest>(map, 'grantOf', path, 32) }),
  };
};

/** An event as the ledger keeps it, and the leaf of its stream's tree. */
export const encodeStreamEvent = (event: StreamEvent): Uint8Array =>
  encode({ ...newStreamEventToCbor(event), stream: event.stream, revision: event.revision });

export const decodeStreamEvent = (bytes: Uint8Array): StreamEvent => {
  const path = 'event';
  const map = readMap(decode(bytes), path, [...newStreamEventKeys, 'stream', 'revision'], ['payload']);
  return {
    ...newStreamEventFromMap(map, path),
    stream: readText(map, 'stream', path) as StreamName,
    revision: readCount(map, 'revision', path),
  };
};

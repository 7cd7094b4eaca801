/** What the ledger says of a payload: whose it is, who may read it, whether it was erased. Proven, not believed. */
import { CodecError } from '../codec/codec-error.ts';
import { decode } from '../codec/dag-cbor.ts';
import { toHex } from '../codec/hex.ts';
import { recipientsMax } from '../codec/ids.ts';
import {
  bytesOf,
  type CborMap,
  listOf,
  mapOf,
  readBoolean,
  readCount,
  readHex,
  readList,
  readText,
  textOf,
} from '../codec/structure.ts';
import type { Digest } from '../types/brands.ts';
import { ClientError, invalidAnswer } from './client-error.ts';
import type { ProveState } from './proven-state.ts';

export interface PayloadRecord {
  readonly digest: string;
  readonly stream: string;
  readonly eventId: string;
  readonly size: number;
  readonly erasable: boolean;
  /** Identities that it is encrypted for; none: it is not encrypted. */
  readonly recipients: readonly string[];
  /** The payload that it gives further recipients. */
  readonly grantOf?: string;
  readonly erased?: {
    /** The member whose proposal it was. */
    readonly by: string;
    readonly reason: string;
    readonly proposal: number;
    readonly height: number;
    /** Milliseconds since 1970. */
    readonly time: number;
  };
}

/** What a gateway says of one payload must not be what it says of another. @throws ClientError `invalid-answer` */
export function ofThisPayload<Said extends { readonly digest: string }>(
  gateway: string,
  digest: string,
  said: Said,
): Said {
  if (said.digest === digest) return said;
  throw invalidAnswer(gateway, `the record of payload ${said.digest} in the place of ${digest}`);
}

export interface ProvenPayload {
  readonly record: PayloadRecord;
  /** Everything that was granted from the payload at the beginning of the same chain, this one left out. */
  readonly related: readonly PayloadRecord[];
  /** Of the newest proof: height and block time in milliseconds since 1970. */
  readonly asOf: { readonly height: number; readonly time: number };
}

/** Above what the ledger allows. */
const grantsMax = 1024;

interface Entry extends PayloadRecord {
  readonly root?: string;
  readonly grants: readonly string[];
}

/** @throws ClientError `payload-unknown`, and what a proof lacks */
export async function provenPayload(digest: string, prove: ProveState): Promise<ProvenPayload> {
  let asOf = { height: 0, time: 0 };
  const read = async (wanted: string): Promise<Entry | undefined> => {
    const key = `payloads/${wanted}`;
    const { value, height, time } = await prove(key);
    if (height >= asOf.height) asOf = { height, time };
    return value === undefined ? undefined : entryOf(key, wanted, value);
  };
  const entry = await read(digest);
  if (entry === undefined) throw unknown(digest, asOf.height);
  const root = entry.root === undefined ? entry : await read(entry.root);
  const others: Entry[] = root === undefined || root.digest === digest ? [] : [root];
  for (const grant of root?.grants ?? []) {
    const granted = grant === digest ? undefined : await read(grant);
    if (granted !== undefined) others.push(granted);
  }
  return { record: recordOf(entry), related: others.map(recordOf), asOf };
}

const recordOf = ({ root: _root, grants: _grants, ...record }: Entry): PayloadRecord => record;

function entryOf(key: string, digest: string, value: Uint8Array): Entry {
  try {
    return readEntry(digest, mapOf(decode(value), key), key);
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    const next = 'Use the version of concordat that the network runs.';
    const headline = 'A record of the state does not have the form that this version expects.';
    throw new ClientError('invalid-answer', headline, { key, reason: error.message }, next);
  }
}

/** A later version may say more of it. */
function readEntry(digest: string, map: CborMap, path: string): Entry {
  return {
    digest,
    stream: readText(map, 'stream', path),
    eventId: readText(map, 'eventId', path),
    size: readCount(map, 'size', path),
    erasable: readBoolean(map, 'erasable', path),
    recipients: readList(map, 'recipients', path, recipientsMax).map((one) =>
      textOf(one, `${path}.recipients`),
    ),
    ...('grantOf' in map && { grantOf: readHex<Digest>(map, 'grantOf', path, 32) }),
    ...('root' in map && { root: readHex<Digest>(map, 'root', path, 32) }),
    grants: listOf(map.grants ?? [], `${path}.grants`, grantsMax).map((one) =>
      toHex(bytesOf(one, `${path}.grants`, 32)),
    ),
    ...('erased' in map && { erased: readErasure(mapOf(map.erased, path), `${path}.erased`) }),
  };
}

const readErasure = (map: CborMap, path: string): NonNullable<PayloadRecord['erased']> => ({
  by: readText(map, 'by', path),
  reason: readText(map, 'reason', path),
  proposal: readCount(map, 'proposal', path),
  height: readCount(map, 'height', path),
  time: readCount(map, 'time', path),
});

const unknown = (digest: string, height: number): ClientError =>
  new ClientError(
    'payload-unknown',
    'No event on this ledger has a payload of this digest.',
    { digest, height },
    'Check the digest: it stands in the event, under payload.',
  );

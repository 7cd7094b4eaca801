/**
 * What bytes say that are handed to a signer (rule M1): domain, network, content. The inverse of the functions that
 * make signing bytes; decoding is strict, so that nothing is signed that means more than was read.
 */
import type { BlockHash, Digest, Epoch, Height, NetworkId, PublicKey, View } from '../types/brands.ts';
import type { TransactionBody } from '../types/ledger.ts';
import type { SlotContent, VoteKind } from '../types/messages.ts';
import { CodecError } from './codec-error.ts';
import { decode } from './dag-cbor.ts';
import { toHex } from './hex.ts';
import { memberIdPattern, validatorIdPattern } from './ids.ts';
import { type KeyClaim, possessionDomain, registeredKeyKinds } from './key-possession.ts';
import { decodeTransactionBody } from './ledger.ts';
import { voteKinds } from './messages.ts';
import { presenceDomain } from './presence.ts';
import { readBytes, readCount, readHex, readMap, readOneOf, readPattern } from './structure.ts';

export type SignedContent = { readonly network: NetworkId } & (
  | { readonly kind: 'slot'; readonly slot: SlotContent }
  | { readonly kind: 'heartbeat'; readonly epoch: Epoch }
  | { readonly kind: 'transaction'; readonly body: TransactionBody }
  /** An answer to a challenge over a link, which promises nothing. */
  | { readonly kind: 'presence' }
  | { readonly kind: 'possession'; readonly claim: KeyClaim }
  /** A domain that no validator signs. */
  | { readonly kind: 'other'; readonly domain: string }
);

const networkBytes = 32;
const prefix = 'concordat/';
const suffix = '/v1';
const domainBytesMax = 64;

interface Split {
  readonly domain: string;
  readonly network: NetworkId;
  readonly content: Uint8Array;
}

function split(bytes: Uint8Array): Split {
  const end = bytes.subarray(0, domainBytesMax).indexOf(0);
  const text = end < 0 ? '' : String.fromCharCode(...bytes.subarray(0, end));
  const start = end + 1;
  if (!text.startsWith(prefix) || !text.endsWith(suffix) || bytes.length < start + networkBytes)
    throw new CodecError('wrong-value', { path: 'signed', expected: 'domain and network', got: text });
  return {
    domain: text.slice(prefix.length, -suffix.length),
    network: toHex(bytes.subarray(start, start + networkBytes)) as NetworkId,
    content: bytes.subarray(start + networkBytes),
  };
}

/** Throws CodecError. */
export function readSigned(bytes: Uint8Array): SignedContent {
  const { domain, network, content } = split(bytes);
  const slot = slotOf(domain, content);
  if (slot !== undefined) return { kind: 'slot', network, slot };
  if (domain === 'heartbeat') return { kind: 'heartbeat', network, epoch: heartbeatEpoch(content) };
  if (domain === 'transaction') return { kind: 'transaction', network, body: decodeTransactionBody(content) };
  if (domain === presenceDomain) return presenceOf(network, content);
  if (domain === possessionDomain) return { kind: 'possession', network, claim: claimOf(content) };
  return { kind: 'other', network, domain };
}

/** undefined: a heartbeat, which promises nothing, or a transaction, which takes no slot. Throws CodecError. */
export function readSlot(bytes: Uint8Array): SlotContent | undefined {
  const { domain, content } = split(bytes);
  return slotOf(domain, content);
}

function slotOf(domain: string, content: Uint8Array): SlotContent | undefined {
  if (domain === 'seal') return sealOf(content);
  const kind = voteKinds.find((name) => domain === `vote/${name}`);
  return kind && voteOf(kind, content);
}

function voteOf(kind: VoteKind, content: Uint8Array): SlotContent {
  const map = readMap(decode(content), kind, ['epoch', 'view', 'sequence', 'content']);
  return {
    kind,
    epoch: readCount<Epoch>(map, 'epoch', kind),
    view: readCount<View>(map, 'view', kind),
    sequence: readCount<Height>(map, 'sequence', kind),
    content: readHex<Digest>(map, 'content', kind, 32),
  };
}

function sealOf(content: Uint8Array): SlotContent {
  const map = readMap(decode(content), 'seal', ['epoch', 'height', 'block']);
  return {
    kind: 'seal',
    epoch: readCount<Epoch>(map, 'epoch', 'seal'),
    height: readCount<Height>(map, 'height', 'seal'),
    block: readHex<BlockHash>(map, 'block', 'seal', 32),
  };
}

function heartbeatEpoch(content: Uint8Array): Epoch {
  const map = readMap(decode(content), 'heartbeat', ['epoch', 'view', 'height', 'block', 'time']);
  return readCount<Epoch>(map, 'epoch', 'heartbeat');
}

function presenceOf(network: NetworkId, content: Uint8Array): SignedContent {
  const map = readMap(decode(content), 'presence', ['activation', 'subject', 'asker', 'ready', 'challenge']);
  readCount(map, 'activation', 'presence');
  readHex(map, 'ready', 'presence', 32);
  readBytes(map, 'challenge', 'presence', 32);
  return { kind: 'presence', network };
}

function claimOf(content: Uint8Array): KeyClaim {
  const map = readMap(decode(content), 'possession', ['key', 'kind', 'owner', 'member']);
  return {
    key: readHex<PublicKey>(map, 'key', 'possession', 32),
    kind: readOneOf(map, 'kind', 'possession', registeredKeyKinds),
    owner: readPattern(map, 'owner', 'possession', validatorIdPattern),
    member: readPattern(map, 'member', 'possession', memberIdPattern),
  };
}

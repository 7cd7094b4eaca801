/**
 * What a snapshot of state at a certified height consists of (rule C2, docs/decisions/009). A manifest proves
 * itself against the header: its frontier hashes to `header.history`, its tree nodes join to `header.state`. Only
 * the certificate of the header, which travels beside it, and the number of transactions are judged elsewhere.
 */
import { decode, encode } from '../../shared/codec/dag-cbor.ts';
import { toHex } from '../../shared/codec/hex.ts';
import { decodeHeader } from '../../shared/codec/ledger.ts';
import {
  bytesOf,
  listOf,
  readBytes,
  readConstant,
  readCount,
  readList,
  readMap,
} from '../../shared/codec/structure.ts';
import { digestOf } from '../../shared/crypto/digest.ts';
import { type Frontier, frontierRoot } from '../../shared/crypto/merkle.ts';
import { type NodePath, nodeHash, type TreeNode } from '../../shared/crypto/sparse-merkle-tree.ts';
import type { Digest } from '../../shared/types/brands.ts';
import type { CborValue, Header } from '../../shared/types/ledger.ts';
import { joinNodes } from './leaf-build.ts';

export interface SnapshotManifest {
  readonly header: Header;
  readonly headerBytes: Uint8Array;
  /** Over the hashes of the blocks below `header.height`. */
  readonly history: Frontier;
  /** Transactions that ran up to and in this block: it numbers lists and is bound by nothing. */
  readonly transactions: number;
  /** The state tree is cut at this depth into 2^depth pieces. */
  readonly depth: number;
  /** The tree's nodes there, from left to right: what each piece must build. */
  readonly tops: readonly (TreeNode | undefined)[];
  /** Parts of each piece behind the first one, which holds its leaves. */
  readonly parts: readonly number[];
}

const depthMax = 14;
const frontierMax = 64;
const partsMax = 1_000_000;

export const manifestDigest = (bytes: Uint8Array): Digest => digestOf('snapshot', bytes);

export function encodeManifest(manifest: SnapshotManifest): Uint8Array {
  return encode({
    version: 1,
    header: manifest.headerBytes,
    history: manifest.history.hashes,
    transactions: manifest.transactions,
    depth: manifest.depth,
    tops: manifest.tops.map(topToCbor),
    parts: manifest.parts,
  });
}

const topToCbor = (node: TreeNode | undefined): CborValue => {
  if (node === undefined) return null;
  return node.kind === 'branch' ? node.hash : [node.key, node.value];
};

/** @throws CodecError */
export function decodeManifest(bytes: Uint8Array): SnapshotManifest {
  const path = 'manifest';
  const names = ['version', 'header', 'history', 'transactions', 'depth', 'tops', 'parts'];
  const map = readMap(decode(bytes), path, names);
  readConstant(map, 'version', path, 1);
  const headerBytes = readBytes(map, 'header', path);
  const header = decodeHeader(headerBytes);
  const hashes = readList(map, 'history', path, frontierMax).map((hash) => bytesOf(hash, path, 32));
  const counts = readList(map, 'parts', path, 2 ** depthMax);
  return {
    header,
    headerBytes,
    history: { size: header.height, hashes },
    transactions: readCount(map, 'transactions', path),
    depth: readCount(map, 'depth', path),
    tops: readList(map, 'tops', path, 2 ** depthMax).map(topFromCbor),
    parts: counts.map((_, index) => readCount({ parts: counts[index]! }, 'parts', path)),
  };
}

function topFromCbor(value: CborValue): TreeNode | undefined {
  if (value === null) return undefined;
  if (value instanceof Uint8Array) return { kind: 'branch', hash: bytesOf(value, 'tops', 32) };
  const [key, digest] = listOf(value, 'tops', 2);
  return { kind: 'leaf', key: bytesOf(key, 'tops', 32), value: bytesOf(digest, 'tops', 32) };
}

/** Why a manifest is not one of this header; undefined if it is. */
export function manifestFault({ header, history, depth, tops, parts }: SnapshotManifest): string | undefined {
  if (depth > depthMax || tops.length !== 2 ** depth || parts.length !== tops.length)
    return 'another number of pieces than its depth';
  if (parts.some((count) => count > partsMax)) return 'too many parts';
  if (history.hashes.length !== bitsSet(header.height) || frontierRoot(history) !== header.history)
    return 'another history than its header';
  if (toHex(nodeHash(joinTops(tops))) !== header.state) return 'another state than its header';
  return undefined;
}

const bitsSet = (count: number): number => [...count.toString(2)].filter((bit) => bit === '1').length;

/** The root over nodes of one depth, from left to right. */
export function joinTops(tops: readonly (TreeNode | undefined)[], path: NodePath = ''): TreeNode | undefined {
  if (tops.length === 1) return tops[0];
  const middle = tops.length / 2;
  const left = joinTops(tops.slice(0, middle), `${path}0`);
  const right = joinTops(tops.slice(middle), `${path}1`);
  return joinNodes(path, left, right, () => undefined);
}

/** Path of a piece. */
export const piecePath = (index: number, depth: number): NodePath =>
  depth === 0 ? '' : index.toString(2).padStart(depth, '0');

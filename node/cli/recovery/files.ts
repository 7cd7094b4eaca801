/**
 * What members exchange on the way to a recovery (docs/operations/lost-quorum.md), each a file of DAG-CBOR: statements of
 * machines, the plan that is made of them, signatures of admins, and the bundle that nodes accept. All of it comes from
 * others: decoding is strict and bounded, and nothing is believed that does not prove itself.
 */
import { decode, encode } from '../../../shared/codec/dag-cbor.ts';
import { fromHex } from '../../../shared/codec/hex.ts';
import { decodeBatch, encodeBatch } from '../../../shared/codec/ledger.ts';
import { transactionsPerBlockMax } from '../../../shared/codec/limits.ts';
import {
  epochLinksFromCbor,
  epochLinkToCbor,
  originFromCbor,
  originToCbor,
} from '../../../shared/codec/proof-pack.ts';
import {
  baseFromCbor,
  baseToCbor,
  recordFromCbor,
  recordToCbor,
  recoveredBlocksMax,
  seatFromCbor,
  seatToCbor,
  signatureFromCbor,
  signatureToCbor,
  statementFromCbor,
  statementToCbor,
} from '../../../shared/codec/recovery.ts';
import {
  bytesOf,
  type CborMap,
  readBytes,
  readConstant,
  readCount,
  readHex,
  readList,
  readMap,
  wrongValue,
} from '../../../shared/codec/structure.ts';
import type { Digest, Epoch, NetworkId } from '../../../shared/types/brands.ts';
import type { Batch, CborValue, EpochLink, ProofPack } from '../../../shared/types/ledger.ts';
import type {
  RecoveryBase,
  RecoveryRecord,
  RecoverySeat,
  RecoverySignature,
  RecoveryStatement,
} from '../../../shared/types/recovery.ts';

/** A block with its body. */
export interface CarriedBlock {
  readonly header: Uint8Array;
  readonly batch: Batch;
  readonly envelopes: readonly Uint8Array[];
}

/** Every hand-over from genesis to the epoch that ends. */
export interface CarriedChain {
  readonly genesis: ProofPack['genesis'];
  readonly epochs: readonly EpochLink[];
}

/** What a validator of the epoch that ends has. */
export interface LedgerWord {
  /** That ends. */
  readonly epoch: Epoch;
  readonly statement: RecoveryStatement;
  /** Its newest certified block. */
  readonly base: RecoveryBase;
  /** Above it, up to the highest that it sealed. */
  readonly blocks: readonly CarriedBlock[];
  readonly chain: CarriedChain;
  /** Of the state of its newest certified block: members, and all admins. */
  readonly records: readonly RecoveryRecord[];
}

/** Of one machine: where it would validate, and what it sealed, if it is a validator of the epoch that ends. */
export interface StatementFile {
  readonly network: NetworkId;
  readonly seat: RecoverySeat;
  readonly word?: LedgerWord;
}

export interface PlanFile {
  readonly content: Uint8Array;
  readonly chain: CarriedChain;
  readonly records: readonly RecoveryRecord[];
  /** C + 1…H. */
  readonly blocks: readonly CarriedBlock[];
}

export interface SignatureFile {
  readonly network: NetworkId;
  readonly recovery: Digest;
  readonly signature: RecoverySignature;
}

export interface BundleFile {
  readonly recovery: Uint8Array;
  readonly chain: CarriedChain;
  readonly blocks: readonly CarriedBlock[];
}

export type RecoveryFile =
  | ({ readonly kind: 'recovery-statement' } & StatementFile)
  | ({ readonly kind: 'recovery-plan' } & PlanFile)
  | ({ readonly kind: 'recovery-signature' } & SignatureFile)
  | ({ readonly kind: 'recovery-bundle' } & BundleFile);

/** Bodies of as many blocks as a window may leave uncertified, and the chain of epochs. */
const bounds = { bytesMax: 512 * 2 ** 20, itemsMax: 16_000_000 };
const recordsMax = 4_096;

export function encodeRecoveryFile(file: RecoveryFile): Uint8Array {
  return encode({ version: 1, kind: file.kind, ...fieldsOf(file) });
}

function fieldsOf(file: RecoveryFile): CborMap {
  switch (file.kind) {
    case 'recovery-statement':
      return {
        network: fromHex(file.network),
        seat: seatToCbor(file.seat),
        ...(file.word && { word: wordToCbor(file.word) }),
      };
    case 'recovery-plan':
      return {
        content: file.content,
        chain: chainToCbor(file.chain),
        records: file.records.map(recordToCbor),
        blocks: file.blocks.map(blockToCbor),
      };
    case 'recovery-signature':
      return {
        network: fromHex(file.network),
        recovery: fromHex(file.recovery),
        signature: signatureToCbor(file.signature),
      };
    case 'recovery-bundle':
      return {
        recovery: file.recovery,
        chain: chainToCbor(file.chain),
        blocks: file.blocks.map(blockToCbor),
      };
  }
}

const keysOf = {
  'recovery-statement': [['network', 'seat'], ['word']],
  'recovery-plan': [['content', 'chain', 'records', 'blocks'], []],
  'recovery-signature': [['network', 'recovery', 'signature'], []],
  'recovery-bundle': [['recovery', 'chain', 'blocks'], []],
} as const satisfies Record<RecoveryFile['kind'], readonly [readonly string[], readonly string[]]>;

/** Throws CodecError. */
export function decodeRecoveryFile(bytes: Uint8Array): RecoveryFile {
  const value = decode(bytes, bounds);
  const path = 'file';
  const kind = kindOf(value, path);
  const [required, optional] = keysOf[kind];
  const map = readMap(value, path, ['version', 'kind', ...required], optional);
  readConstant(map, 'version', path, 1);
  switch (kind) {
    case 'recovery-statement':
      return {
        kind,
        network: readHex<NetworkId>(map, 'network', path, 32),
        seat: seatFromCbor(map.seat, `${path}.seat`),
        ...('word' in map && { word: wordFromCbor(map.word, `${path}.word`) }),
      };
    case 'recovery-plan':
      return {
        kind,
        content: readBytes(map, 'content', path),
        chain: chainFromCbor(map.chain, `${path}.chain`),
        records: listed(map, 'records', path, recordsMax, recordFromCbor),
        blocks: listed(map, 'blocks', path, recoveredBlocksMax, blockFromCbor),
      };
    case 'recovery-signature':
      return {
        kind,
        network: readHex<NetworkId>(map, 'network', path, 32),
        recovery: readHex<Digest>(map, 'recovery', path, 32),
        signature: signatureFromCbor(map.signature, `${path}.signature`),
      };
    case 'recovery-bundle':
      return {
        kind,
        recovery: readBytes(map, 'recovery', path),
        chain: chainFromCbor(map.chain, `${path}.chain`),
        blocks: listed(map, 'blocks', path, recoveredBlocksMax, blockFromCbor),
      };
  }
}

function kindOf(value: CborValue, path: string): RecoveryFile['kind'] {
  const kind = typeof value === 'object' && value !== null && 'kind' in value ? value.kind : undefined;
  if (typeof kind === 'string' && Object.hasOwn(keysOf, kind)) return kind as RecoveryFile['kind'];
  throw wrongValue(`${path}.kind`, Object.keys(keysOf).join(' | '), typeof kind);
}

const wordToCbor = ({ epoch, statement, base, blocks, chain, records }: LedgerWord): CborMap => ({
  epoch,
  statement: statementToCbor(statement),
  base: baseToCbor(base),
  blocks: blocks.map(blockToCbor),
  chain: chainToCbor(chain),
  records: records.map(recordToCbor),
});

function wordFromCbor(value: CborValue | undefined, path: string): LedgerWord {
  const map = readMap(value, path, ['epoch', 'statement', 'base', 'blocks', 'chain', 'records']);
  return {
    epoch: readCount<Epoch>(map, 'epoch', path),
    statement: statementFromCbor(map.statement, `${path}.statement`),
    base: baseFromCbor(map.base, `${path}.base`),
    blocks: listed(map, 'blocks', path, recoveredBlocksMax, blockFromCbor),
    chain: chainFromCbor(map.chain, `${path}.chain`),
    records: listed(map, 'records', path, recordsMax, recordFromCbor),
  };
}

const blockToCbor = ({ header, batch, envelopes }: CarriedBlock): CborMap => ({
  header,
  batch: encodeBatch(batch),
  envelopes,
});

function blockFromCbor(value: CborValue, path: string): CarriedBlock {
  const map = readMap(value, path, ['header', 'batch', 'envelopes']);
  return {
    header: readBytes(map, 'header', path),
    batch: decodeBatch(readBytes(map, 'batch', path)),
    envelopes: listed(map, 'envelopes', path, transactionsPerBlockMax, bytesOf),
  };
}

const chainToCbor = ({ genesis, epochs }: CarriedChain): CborMap => ({
  genesis: originToCbor(genesis),
  epochs: epochs.map(epochLinkToCbor),
});

function chainFromCbor(value: CborValue | undefined, path: string): CarriedChain {
  const map = readMap(value, path, ['genesis', 'epochs']);
  return { genesis: originFromCbor(map.genesis, `${path}.genesis`), epochs: epochLinksFromCbor(map, path) };
}

const listed = <Item>(
  map: CborMap,
  key: string,
  path: string,
  countMax: number,
  itemOf: (value: CborValue, path: string) => Item,
): readonly Item[] =>
  readList(map, key, path, countMax).map((item, i) => itemOf(item, `${path}.${key}[${i}]`));

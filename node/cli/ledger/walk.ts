/** Walks a ledger from genesis to its tip, block by block, until the first fault. */
import { CodecError } from '../../../shared/codec/codec-error.ts';
import { encodeEvents, eventsDigest, headerHash, validatorSetDigest } from '../../../shared/codec/ledger.ts';
import type { TreeNode } from '../../../shared/crypto/sparse-merkle-tree.ts';
import { heightOf } from '../../../shared/types/brands.ts';
import type { Header, LedgerEvent } from '../../../shared/types/ledger.ts';
import type { RecoveryCertificate } from '../../../shared/types/recovery.ts';
import { unknownProtocol } from '../../ledger/protocols.ts';
import {
  decodeManifest,
  manifestFault,
  piecePath,
  type SnapshotManifest,
} from '../../ledger/snapshot-manifest.ts';
import { openPiece, proveLeaves, SnapshotFault, type StateEntry } from '../../ledger/snapshot-piece.ts';
import { StorageError } from '../../storage/errors.ts';
import type { BlockRow } from '../../storage/ledger-file.ts';
import type { LedgerReader, ReadBlock } from '../../storage/ledger-reader.ts';
import type { SnapshotFile } from '../../storage/snapshot-files.ts';
import type { CliIo } from '../io.ts';
import { Progress } from '../progress.ts';
import { FaultFound, type LedgerFault, type LedgerFigures, type LedgerVerdict } from './ledger-fault.ts';
import { MemoryState } from './memory-state.ts';

/** Checks one block against the state before it and applies it. @throws FaultFound */
export type BlockCheck = (block: ReadBlock, state: MemoryState) => void | Promise<void>;

export interface LedgerChecks {
  readonly block: BlockCheck;
  /** What can be checked of a block whose body is not here, or whose state before it is not. @throws FaultFound */
  readonly header: (block: BlockRow) => void | Promise<void>;
}

/** @param network the id that genesis must have; without one, the ledger's own is taken and reported */
export async function walkLedger(
  io: CliIo,
  reader: LedgerReader,
  network: string | undefined,
  checks: LedgerChecks,
): Promise<LedgerVerdict> {
  const startedMs = io.nowMs();
  const state = new MemoryState();
  const progress = new Progress(io, { what: 'blocks', total: reader.tip });
  const origin: string = reader.genesis.block.hash;
  let reached = { height: 0, block: origin, epoch: 0, transactions: 0, events: 0 };
  let headersOnly = 0;
  let snapshot: number | undefined;
  const figures = (): LedgerFigures => ({
    network: reader.genesis.block.hash,
    ...reached,
    ...(headersOnly === 0 ? {} : { headersOnly, bodiesFrom: reader.bodiesFrom, snapshot }),
    stateRoot: state.root,
    seconds: (io.nowMs() - startedMs) / 1000,
  });
  try {
    checkGenesis(reader, state, network);
    const file = reader.bodiesFrom > 1 ? usableSnapshot(reader) : undefined;
    const firstWhole = reader.bodiesFrom === 1 ? 1 : (file?.height ?? reader.tip) + 1;
    for (let height = 1; height < firstWhole; height += 1) {
      const row = reader.row(heightOf(height));
      await checks.header(row);
      headersOnly += 1;
      reached = { ...reached, height, block: row.hash, epoch: row.header.epoch };
      progress.update(height);
    }
    if (file !== undefined) loadSnapshot(file, reader.row(file.height), state);
    snapshot = file?.height;
    for (const block of reader.blocks(heightOf(firstWhole))) {
      const unknown = unknownProtocol(state);
      if (unknown !== undefined) throw new FaultFound(block.height, 'protocol-unsupported', { ...unknown });
      await checks.block(block, state);
      reached = {
        height: block.height,
        block: block.hash,
        epoch: block.header.epoch,
        transactions: reached.transactions + block.transactions.length,
        events: reached.events + block.transactions.reduce((sum, { events }) => sum + events.length, 0),
      };
      progress.update(block.height);
    }
    return { ok: true, figures: figures() };
  } catch (error) {
    return { ok: false, fault: faultOf(error, reached.height + 1), figures: figures() };
  } finally {
    progress.stop(reached.height);
  }
}

/** One that leads up to bodies that are here. */
function usableSnapshot(reader: LedgerReader): SnapshotFile | undefined {
  const file = reader.snapshot();
  return file !== undefined && file.height + 1 >= reader.bodiesFrom && file.height <= reader.tip
    ? file
    : undefined;
}

/** State at a height from its snapshot: every piece must prove itself against the block's header. @throws FaultFound */
function loadSnapshot(file: SnapshotFile, row: BlockRow, state: MemoryState): void {
  try {
    const manifest = decodeManifest(file.manifest);
    compare(row.height, 'snapshot-header', row.hash, headerHash(manifest.headerBytes));
    const wrong = manifestFault(manifest);
    if (wrong !== undefined) throw new SnapshotFault(wrong);
    const entries = manifest.tops.flatMap((top, piece) => provenPiece(file, manifest, piece, top));
    state.load(entries);
    compare(row.height, 'snapshot-state', row.header.state, state.root);
  } catch (error) {
    if (!(error instanceof SnapshotFault)) throw error;
    throw new FaultFound(row.height, error.code, { reason: error.message });
  } finally {
    file.close();
  }
}

function provenPiece(
  file: SnapshotFile,
  { depth, parts }: SnapshotManifest,
  piece: number,
  top: TreeNode | undefined,
): readonly StateEntry[] {
  const partOf = (part: number): Uint8Array => {
    const bytes = file.part(piece, part);
    if (bytes === undefined) throw new SnapshotFault(`part ${part} of piece ${piece} is missing`);
    return bytes;
  };
  const leaves = proveLeaves(partOf(0), piecePath(piece, depth), top);
  const proof = openPiece(leaves, parts[piece] ?? 0);
  const entries = [...leaves];
  while (proof.next > 0) for (const entry of proof.take(partOf(proof.next)).rows) entries.push(entry);
  return entries;
}

/** @throws FaultFound */
function checkGenesis({ genesis }: LedgerReader, state: MemoryState, network: string | undefined): void {
  const { header, headerBytes } = genesis.block;
  const hash = headerHash(headerBytes);
  if (network !== undefined && hash !== network) {
    throw new FaultFound(0, 'wrong-network', { expected: network, actual: hash });
  }
  state.found(genesis.events);
  compare(0, 'genesis-state', header.state, state.root);
  compare(0, 'genesis-validators', header.validators, validatorSetDigest(genesis.validators));
}

/** The accepted recovery whose last block is the one before this; it is in force only if that is so. */
export const recoveryBehind = (
  { recoveries }: LedgerReader,
  { parent }: Pick<Header, 'parent'>,
): RecoveryCertificate | undefined => recoveries.findLast(({ block }) => block === parent)?.certificate;

/** @throws FaultFound */
export function compare(height: number, code: string, expected: string, actual: string): void {
  if (expected !== actual) throw new FaultFound(height, code, { expected, actual });
}

type OwnEvents = Pick<ReadBlock, 'opening' | 'closing'>;

/**
 * Events of no transaction are decided again from state, height and time. A block that came from a peer in place of a
 * damaged one is stored with none, since nothing that is signed says them: then there is nothing to compare.
 * @throws FaultFound
 */
export function compareOwnEvents(height: number, stored: OwnEvents, decided: OwnEvents): void {
  if (stored.opening.length + stored.closing.length === 0) return;
  compareEvents(height, 'stored-opening', stored.opening, decided.opening);
  compareEvents(height, 'stored-closing', stored.closing, decided.closing);
}

function compareEvents(
  height: number,
  code: string,
  expected: readonly LedgerEvent[],
  actual: readonly LedgerEvent[],
): void {
  compare(height, code, eventsDigest(encodeEvents(expected)), eventsDigest(encodeEvents(actual)));
}

/** Damage that the reader names, and bytes that do not decode, are faults of the ledger; the rest is a defect. */
function faultOf(error: unknown, height: number): LedgerFault {
  if (error instanceof FaultFound) return error.fault;
  if (error instanceof StorageError && error.code === 'data-damaged') {
    return { height, code: error.code, facts: error.facts };
  }
  if (error instanceof CodecError)
    return { height, code: 'malformed', facts: { ...error.facts, reason: error.code } };
  throw error;
}

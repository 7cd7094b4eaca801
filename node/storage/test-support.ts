/** A node without consensus for the tests of this room: it executes batches on real files. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { batchDigest, decodeEnvelope } from '../../shared/codec/ledger.ts';
import {
  epochOf,
  heightOf,
  nextHeight,
  type Signature,
  type ValidatorId,
} from '../../shared/types/brands.ts';
import type { Batch, Certificate, Transaction } from '../../shared/types/ledger.ts';
import { executeBlock } from '../ledger/execute.ts';
import { buildGenesis, type Genesis } from '../ledger/genesis.ts';
import { exampleDocument } from '../ledger/test-support.ts';
import type { ExecutedBlock } from '../ledger/types.ts';
import type { LogPort } from '../runtime/ports.ts';
import { openStorage, type Storage, type StorageOptions } from './storage.ts';

export const exampleGenesis: Genesis = buildGenesis(exampleDocument);

export interface TemporaryDirectory {
  readonly path: string;
  remove(): void;
}
export function temporaryDirectory(): TemporaryDirectory {
  const path = mkdtempSync(join(tmpdir(), 'concordat-storage-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

export interface LogLine {
  readonly level: string;
  readonly code: string;
  readonly facts: { readonly [name: string]: unknown };
}
export function collectingLog(): LogPort & { readonly lines: LogLine[] } {
  const lines: LogLine[] = [];
  return { lines, write: (level, code, facts) => lines.push({ level, code, facts }) };
}

export function openExample(directory: string, options: Partial<StorageOptions> = {}): Storage {
  return openStorage(directory, {
    genesis: exampleGenesis,
    log: collectingLog(),
    fatal: (code, facts) => {
      throw new Error(`${code} ${JSON.stringify(facts)}`);
    },
    ...options,
  });
}

export const certificateOf = ({
  height,
  hash: block,
}: Pick<ExecutedBlock, 'height' | 'hash'>): Certificate => ({
  epoch: epochOf(0),
  height,
  block,
  seals: ['v1', 'v2', 'v3'].map((id) => ({
    validator: id as ValidatorId,
    signature: new Uint8Array(64).fill(height % 256) as Signature,
  })),
});

export const batchOf = (transactions: readonly Transaction[], time: number): Batch => ({
  time,
  proposer: 'v1' as ValidatorId,
  ids: transactions.map(({ id }) => id),
});

/** Executes the batch on top of what `storage` has and applies the changes. */
export function executeOn(
  { state, blocks }: Storage,
  transactions: readonly Transaction[],
  time: number,
  parent: Pick<ExecutedBlock, 'hash' | 'header'> = blocks.tip(),
): ExecutedBlock {
  const batch = batchOf(transactions, time);
  const block = executeBlock({
    network: exampleGenesis.network,
    height: nextHeight(heightOf(state.height())),
    parent: { hash: parent.hash, time: parent.header.time },
    batch,
    batchDigest: batchDigest(batch),
    transactions,
    state,
    tree: state,
    stateRoot: state.stateRoot(),
    history: state.history(),
  });
  state.apply(block);
  return block;
}

/** Appends an executed block with its certificate, and says so to state once it is durable. */
export function certify(
  { blocks, state }: Storage,
  block: ExecutedBlock,
  transactions: readonly Transaction[],
  time: number,
): Promise<void> {
  return new Promise((resolve) => {
    blocks.append(
      block,
      certificateOf(block),
      batchOf(transactions, time),
      transactions.map(({ envelope }) => envelope),
      () => {
        state.certified(block.height);
        resolve();
      },
    );
  });
}

export async function runBlock(
  storage: Storage,
  transactions: readonly Transaction[],
  time: number,
): Promise<ExecutedBlock> {
  const block = executeOn(storage, transactions, time);
  await certify(storage, block, transactions, time);
  return block;
}

/** What the runtime does at start: executes the certified blocks that state does not have yet. */
export function replayOn(storage: Storage): void {
  for (let height = storage.state.height() + 1; height <= storage.blocks.tip().height; height++) {
    const stored = storage.blocks.read(heightOf(height));
    const parent = storage.queries.block(heightOf(height - 1));
    if (stored === undefined || parent === undefined) throw new Error(`no block ${height}`);
    const transactions = stored.envelopes.map((envelope) => decodeEnvelope(envelope));
    const block = executeOn(storage, transactions, stored.batch.time, parent);
    if (block.hash !== stored.certificate.block) throw new Error(`block ${height} executes differently`);
    storage.state.certified(block.height);
  }
}

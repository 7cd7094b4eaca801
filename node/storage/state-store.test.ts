import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { appendLeaf } from '../../shared/crypto/merkle.ts';
import type { BlockHash, Height } from '../../shared/types/brands.ts';
import { updateState } from '../ledger/state-transition.ts';
import type { ExecutedBlock } from '../ledger/types.ts';
import { openDatabase } from './database.ts';
import { derivedFileName, derivedFormat } from './derived-file.ts';
import { openStateStore, type StateStore } from './state-store.ts';
import { collectingLog, exampleGenesis, temporaryDirectory } from './test-support.ts';

const keys = ['streams/a', 'streams/b', 'bound/a', 'bound/b', 'bound/c'];
type Values = ReadonlyMap<string, Uint8Array | undefined>;

const changes = fc
  .array(fc.tuple(fc.constantFrom(...keys), fc.option(fc.nat(255), { nil: undefined })), { maxLength: 4 })
  .map(
    (list): Values =>
      new Map(list.map(([key, byte]) => [key, byte === undefined ? byte : Uint8Array.of(byte)])),
  );
const step = fc.oneof(
  { weight: 4, arbitrary: changes.map((block) => ({ kind: 'apply' as const, block })) },
  { weight: 3, arbitrary: fc.nat(2).map((behind) => ({ kind: 'certify' as const, behind })) },
  { weight: 2, arbitrary: fc.constant({ kind: 'checkpoint' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'reopen' as const }) },
);

/** The store beside the plain values that each height has. */
class Pair {
  private readonly path: string;
  private database;
  store: StateStore;
  private heights: Values[] = [new Map(exampleGenesis.changes)];
  private certified = 0;

  constructor(path: string) {
    this.path = path;
    this.database = openDatabase(this.path, derivedFormat);
    this.store = this.open();
  }

  private open(): StateStore {
    return openStateStore({
      database: this.database,
      file: this.path,
      genesis: exampleGenesis,
      log: collectingLog(),
      fatal: (code) => {
        throw new Error(code);
      },
      checkpointChanges: 6,
      checkpointMs: 1_000_000,
    });
  }

  apply(block: Values): void {
    const height = this.heights.length;
    const { nodes, stateRoot } = updateState(block, this.store);
    this.heights.push(new Map([...this.heights.at(-1)!, ...block]));
    const executed: Pick<ExecutedBlock, 'height' | 'hash' | 'changes' | 'nodes' | 'history'> = {
      height: height as Height,
      hash: height.toString(16).padStart(64, '0') as BlockHash,
      changes: block,
      nodes,
      history: appendLeaf(this.store.history(), Uint8Array.of(height)),
    };
    this.store.apply({ ...executed, header: { state: stateRoot } } as ExecutedBlock);
  }

  certify(behind: number): void {
    this.certified = Math.max(this.certified, this.heights.length - 1 - behind);
    this.store.certified(this.certified as Height);
  }

  /** What was executed ahead of certification is lost. */
  reopen(): void {
    this.close();
    this.database = openDatabase(this.path, derivedFormat);
    this.store = this.open();
    this.heights.length = this.certified + 1;
    expect(this.store.height()).toBe(this.certified);
  }

  close(): void {
    this.store.close();
    this.database.close();
  }

  check(): void {
    const certified = this.store.certifiedState();
    for (const key of keys) {
      expect(this.store.get(key), `${key}, newest`).toEqual(this.heights.at(-1)!.get(key));
      expect(certified.get(key), `${key}, certified`).toEqual(this.heights[this.certified]!.get(key));
    }
  }
}

describe('state', () => {
  it('is what was written last, whatever is cached, executed ahead, checkpointed, removed or opened again', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
        const directory = temporaryDirectory();
        const pair = new Pair(join(directory.path, derivedFileName));
        for (const next of steps) {
          if (next.kind === 'apply') pair.apply(next.block);
          else if (next.kind === 'certify') pair.certify(next.behind);
          else if (next.kind === 'checkpoint') pair.store.checkpoint();
          else pair.reopen();
          pair.check();
        }
        pair.close();
        directory.remove();
      }),
      { numRuns: 12 },
    );
  }, 60_000);
});

/**
 * Measures storage alone: microseconds of processor time per transaction of append, state and index, the price of an fsync, and how
 * long a start takes. `node dist/scripts/bench-storage.js [blocks] [transactions per block] [leaves]`
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installNativeSha256 } from '../node/crypto/sha256-install.ts';
import { appendOf, startTime, transactionOf } from '../node/ledger/test-support.ts';
import type { ExecutedBlock } from '../node/ledger/types.ts';
import { openDatabase } from '../node/storage/database.ts';
import { derivedFileName, derivedFormat } from '../node/storage/derived-file.ts';
import { stateRows } from '../node/storage/state-rows.ts';
import type { Storage } from '../node/storage/storage.ts';
import { certify, exampleGenesis, executeOn, openExample } from '../node/storage/test-support.ts';
import { buildTreeStore } from '../node/storage/tree-store.ts';
import { sha256 } from '../shared/crypto/sha256.ts';
import type { Height } from '../shared/types/brands.ts';
import type { Transaction } from '../shared/types/ledger.ts';

const [blockCount = 900, perBlock = 100, leafCount = 1_000_000] = process.argv.slice(2).map(Number);
const streamCount = 1_000;
/** The indexer's slice. */
const blocksPerFlush = Math.max(1, Math.floor(500 / perBlock));
const random = makeRandom(1);

installNativeSha256();
report(`one SHA-256 of 300 bytes: ${measureSha256().toFixed(2)} µs`);
const directory = mkdtempSync(join(tmpdir(), 'concordat-bench-'));
try {
  await measureBlocks(join(directory, 'node'));
  await measureVotes(join(directory, 'votes'));
  if (leafCount > 0) measureTree(join(directory, 'tree'));
} finally {
  rmSync(directory, { recursive: true, force: true });
}

async function measureBlocks(path: string): Promise<void> {
  const storage = openExample(path);
  const warmUpBlocks = Math.floor(blockCount / 3);
  const count = blockCount * perBlock;
  const total = { execute: 0, append: 0, certified: 0, index: 0 };
  for (let height = 1; height <= blockCount; height++) {
    // Compiling takes seconds of processor time once, which are no cost of a transaction.
    if (height === warmUpBlocks) Object.assign(total, { execute: 0, append: 0, certified: 0, index: 0 });
    const transactions = Array.from({ length: perBlock }, (_, index) =>
      plainAppend(height * perBlock + index),
    );
    const time = startTime + height;
    let executed: ExecutedBlock | undefined;
    total.execute += elapsed(() => {
      executed = executeOn(storage, transactions, time);
    });
    const block = executed as ExecutedBlock;
    const before = cpuMs();
    let certifiedMs = 0;
    await certify(
      { ...storage, state: timedCertified(storage, (ms) => (certifiedMs += ms)) },
      block,
      transactions,
      time,
    );
    total.append += cpuMs() - before - certifiedMs;
    total.certified += certifiedMs;
    if (height % blocksPerFlush === 0) total.index += elapsed(() => flushIndex(storage, block.height));
  }
  total.index += elapsed(() => flushIndex(storage, blockCount as Height));
  total.certified += elapsed(() => storage.close());
  const sizes = storage.sizes();
  report(`per transaction of ${describeSize()}, ${perBlock} a block, ${streamCount} streams`);
  const measured = count - (warmUpBlocks - 1) * perBlock;
  for (const [name, ms] of Object.entries(total))
    report(`  ${name}: ${((ms * 1000) / measured).toFixed(1)} µs`);
  report(`  bytes on disk: ${JSON.stringify(perTransaction(sizes, count))}`);
  report(`start with ${count} transactions: ${elapsed(() => openExample(path).close()).toFixed(0)} ms`);
  rmSync(join(path, derivedFileName), { force: true });
  report(`start with the index to be made again: ${elapsed(() => openExample(path).close()).toFixed(0)} ms`);
}

/** A proof of the newest history makes the index catch up now instead of after its delay. */
function flushIndex({ queries }: Storage, height: Height): void {
  queries.historyInclusion((height - 1) as Height, height);
}

function timedCertified({ state }: Storage, add: (ms: number) => void): Storage['state'] {
  return { ...state, certified: (height) => add(elapsed(() => state.certified(height))) };
}

/** What all other figures can be compared with when the machine is busy. */
function measureSha256(): number {
  const bytes = new Uint8Array(300);
  const count = 200_000;
  const ms = elapsed(() => {
    for (let index = 0; index < count; index++) sha256(bytes);
  });
  return (ms * 1000) / count;
}

async function measureVotes(path: string): Promise<void> {
  const storage = openExample(path);
  const times: number[] = [];
  for (let sequence = 1; sequence <= 300; sequence++) {
    const before = performance.now();
    await new Promise<void>((done) =>
      storage.votes.persist([{ kind: 'ordered', height: sequence as Height, batch: 'ab' as never }], done),
    );
    times.push(performance.now() - before);
  }
  storage.close();
  times.sort((a, b) => a - b);
  report(`one vote a commit: p50 ${times[150]?.toFixed(2)} ms, p99 ${times[297]?.toFixed(2)} ms`);
}

function measureTree(path: string): void {
  const storage = openExample(path);
  storage.close();
  const file = join(path, derivedFileName);
  const database = openDatabase(file, derivedFormat);
  const rows = stateRows(database, file);
  const checkpoint = rows.checkpoint()!;
  const value = new Uint8Array(100);
  const written = elapsed(() => {
    for (let from = 0; from < leafCount; from += 50_000) {
      const changes = new Map<string, Uint8Array>();
      for (let index = from; index < from + 50_000; index++) changes.set(`streams/${index}`, value);
      database.transaction(() => rows.write(changes, checkpoint))();
    }
  });
  report(`${leafCount} leaves: written at ${((written * 1000) / leafCount).toFixed(1)} µs a leaf`);
  const heapBefore = process.memoryUsage().rss;
  let tree: ReturnType<typeof buildTreeStore> | undefined;
  const options = {
    leaves: rows.leaves,
    damaged: (bits: string): never => {
      throw new Error(bits);
    },
  };
  report(`  tree built at start: ${elapsed(() => (tree = buildTreeStore(options))).toFixed(0)} ms`);
  report(`  memory: ${((process.memoryUsage().rss - heapBefore) / 2 ** 20).toFixed(0)} MiB`);
  const reads = 10_000;
  const read = elapsed(() => {
    for (let index = 0; index < reads; index++) walk(tree!, index);
  });
  report(`  path of a random key: ${((read * 1000) / reads).toFixed(1)} µs`);
  database.close();
}

function walk(tree: ReturnType<typeof buildTreeStore>, seed: number): void {
  let bits = '';
  while (tree.getNode(bits)?.kind === 'branch') bits += random(seed) < 0.5 ? '0' : '1';
}

function plainAppend(number: number): Transaction {
  const stream = `orders-${number % streamCount}`;
  return transactionOf(
    exampleGenesis,
    'streams.append',
    appendOf(stream, `event-${number}`, 'any', 'x'.repeat(40)),
  );
}

function describeSize(): string {
  return `${plainAppend(0).envelope.length} bytes`;
}

function perTransaction(sizes: ReturnType<Storage['sizes']>, count: number): { [file: string]: number } {
  return Object.fromEntries(Object.entries(sizes).map(([name, bytes]) => [name, Math.round(bytes / count)]));
}

/** Milliseconds of processor time: what a busy machine adds in waiting does not count. */
function elapsed(work: () => void): number {
  const before = cpuMs();
  work();
  return cpuMs() - before;
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function report(line: string): void {
  process.stdout.write(`${line}\n`);
}

function makeRandom(seed: number): (salt: number) => number {
  let state = seed;
  return (salt) => {
    state = (Math.imul(state ^ salt, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

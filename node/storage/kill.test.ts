/** What was confirmed survives a SIGKILL at any moment (rules D1, D2); the lock does not. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { batchDigest, decodeEnvelope, decodeHeader } from '../../shared/codec/ledger.ts';
import type { BlockHash, TransactionId } from '../../shared/types/brands.ts';
import { bundleChild, startChild } from './child-support.ts';
import { StorageError } from './errors.ts';
import { openLedgerReader } from './ledger-reader.ts';
import { openExample, replayOn, type TemporaryDirectory, temporaryDirectory } from './test-support.ts';

let bundle: TemporaryDirectory;
let file: string;
beforeAll(async () => {
  bundle = temporaryDirectory();
  file = await bundleChild('kill-child.ts', bundle.path);
}, 60_000);
afterAll(() => bundle.remove());

interface Confirmed {
  readonly accepted: Set<TransactionId>;
  readonly votes: Map<number, string>;
  readonly blocks: Map<number, { readonly hash: BlockHash; readonly stateRoot: string }>;
}

function note(confirmed: Confirmed, line: string): void {
  const [kind, first = '', second = '', third = ''] = line.split(' ');
  if (kind === 'accepted') for (const id of first.split(',')) confirmed.accepted.add(id as TransactionId);
  if (kind === 'vote') confirmed.votes.set(Number(first), second);
  if (kind === 'block') confirmed.blocks.set(Number(first), { hash: second as BlockHash, stateRoot: third });
}

/** Runs the child until it has confirmed `lines` lines, and kills it a random moment later. */
async function runAndKill(
  directory: string,
  run: number,
  lines: number,
  confirmed: Confirmed,
): Promise<void> {
  let count = 0;
  const child = startChild(file, [directory, String(run)], (line) => {
    note(confirmed, line);
    if (++count === lines) setTimeout(() => child.process.kill('SIGKILL'), Math.random() * 8);
  });
  expect(await child.ended).toEqual({ code: null, signal: 'SIGKILL' });
}

describe('a killed process', () => {
  it('loses nothing that was confirmed', async () => {
    const directory = temporaryDirectory();
    const confirmed: Confirmed = { accepted: new Set(), votes: new Map(), blocks: new Map() };
    for (const [run, lines] of [7, 38, 61, 22].entries())
      await runAndKill(directory.path, run, lines, confirmed);

    const reader = openLedgerReader(directory.path);
    const read = new Map([...reader.blocks()].map((block) => [block.height as number, block]));
    reader.close();
    for (const [height, { hash, stateRoot }] of confirmed.blocks) {
      expect(read.get(height)?.hash).toBe(hash);
      expect(decodeHeader(read.get(height)!.headerBytes).state).toBe(stateRoot);
    }

    const storage = openExample(directory.path);
    replayOn(storage);
    const tip = storage.blocks.tip();
    expect(storage.state.stateRoot()).toBe(tip.header.state);
    expect(storage.queries.indexedHeight()).toBe(tip.height);
    for (const { height, transactions } of read.values())
      for (const { transaction } of transactions)
        expect(storage.queries.transaction(transaction.id)?.height).toBe(height);
    const accepted = new Set(storage.accepted.load().map((envelope) => decodeEnvelope(envelope).id));
    expect([...confirmed.accepted].filter((id) => !accepted.has(id))).toEqual([]);
    const { records } = storage.votes.load();
    const ordered = new Map(
      records.flatMap((record) =>
        record.kind === 'ordered' ? [[record.height as number, record.batch]] : [],
      ),
    );
    const bodies = new Set(
      records.flatMap((record) => (record.kind === 'batch' ? [batchDigest(record.batch)] : [])),
    );
    for (const [height, digest] of confirmed.votes) {
      expect(ordered.get(height)).toBe(digest);
      expect(bodies).toContain(digest);
    }
    storage.close();
    directory.remove();
  }, 60_000);

  it('holds the lock while it lives and not a moment longer', async () => {
    const directory = temporaryDirectory();
    let opened: (() => void) | undefined;
    const open = new Promise<void>((resolve) => {
      opened = resolve;
    });
    const child = startChild(file, [directory.path, '0'], () => opened?.());
    await open;
    expect(() => openExample(directory.path)).toThrow(
      expect.objectContaining({ code: 'directory-locked', facts: { directory: directory.path } }),
    );
    child.process.kill('SIGKILL');
    await child.ended;
    const storage = openExample(directory.path);
    expect(() => openExample(directory.path)).toThrow(StorageError);
    storage.close();
    openExample(directory.path).close();
    directory.remove();
  }, 60_000);
});

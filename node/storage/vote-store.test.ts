/** Rules D1 to D3 at the disk. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { batchDigest } from '../../shared/codec/ledger.ts';
import {
  type Digest,
  epochOf,
  heightOf,
  type Incarnation,
  type Signature,
  type ValidatorId,
  viewOf,
} from '../../shared/types/brands.ts';
import type { SignedVote, Vote, VoteKind } from '../../shared/types/messages.ts';
import { appendOf, transactionOf } from '../ledger/test-support.ts';
import type { VoteRecord } from '../runtime/ports.ts';
import { createStores } from './storage.ts';
import {
  batchOf,
  collectingLog,
  exampleGenesis,
  openExample,
  type TemporaryDirectory,
  temporaryDirectory,
} from './test-support.ts';

let directory: TemporaryDirectory;
beforeEach(() => {
  directory = temporaryDirectory();
});
afterEach(() => directory.remove());

const vote = (kind: VoteKind, sequence: number, view = 0, content = 'c'.repeat(64), epoch = 0): Vote => ({
  kind,
  epoch: epochOf(epoch),
  view: viewOf(view),
  sequence: heightOf(sequence),
  content: content as Digest,
  sender: 'v1' as ValidatorId,
});
const signed = (from: Vote): SignedVote => ({ ...from, signature: new Uint8Array(64).fill(9) as Signature });

function batchRecord(name: string): Extract<VoteRecord, { kind: 'batch' }> {
  const transactions = [transactionOf(exampleGenesis, 'streams.append', appendOf('s', name))];
  const batch = batchOf(transactions, 5);
  return { kind: 'batch', digest: batchDigest(batch), batch, envelopes: transactions.map((t) => t.envelope) };
}
const viewChange = (view: number): VoteRecord => ({
  kind: 'view-change',
  message: {
    kind: 'view-change',
    vote: vote('view-change', 0, view),
    body: {
      height: heightOf(0),
      prepared: [
        {
          epoch: epochOf(0),
          view: viewOf(0),
          sequence: heightOf(7),
          batch: 'b'.repeat(64) as never,
          prePrepare: signed(vote('pre-prepare', 7)),
          prepares: [signed(vote('prepare', 7))],
        },
      ],
    },
  },
});
const newView = (view: number): VoteRecord => ({
  kind: 'new-view',
  message: { kind: 'new-view', vote: vote('new-view', 0, view), body: { viewChanges: [], prePrepares: [] } },
});

/** Persists in one call and waits until it is durable. */
function persist(storage: ReturnType<typeof openExample>, records: readonly VoteRecord[]): Promise<void> {
  return new Promise((done) => storage.votes.persist(records, done));
}

describe('the vote store', () => {
  it('returns after a restart every record as it was persisted', async () => {
    const batch = batchRecord('a');
    const records: VoteRecord[] = [
      { kind: 'vote', vote: vote('prepare', 7, 0, batch.digest) },
      { kind: 'ordered', height: heightOf(7), batch: batch.digest },
      { kind: 'seal', epoch: 0, height: heightOf(7), block: 'e'.repeat(64) as never },
      viewChange(1),
      newView(1),
    ];
    const first = openExample(directory.path);
    await persist(first, [batch, ...records]);
    first.close();
    const second = openExample(directory.path);
    expect(second.votes.load().records).toEqual([batch, ...records]);
    second.close();
  });

  it('drops votes, seals and bodies at or below the pruned height and keeps the latest view messages (D2)', async () => {
    const storage = openExample(directory.path);
    const [old, kept] = [batchRecord('old'), batchRecord('kept')];
    await persist(storage, [
      old,
      { kind: 'vote', vote: vote('prepare', 3, 0, old.digest) },
      { kind: 'seal', epoch: 0, height: heightOf(3), block: 'e'.repeat(64) as never },
      kept,
      { kind: 'vote', vote: vote('prepare', 2, 0, kept.digest) },
      { kind: 'ordered', height: heightOf(4), batch: kept.digest },
      viewChange(1),
      newView(1),
      viewChange(2),
      newView(2),
    ]);
    storage.votes.prune(heightOf(3));
    storage.close();
    const again = openExample(directory.path);
    expect(again.votes.load().records).toEqual([
      kept,
      { kind: 'ordered', height: heightOf(4), batch: kept.digest },
      viewChange(2),
      newView(2),
    ]);
    again.votes.prune(heightOf(100));
    again.close();
    const last = openExample(directory.path);
    expect(last.votes.load().records).toEqual([viewChange(2), newView(2)]);
    last.close();
  });

  it('writes a body once, however often it is proposed again', async () => {
    const storage = openExample(directory.path);
    const batch = batchRecord('again');
    await persist(storage, [batch, { kind: 'vote', vote: vote('prepare', 1, 0, batch.digest) }]);
    await persist(storage, [batch, { kind: 'vote', vote: vote('prepare', 1, 1, batch.digest) }]);
    expect(storage.votes.load().records.filter(({ kind }) => kind === 'batch')).toHaveLength(1);
    storage.close();
  });

  it('confirms all calls of a turn together, in order', async () => {
    const storage = openExample(directory.path);
    const order: number[] = [];
    await new Promise<void>((done) => {
      for (let call = 1; call <= 5; call++) {
        storage.votes.persist([{ kind: 'vote', vote: vote('commit', call) }], () => {
          order.push(call);
          if (call === 5) done();
        });
      }
      expect(order).toEqual([]);
    });
    expect(order).toEqual([1, 2, 3, 4, 5]);
    storage.close();
  });

  it('keeps the incarnation it was created with; a lost one is followed by another (D3)', () => {
    const incarnation = '0123456789abcdef'.repeat(2) as Incarnation;
    createStores(directory.path, incarnation);
    const log = collectingLog();
    const first = openExample(directory.path, { log });
    expect(first.votes.load()).toEqual({ incarnation, records: [] });
    expect(log.lines).toEqual([]);
    first.close();

    const elsewhere = temporaryDirectory();
    const second = openExample(elsewhere.path, { log });
    expect(second.votes.load().incarnation).toMatch(/^[0-9a-f]{32}$/);
    expect(second.votes.load().incarnation).not.toBe(incarnation);
    expect(log.lines).toMatchObject([{ level: 'warn', code: 'vote-store-created' }]);
    second.close();
    elsewhere.remove();
  });
});

describe('the vote store at an epoch (rules D3, E1)', () => {
  const seal = (epoch: number, height: number): VoteRecord => ({
    kind: 'seal',
    epoch,
    height: heightOf(height),
    block: 'e'.repeat(64) as never,
  });

  it('refuses what an epoch that is over would order at or above its end, and takes all else', async () => {
    const storage = openExample(directory.path);
    storage.votes.enterEpoch(epochOf(1), heightOf(10));
    for (const record of [
      seal(0, 10),
      { kind: 'vote', vote: vote('commit', 11) },
      { kind: 'prepared', certificate: { epoch: epochOf(0), sequence: heightOf(10) } as never },
    ] satisfies VoteRecord[])
      expect(() => storage.votes.persist([record], () => undefined)).toThrow('Rule E1');
    await persist(storage, [seal(0, 9), viewChange(3), seal(1, 10), seal(2, 12)]);
    expect(storage.votes.load().records).toHaveLength(4);
    storage.close();
  });

  it('that is renounced has no record and another name, durably; what is written behind it stays', async () => {
    const incarnation = '0123456789abcdef'.repeat(2) as Incarnation;
    createStores(directory.path, incarnation);
    const storage = openExample(directory.path);
    const batch = batchRecord('lost');
    await persist(storage, [
      batch,
      { kind: 'vote', vote: vote('prepare', 7, 0, batch.digest) },
      viewChange(1),
    ]);
    const fresh = await new Promise<Incarnation>((done) => {
      storage.votes.persist([seal(0, 7)], () => undefined);
      storage.votes.renounce(done);
      storage.votes.persist([batch, seal(1, 9)], () => undefined);
      expect(storage.votes.load().incarnation).toBe(incarnation);
    });
    expect(fresh).toMatch(/^[0-9a-f]{32}$/);
    expect(fresh).not.toBe(incarnation);
    const left = { incarnation: fresh, records: [batch, seal(1, 9)] };
    expect(storage.votes.load()).toEqual(left);
    storage.close();
    const again = openExample(directory.path);
    expect(again.votes.load()).toEqual(left);
    again.close();
  });
});

/** Every answer of the index against an obvious reference that reads all events again. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromHex } from '../../shared/codec/hex.ts';
import { decodeOutcome } from '../../shared/codec/ledger.ts';
import { verifyConsistency, verifyInclusion } from '../../shared/crypto/merkle.ts';
import { type Height, heightOf, type TransactionId } from '../../shared/types/brands.ts';
import type { CborValue, Transaction } from '../../shared/types/ledger.ts';
import { balanceChanges, streamEventOf, touchedBy } from '../ledger/index-facts.ts';
import { plainEvent, startTime, transactionOf } from '../ledger/test-support.ts';
import type { ExecutedBlock, ExecutedTransaction } from '../ledger/types.ts';
import type { IndexedStreamEvent, Page, TransactionFilter } from '../runtime/queries.ts';
import type { Storage } from './storage.ts';
import {
  exampleGenesis,
  openExample,
  runBlock,
  type TemporaryDirectory,
  temporaryDirectory,
} from './test-support.ts';

const minuteMs = 60_000;
const blockCount = 40;
const senders = ['north.submitter', 'south.submitter', 'north.admin', 'nobody'];
const streams = ['orders', 'orders/2', 'bills', 'ünïcode', 'z'];
const labels: readonly { readonly [name: string]: string }[] = [
  {},
  { colour: 'red' },
  { colour: 'blue', size: 'l' },
];

interface Reference extends ExecutedTransaction {
  readonly number: number;
  readonly height: Height;
  readonly index: number;
  readonly time: number;
}

let directory: TemporaryDirectory;
let storage: Storage;
const blocks: ExecutedBlock[] = [];
const all: Reference[] = [];
const events: IndexedStreamEvent[] = [];
let random: () => number;

beforeAll(async () => {
  random = randomFrom(20_261_123);
  directory = temporaryDirectory();
  storage = openExample(directory.path);
  const repeated: Transaction[] = [];
  for (let height = 1; height <= blockCount; height++) {
    const transactions = Array.from({ length: Math.floor(random() * 12) }, () => randomTransaction(height));
    // A repeated envelope is skipped (rule X2): it stands in the batch and in no tree.
    if (height % 5 === 0) transactions.splice(1, 0, ...repeated.slice(0, 2));
    repeated.splice(0, 2, ...transactions.slice(0, 2));
    collect(await runBlock(storage, transactions, startTime + height * 17_000));
  }
  storage.close();
  // One half of the questions could be answered from memory otherwise.
  storage = openExample(directory.path);
}, 60_000);
afterAll(() => {
  storage.close();
  directory.remove();
});

function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)]!;

function randomTransaction(height: number): Transaction {
  const [action, args] = randomAction();
  const expiresAt = startTime + height * 17_000 + minuteMs;
  return transactionOf(exampleGenesis, action, args, { sender: pick(senders), expiresAt });
}

function randomAction(): readonly [string, CborValue] {
  const asset = pick(['gold', 'salt']);
  const to = pick(['north.submitter', 'south.submitter', 'nobody.at-all']);
  if (random() < 0.5) {
    const count = 1 + Math.floor(random() * 3);
    const newEvents = Array.from({ length: count }, (_, at) => ({
      ...plainEvent(`e${Math.floor(random() * 60)}-${at}`),
      labels: pick(labels),
    }));
    return ['streams.append', { stream: pick(streams), expectedRevision: 'any', events: newEvents }];
  }
  return pick<readonly [string, CborValue]>([
    ['assets.define', { asset, decimals: 2 }],
    // Nobody is given any.
    ['assets.define', { asset: 'spice', decimals: 0 }],
    ['assets.issue', { asset, to, amount: 2 ** 40 + Math.floor(random() * 1000) }],
    ['assets.transfer', { asset, to, amount: 1 + Math.floor(random() * 500) }],
    ['assets.burn', { asset, amount: 1 }],
  ]);
}

function collect(block: ExecutedBlock): void {
  const { height, header } = block;
  blocks.push(block);
  for (const [index, executed] of block.ran.entries()) {
    all.push({ ...executed, number: all.length, height, index, time: header.time });
    for (const event of executed.events.flatMap((fact) => streamEventOf(fact) ?? []))
      events.push({
        ...event,
        height,
        transaction: executed.transaction.id,
        time: header.time,
        position: events.length,
      });
  }
}

function matches(filter: TransactionFilter, reference: Reference): boolean {
  const { sender, receivers, streams: named, labels: labelled } = touchedBy(reference);
  return (
    (filter.sender === undefined || filter.sender === sender) &&
    (filter.receiver === undefined || receivers.includes(filter.receiver)) &&
    (filter.action === undefined || filter.action === reference.transaction.body.action) &&
    (filter.stream === undefined || named.includes(filter.stream)) &&
    (filter.label === undefined || labelled.includes(filter.label)) &&
    (filter.status === undefined || filter.status === reference.outcome.status) &&
    (filter.fromTime === undefined || reference.time >= filter.fromTime) &&
    (filter.toTime === undefined || reference.time <= filter.toTime) &&
    (filter.fromHeight === undefined || reference.height >= filter.fromHeight) &&
    (filter.toHeight === undefined || reference.height <= filter.toHeight)
  );
}

function pages<Row>(ask: (cursor: string | undefined) => Page<Row>): Row[] {
  const rows: Row[] = [];
  for (let cursor: string | undefined, page = ask(cursor); ; page = ask(cursor)) {
    rows.push(...page.rows);
    cursor = page.next;
    if (cursor === undefined) return rows;
  }
}

const optional = <Value>(values: readonly Value[]) =>
  fc.option(fc.constantFrom(...values), { nil: undefined });
const time = fc.option(fc.integer({ min: startTime, max: startTime + blockCount * 18_000 }), {
  nil: undefined,
});
const height = fc.option(fc.integer({ min: 0, max: blockCount + 2 }).map(heightOf), { nil: undefined });
const filters = fc
  .record({
    sender: optional(senders),
    receiver: optional(['north.submitter', 'south.submitter', 'nobody.at-all']),
    action: optional(['streams.append', 'assets.issue', 'assets.transfer', 'no.such']),
    stream: optional([...streams, 'none']),
    label: optional(['colour=red', 'size=l', 'size=xl']),
    status: optional(['succeeded', 'failed'] as const),
    fromTime: time,
    toTime: time,
    fromHeight: height,
    toHeight: height,
  })
  .chain((whole) =>
    fc
      .subarray(Object.keys(whole) as (keyof typeof whole)[], { maxLength: 4 })
      .map((names) => definedOnly(Object.fromEntries(names.map((name) => [name, whole[name]])))),
  );
const definedOnly = (filter: object): TransactionFilter =>
  Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));

describe('transactions', { timeout: 60_000 }, () => {
  it('by any filter, in both directions, page by page', () => {
    fc.assert(
      fc.property(filters, fc.boolean(), fc.integer({ min: 5, max: 90 }), (filter, ascending, limit) => {
        const expected = all
          .filter((reference) => matches(filter, reference))
          .map(({ transaction }) => transaction.id);
        if (!ascending) expected.reverse();
        const found = pages((cursor) =>
          storage.queries.transactions(filter, {
            limit,
            ascending,
            ...(cursor === undefined ? {} : { cursor }),
          }),
        );
        expect(found.map(({ id }) => id)).toEqual(expected);
      }),
      { numRuns: 150 },
    );
  });

  it('by id, by pair and by block, with their place and outcome', () => {
    for (const { transaction, height: at, index, outcomeBytes, sender, time: then } of all) {
      const { id, body, envelope } = transaction;
      const record = storage.queries.transaction(id);
      expect(record).toEqual({
        id,
        height: at,
        block: blocks[at - 1]!.hash,
        index,
        time: then,
        ...(sender === undefined ? {} : { sender }),
        senderKey: body.sender,
        action: body.action,
        envelope,
        outcome: decodeOutcome(outcomeBytes),
        outcomeBytes,
      });
      expect(storage.queries.pairRan(body.sender, body.nonce)).toBe(id);
      expect(storage.queries.blockTransactions(at)[index]).toEqual(record);
    }
    expect(storage.queries.transaction('0'.repeat(64) as TransactionId)).toBeUndefined();
    expect(storage.queries.pairRan('0'.repeat(64), '0'.repeat(32))).toBeUndefined();
  });

  it('have proofs that lead to their block', () => {
    for (const { transaction, outcomeBytes, height: at, index } of all) {
      const { header } = blocks[at - 1]!;
      const proofs = storage.queries.inclusion(at, index);
      expect(verifyInclusion(fromHex(transaction.id), proofs.transaction, header.transactions)).toBe(true);
      expect(verifyInclusion(outcomeBytes, proofs.outcome, header.outcomes)).toBe(true);
    }
  });
});

describe('streams', () => {
  it('by revision and as of a height', () => {
    const range = fc.record({
      from: fc.nat(40),
      to: fc.option(fc.nat(40), { nil: undefined }),
      limit: fc.integer({ min: 1, max: 50 }),
      asOf: height,
    });
    fc.assert(
      fc.property(fc.constantFrom(...streams, 'none'), range, (stream, { from, to, limit, asOf }) => {
        const then = events.filter(
          (event) => event.stream === stream && event.height <= (asOf ?? blockCount),
        );
        const expected = then
          .filter(({ revision }) => revision >= from && revision <= (to ?? Infinity))
          .slice(0, limit);
        const asked = {
          from,
          limit,
          ...(to === undefined ? {} : { to }),
          ...(asOf === undefined ? {} : { asOf }),
        };
        expect(storage.queries.streamEvents(stream, asked)).toEqual(expected);
        expect(storage.queries.streamLength(stream, asOf)).toBe(then.length === 0 ? undefined : then.length);
      }),
      { numRuns: 200 },
    );
  });

  it('over all streams from a position', () => {
    fc.assert(
      fc.property(fc.nat(events.length + 3), fc.integer({ min: 1, max: 40 }), (from, limit) => {
        expect(storage.queries.events(from, limit)).toEqual(events.slice(from, from + limit));
      }),
      { numRuns: 100 },
    );
  });

  it('by name, with what happened to them', () => {
    const names = [...new Set(events.map(({ stream }) => stream as string))].sort();
    for (const prefix of ['', 'orders', 'ü', 'none']) {
      const expected = names.filter((name) => name.startsWith(prefix));
      const found = pages((cursor) =>
        storage.queries.streams(prefix, { limit: 2, ...(cursor === undefined ? {} : { cursor }) }),
      );
      expect(found.map(({ stream }) => stream)).toEqual(expected);
      for (const summary of found) {
        const own = events.filter(({ stream }) => stream === summary.stream);
        const [first, last] = [own[0]!, own.at(-1)!];
        expect(summary).toMatchObject({
          length: own.length,
          firstHeight: first.height,
          lastHeight: last.height,
          lastTime: last.time,
        });
      }
    }
  });
});

describe('assets', () => {
  it('are all that were ever defined, given to somebody or not, page by page', () => {
    const defined = all.flatMap((reference) =>
      reference.events.flatMap(({ type, data }) => (type === 'assets.defined' ? [String(data.asset)] : [])),
    );
    expect(defined.toSorted()).toEqual(['gold', 'salt', 'spice']);
    for (const prefix of ['', 's', 'none'])
      for (const ascending of [true, false])
        for (const limit of [1, 100]) {
          const found = pages((cursor) =>
            storage.queries.assets(prefix, { limit, ascending, ...(cursor === undefined ? {} : { cursor }) }),
          );
          const expected = defined.filter((asset) => asset.startsWith(prefix)).sort();
          expect(found).toEqual(ascending ? expected : expected.reverse());
        }
    expect(() => storage.queries.assets('', { limit: 1, cursor: 'gold' })).toThrow(
      expect.objectContaining({ code: 'cursor-invalid' }),
    );
  });
});

describe('balances', () => {
  it('now and as of every height are the sums of what moved', () => {
    for (const asset of ['gold', 'salt', 'none'])
      for (const asOf of [undefined, ...blocks.map((block) => block.height)]) {
        const sums = new Map<string, bigint>();
        for (const reference of all.filter(({ height: at }) => at <= (asOf ?? blockCount)))
          for (const change of reference.events.flatMap(balanceChanges))
            if (change.asset === asset)
              sums.set(change.identity, (sums.get(change.identity) ?? 0n) + change.delta);
        const expected = [...sums].filter(([, amount]) => amount !== 0n).sort(([a], [b]) => (a < b ? -1 : 1));
        expect(storage.queries.balances(asset, asOf)).toEqual(
          expected.map(([identity, amount]) => ({ identity, amount })),
        );
      }
  });
});

describe('analytics', () => {
  const keysOf = (by: 'action' | 'sender' | 'receiver', reference: Reference): readonly string[] => {
    const { sender, receivers } = touchedBy(reference);
    if (by === 'action') return [reference.transaction.body.action];
    return by === 'receiver' ? receivers : sender === undefined ? [] : [sender];
  };
  const rowsOf = (references: readonly (readonly [string, Reference])[]) => {
    const rows = new Map<string, { count: number; failed: number; bytes: number }>();
    for (const [key, { outcome, transaction }] of references) {
      const row = rows.get(key) ?? { count: 0, failed: 0, bytes: 0 };
      row.count++;
      row.failed += outcome.status === 'failed' ? 1 : 0;
      row.bytes += transaction.envelope.length;
      rows.set(key, row);
    }
    return [...rows].map(([key, row]) => ({ key, ...row, succeeded: row.count - row.failed }));
  };

  it('by key are counts over whole minutes', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('action' as const, 'sender' as const, 'receiver' as const),
        time,
        time,
        (by, fromTime, toTime) => {
          const low = Math.floor((fromTime ?? 0) / minuteMs) * minuteMs;
          const high = toTime === undefined ? Infinity : (Math.floor(toTime / minuteMs) + 1) * minuteMs;
          const chosen = all.filter((reference) => reference.time >= low && reference.time < high);
          const expected = rowsOf(
            chosen.flatMap((reference) => keysOf(by, reference).map((key) => [key, reference] as const)),
          );
          const found = storage.queries.analytics(by, {
            limit: 10,
            ...(fromTime === undefined ? {} : { fromTime }),
            ...(toTime === undefined ? {} : { toTime }),
          });
          expect(found).toHaveLength(expected.length);
          expect(found).toEqual(expect.arrayContaining(expected));
          expect(found.map(({ count }) => count)).toEqual(
            found.map(({ count }) => count).sort((a, b) => b - a),
          );
        },
      ),
      { numRuns: 100 },
    );
  });

  it.each([minuteMs, 5 * minuteMs, 60 * minuteMs])('by time in buckets of %d ms', (bucketMs) => {
    const bucketOf = (reference: Reference) =>
      new Date(Math.floor(reference.time / bucketMs) * bucketMs).toISOString();
    const expected = rowsOf(all.map((reference) => [bucketOf(reference), reference] as const));
    expect(storage.queries.analytics('time', { bucketMs, limit: 1000 })).toEqual(expected);
    expect(storage.queries.analytics('time', { bucketMs, limit: 1 })).toEqual(expected.slice(-1));
  });
});

describe('blocks', { timeout: 60_000 }, () => {
  it('page by page, by height and by hash', () => {
    const found = pages((cursor) =>
      storage.queries.blocks({ limit: 7, ...(cursor === undefined ? {} : { cursor }) }),
    );
    expect(found.map(({ hash }) => hash)).toEqual(
      [exampleGenesis.hash, ...blocks.map(({ hash }) => hash)].reverse(),
    );
    for (const { height: at, hash, headerBytes, ran } of blocks) {
      const failedCount = ran.filter(({ outcome }) => outcome.status === 'failed').length;
      const expected = { hash, headerBytes, transactionCount: ran.length, failedCount };
      expect(storage.queries.block(at)).toMatchObject(expected);
      expect(storage.queries.block(hash)).toMatchObject(expected);
    }
    expect(storage.queries.block(heightOf(blockCount + 1))).toBeUndefined();
  });

  it('have a history that proves each of them and each other', () => {
    for (let to = 1; to <= blockCount; to++) {
      const newer = { size: to, root: blocks[to - 1]!.header.history };
      for (let from = 1; from <= to; from++) {
        const older = { size: from, root: blocks[from - 1]!.header.history };
        const proof = storage.queries.historyConsistency(heightOf(from), heightOf(to));
        expect(verifyConsistency(proof, older, newer)).toBe(true);
        const { hash } = storage.queries.block(heightOf(from - 1))!;
        const inclusion = storage.queries.historyInclusion(heightOf(from - 1), heightOf(to));
        expect(verifyInclusion(fromHex(hash), inclusion, newer.root)).toBe(true);
      }
    }
  });
});

describe('cursors', () => {
  it('stay where they are while new blocks arrive', async () => {
    const own = temporaryDirectory();
    const growing = openExample(own.path);
    const append = (name: string) =>
      transactionOf(exampleGenesis, 'streams.append', {
        stream: name,
        expectedRevision: 'any',
        events: [plainEvent(name)],
      });
    const first = Array.from({ length: 6 }, (_, at) => append(`s${at}`));
    await runBlock(growing, first, startTime + 1);
    await indexed(growing, 1);
    const filter = { action: 'streams.append' };
    const page = growing.queries.transactions(filter, { limit: 3 });
    await runBlock(growing, [append('late'), append('later')], startTime + 2);
    await indexed(growing, 2);
    const next = growing.queries.transactions(filter, { limit: 9, cursor: page.next! });
    const seen = [...page.rows, ...next.rows].map(({ id }) => id);
    expect(seen).toEqual(first.map(({ id }) => id).reverse());
    expect(next.next).toBeUndefined();
    growing.close();
    own.remove();
  });

  it('of another list, or made up, are refused by name', () => {
    const { next } = storage.queries.blocks({ limit: 1 });
    for (const cursor of [next!, 'nonsense', ''])
      expect(() => storage.queries.transactions({}, { limit: 1, cursor })).toThrow(
        expect.objectContaining({ code: 'cursor-invalid' }),
      );
  });

  async function indexed(growing: Storage, at: number): Promise<void> {
    while (growing.queries.indexedHeight() < at) await new Promise((resolve) => setTimeout(resolve, 10));
  }
});

describe('an index that is made again', () => {
  it('gives the same answers', async () => {
    const { rmSync } = await import('node:fs');
    const { join } = await import('node:path');
    const before = storage.queries.transactions({}, { limit: 1000 }).rows;
    const balances = storage.queries.balances('gold');
    storage.close();
    rmSync(join(directory.path, 'derived.db'));
    storage = openExample(directory.path);
    expect(storage.queries.transactions({}, { limit: 1000 }).rows).toEqual(before);
    expect(storage.queries.balances('gold')).toEqual(balances);
    expect(storage.queries.events(0, 10_000)).toEqual(events);
  });
});

/** Payloads on the disk: durable when it says so, and in no file when they were erased. */
import { createCipheriv } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { fromHex } from '../../shared/codec/hex.ts';
import { erasableStanza, payloadDigest } from '../../shared/codec/payload.ts';
import { toUtf8 } from '../../shared/codec/utf8.ts';
import { sha256 } from '../../shared/crypto/sha256.ts';
import { openPayloadStore, type PayloadStore, payloadsFileName } from './payload-store.ts';
import { collectingLog, type TemporaryDirectory, temporaryDirectory } from './test-support.ts';

let directory: TemporaryDirectory;
let store: PayloadStore;
const log = collectingLog();

const open = (): PayloadStore =>
  openPayloadStore(join(directory.path, payloadsFileName), {
    log,
    fatal: (code, facts) => {
      throw new Error(`${code} ${JSON.stringify(facts)}`);
    },
  });

beforeEach(() => {
  directory = temporaryDirectory();
  store = open();
});
afterEach(() => {
  store.close();
  directory.remove();
});

/** Random-looking bytes of this length, found nowhere else. */
const bytesOf = (name: string, length: number): Uint8Array => {
  const stream = createCipheriv('aes-256-ctr', sha256(toUtf8(name)), new Uint8Array(16));
  return new Uint8Array(stream.update(new Uint8Array(length)));
};
const itemOf = (bytes: Uint8Array) => ({ digest: payloadDigest(bytes), bytes });
const put = (arrivedMs: number, ...payloads: readonly Uint8Array[]): Promise<void> =>
  new Promise((resolve) => store.put(payloads.map(itemOf), arrivedMs, resolve));
const erase = (...payloads: readonly Uint8Array[]): Promise<void> =>
  new Promise((resolve) => store.erase(payloads.map(payloadDigest), resolve));

/** Whether any 64 bytes of it stand in any file of the directory. */
function isOnDisk(bytes: Uint8Array): boolean {
  const files = readdirSync(directory.path).map((name) => readFileSync(join(directory.path, name)));
  for (let at = 0; at + 64 <= bytes.length; at += 64)
    if (files.some((file) => file.includes(Buffer.from(bytes.subarray(at, at + 64))))) return true;
  return false;
}

describe('the payload store', () => {
  it('has what was put when it says so, and not before', async () => {
    const one = bytesOf('one', 100);
    const done = put(5, one);
    expect(store.size(payloadDigest(one))).toBeUndefined();
    await done;
    expect(store.size(payloadDigest(one))).toBe(100);
    expect(store.get(payloadDigest(one))).toEqual(one);
    expect(store.figures()).toEqual({ count: 1, bytes: 100, looseBytes: 100 });
    store.close();
    store = open();
    expect(store.get(payloadDigest(one))).toEqual(one);
  });

  it('keeps what is empty, and what is a mebibyte', async () => {
    const [empty, large] = [new Uint8Array(0), bytesOf('large', 1024 * 1024)];
    await put(0, empty, large);
    expect(store.size(payloadDigest(empty))).toBe(0);
    expect(Buffer.compare(store.get(payloadDigest(large))!, large)).toBe(0);
  });

  it.each([40, 5_000, 1024 * 1024])('erases %i bytes from every file', async (length) => {
    const [doomed, kept] = [bytesOf('doomed', Math.max(64, length)), bytesOf('kept', 200)];
    await put(0, doomed, kept);
    expect(isOnDisk(doomed)).toBe(true);
    await erase(doomed);
    expect(isOnDisk(doomed)).toBe(false);
    expect(store.get(payloadDigest(doomed))).toBeUndefined();
    expect(store.get(payloadDigest(kept))).toEqual(kept);
    store.close();
    store = open();
    expect([isOnDisk(doomed), isOnDisk(kept)]).toEqual([false, true]);
  });

  it('says that something is erased only when no reader keeps its old pages', async () => {
    const doomed = bytesOf('doomed', 5_000);
    await put(0, doomed);
    const reader = new Database(join(directory.path, payloadsFileName), { readonly: true });
    reader.exec('BEGIN');
    reader.prepare('SELECT count(*) FROM payloads').get();
    let isDone = false;
    let done: Promise<void> | undefined;
    // It is gone from the store before.
    await new Promise<void>((committed) => {
      done = new Promise<void>((resolve) => {
        store.erase([payloadDigest(doomed)], resolve, committed);
      }).then(() => {
        isDone = true;
      });
    });
    expect(store.size(payloadDigest(doomed))).toBeUndefined();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(isDone).toBe(false);
    reader.close();
    await done;
    expect(isOnDisk(doomed)).toBe(false);
  });

  it('tries for all erasures together while somebody reads the file, and tells each', async () => {
    const doomed = Array.from({ length: 20 }, (_, index) => bytesOf(`doomed ${index}`, 5_000));
    await put(0, ...doomed);
    const reader = new Database(join(directory.path, payloadsFileName), { readonly: true });
    reader.exec('BEGIN');
    reader.prepare('SELECT count(*) FROM payloads').get();
    const again = vi.spyOn(globalThis, 'setTimeout');
    const told: number[] = [];
    const erasures = doomed.map(
      (bytes, index) =>
        new Promise<void>((committed) => {
          store.erase([payloadDigest(bytes)], () => told.push(index), committed);
        }),
    );
    await Promise.all(erasures);
    const tries = again.mock.calls.filter(([, ms]) => ms === 500).length;
    again.mockRestore();
    reader.close();
    expect([tries, told]).toEqual([1, []]);
    await vi.waitFor(() => expect(told).toEqual([...doomed.keys()]), { timeout: 60_000, interval: 50 });
    expect(doomed.some(isOnDisk)).toBe(false);
  });

  it('cuts off what a killed process erased, once nobody reads the file any more', async () => {
    const doomed = bytesOf('doomed', 5_000);
    await put(0, doomed);
    const reader = new Database(join(directory.path, payloadsFileName), { readonly: true });
    reader.exec('BEGIN');
    reader.prepare('SELECT count(*) FROM payloads').get();
    const killed = new Database(join(directory.path, payloadsFileName));
    killed.pragma('secure_delete = ON');
    killed.prepare('DELETE FROM payloads').run();
    killed.close();
    store.close();
    store = open();
    expect(isOnDisk(doomed)).toBe(true);
    reader.close();
    await vi.waitFor(() => expect(isOnDisk(doomed)).toBe(false), { timeout: 60_000, interval: 50 });
  });

  it('erases much in several commits, and says so after the last one', async () => {
    const many = ['a', 'b', 'c'].map((name) => bytesOf(name, 5 * 1024 * 1024));
    await put(0, ...many);
    const sizes = (): readonly (number | undefined)[] =>
      many.map((bytes) => store.size(payloadDigest(bytes)));
    const done = erase(...many);
    await new Promise((resolve) => setImmediate(resolve));
    expect(sizes()).toEqual([undefined, many[1]!.length, many[2]!.length]);
    await done;
    expect(sizes()).toEqual([undefined, undefined, undefined]);
    const closing = [bytesOf('d', 5 * 1024 * 1024), bytesOf('e', 5 * 1024 * 1024)];
    await put(0, ...closing);
    void erase(...closing);
    store.close();
    store = open();
    expect(store.size(payloadDigest(closing[1]!))).toBe(closing[1]!.length);
  });

  it('does not give up what was named again a moment ago', async () => {
    const one = bytesOf('one', 50);
    await put(10, one);
    store.arrivedAgain([payloadDigest(one)], 40);
    expect(store.loose(30, 9)).toEqual([]);
  });

  it('gives nothing of what was damaged, says so, and takes it in again', async () => {
    const one = bytesOf('one', 300);
    await put(0, one);
    store.close();
    const database = new Database(join(directory.path, payloadsFileName));
    database.prepare('UPDATE payloads SET bytes = ?').run(Buffer.alloc(300));
    database.close();
    store = open();
    expect(store.get(payloadDigest(one))).toBeUndefined();
    expect(log.lines.at(-1)).toMatchObject({ code: 'data-damaged', facts: { table: 'payloads' } });
    await put(0, one);
    expect(store.get(payloadDigest(one))).toEqual(one);
  });

  it('knows of what says that it may be erased, across a start, until it is gone', async () => {
    const [marked, plain] = [toUtf8(`age-encryption.org/v1\n-> ${erasableStanza}\n\nrest`), bytesOf('b', 90)];
    const [one, other] = [payloadDigest(marked), payloadDigest(plain)];
    expect(store.saysErasable(one)).toBe(false);
    await put(0, marked, plain);
    store.close();
    store = open();
    expect([store.saysErasable(one), store.saysErasable(other)]).toEqual([true, false]);
    await erase(marked);
    expect(store.saysErasable(one)).toBe(false);
    await put(0, marked);
    expect(store.saysErasable(one)).toBe(true);
  });

  it('knows it of those that came before it was noted, too', async () => {
    const [marked, plain] = [toUtf8(`age-encryption.org/v1\n-> ${erasableStanza}\n\nrest`), bytesOf('b', 90)];
    await put(0, marked, plain);
    store.close();
    const database = new Database(join(directory.path, payloadsFileName));
    database.exec('DROP TABLE erasable');
    database.pragma('user_version = 1');
    database.close();
    store = open();
    expect([marked, plain].map((bytes) => store.saysErasable(payloadDigest(bytes)))).toEqual([true, false]);
  });

  it('tells loose ones by their arrival, until the ledger names them', async () => {
    const [a, b, c] = ['a', 'b', 'c'].map((name) => bytesOf(name, 50)) as [
      Uint8Array,
      Uint8Array,
      Uint8Array,
    ];
    await put(10, a);
    await put(20, b);
    await put(30, c);
    expect(store.loose(30, 9)).toEqual([a, b].map(payloadDigest));
    expect(store.loose(30, 1)).toEqual([payloadDigest(a)]);
    await put(40, a);
    store.arrivedAgain([payloadDigest(b)], 35);
    store.keep([payloadDigest(c)]);
    await put(50);
    expect(store.loose(100, 9)).toEqual([b, a].map(payloadDigest));
    expect(store.figures()).toEqual({ count: 3, bytes: 150, looseBytes: 100 });
  });
});

describe('its sums', () => {
  /** What a look at every row says. */
  function counted() {
    const database = new Database(join(directory.path, payloadsFileName), { readonly: true });
    const figures = database
      .prepare(
        'SELECT count(*) AS count, total(size) AS bytes, total(size * loose) AS looseBytes FROM payloads',
      )
      .get();
    database.close();
    return figures;
  }

  type Step = { readonly what: string; readonly which: number };
  const step = fc.record({
    what: fc.constantFrom('put', 'put', 'keep', 'erase', 'again', 'damage', 'reopen'),
    which: fc.nat(7),
  });
  const contents = Array.from({ length: 8 }, (_, index) => bytesOf(`content ${index}`, index * 700));

  async function take({ what, which }: Step): Promise<void> {
    const content = contents[which]!;
    const digest = payloadDigest(content);
    if (what === 'put') await put(which, content, contents[(which + 3) % 8]!);
    if (what === 'keep') store.keep([digest, payloadDigest(contents[(which + 1) % 8]!)]);
    if (what === 'erase') await erase(content);
    if (what === 'again') store.arrivedAgain([digest], which);
    if (what === 'damage') {
      await put(0);
      const database = new Database(join(directory.path, payloadsFileName));
      database.prepare('UPDATE payloads SET bytes = ? WHERE digest = ?').run(Buffer.of(1), fromHex(digest));
      database.close();
      expect(store.get(digest)).toBeUndefined();
    }
    if (what !== 'reopen') return;
    store.close();
    store = open();
  }

  it('are what a look at every row says, after whatever was done', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        for (const one of steps) {
          await take(one);
          // Commits what waits for company.
          await put(0);
          expect(store.figures()).toEqual(counted());
        }
      }),
      { numRuns: 40 },
    );
  }, 120_000);
});

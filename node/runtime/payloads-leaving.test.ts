/**
 * What is erased is gone at once for whoever asks. What comes anew waits for the commit and no longer, and is not
 * written if the ledger calls it erased by then.
 */
import { expect, it } from 'vitest';
import { payloadDigest } from '../../shared/codec/payload.ts';
import type { Digest } from '../../shared/types/brands.ts';
import { type PayloadRows, payloadsInMemory } from './payloads-in-memory.ts';
import { hidingErased } from './payloads-leaving.ts';

const bytes = Uint8Array.of(1);
const digest = payloadDigest(bytes);

function setUp() {
  const rows: PayloadRows = new Map();
  const commits: (() => void)[] = [];
  const cuts: (() => void)[] = [];
  const store = payloadsInMemory(rows, (_what, commit, done) => {
    commit();
    done();
  });
  const erased = new Set<Digest>();
  const payloads = hidingErased(
    {
      ...store,
      // The commit comes, and somebody reads the file, so that the log is not cut.
      erase: (digests, done, committed) =>
        commits.push(() => store.erase(digests, () => cuts.push(done), committed)),
    },
    (digest) => erased.has(digest),
  );
  const put = (one: Uint8Array, arrivedMs = 0): void =>
    payloads.put([{ digest: payloadDigest(one), bytes: one }], arrivedMs, () => undefined);
  return { rows, commits, cuts, payloads, put, erased };
}

it('a write behind an erasure waits for its commit, and not for the cut of the log', () => {
  const { commits, cuts, payloads, put } = setUp();
  put(bytes);
  const told: string[] = [];
  payloads.erase(
    [digest],
    () => told.push('done'),
    () => told.push('committed'),
  );
  put(bytes);
  expect(payloads.size(digest)).toBeUndefined();
  commits.shift()!();
  expect([payloads.size(digest), told]).toEqual([1, ['committed']]);
  cuts.shift()!();
  expect([payloads.size(digest), told]).toEqual([1, ['committed', 'done']]);
});

it('a write behind an erasure is not made if the ledger calls it erased meanwhile; what came with it is', () => {
  const { rows, commits, payloads, put, erased } = setUp();
  put(bytes);
  const other = Uint8Array.of(2);
  let isDone = false;
  payloads.erase([digest], () => undefined);
  const both = [bytes, other].map((one) => ({ digest: payloadDigest(one), bytes: one }));
  payloads.put(both, 0, () => {
    isDone = true;
  });
  erased.add(digest);
  // As for every erasure of the ledger.
  payloads.erase([digest], () => undefined);
  for (const commit of commits) commit();
  expect([[...rows.keys()], isDone]).toEqual([[payloadDigest(other)], true]);
});

it('what is leaving takes no place among the loose ones that are asked for', () => {
  const { payloads, put } = setUp();
  const later = Uint8Array.of(2);
  put(bytes);
  put(later, 1);
  payloads.erase([digest], () => undefined);
  expect(payloads.loose(10, 1)).toEqual([payloadDigest(later)]);
});

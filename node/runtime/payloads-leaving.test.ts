/** What is erased is gone at once for whoever asks, and what comes anew waits for the commit and no longer. */
import { expect, it } from 'vitest';
import { payloadDigest } from '../../shared/codec/payload.ts';
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
  const payloads = hidingErased({
    ...store,
    // The commit comes, and somebody reads the file, so that the log is not cut.
    erase: (digests, done, committed) =>
      commits.push(() => store.erase(digests, () => cuts.push(done), committed)),
  });
  const put = (one: Uint8Array, arrivedMs = 0): void =>
    payloads.put([{ digest: payloadDigest(one), bytes: one }], arrivedMs, () => undefined);
  return { rows, commits, cuts, payloads, put };
}

it('a write behind an erasure waits for its commit, and not for the cut of the log', () => {
  const { commits, cuts, payloads, put } = setUp();
  put(bytes);
  let isDone = false;
  payloads.erase([digest], () => {
    isDone = true;
  });
  put(bytes);
  expect(payloads.size(digest)).toBeUndefined();
  commits.shift()!();
  expect([payloads.size(digest), isDone]).toEqual([1, false]);
  cuts.shift()!();
  expect([payloads.size(digest), isDone]).toEqual([1, true]);
});

it('what is leaving takes no place among the loose ones that are asked for', () => {
  const { payloads, put } = setUp();
  const later = Uint8Array.of(2);
  put(bytes);
  put(later, 1);
  payloads.erase([digest], () => undefined);
  expect(payloads.loose(10, 1)).toEqual([payloadDigest(later)]);
});

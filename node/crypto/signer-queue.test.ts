/** While a signer is away the chain goes on: what waits for it stays bounded, and what counts is not given up. */
import { expect, it } from 'vitest';
import { heartbeatSigningBytes, sealSigningBytes, voteSigningBytes } from '../../shared/codec/messages.ts';
import { signingBytes } from '../../shared/crypto/digest.ts';
import type { NetworkId, PublicKey, Signature } from '../../shared/types/brands.ts';
import type { VoteKind } from '../../shared/types/messages.ts';
import { createSignerQueue } from './signer-queue.ts';
import type { SignItem } from './signer-wire.ts';

const network = '5a'.repeat(32) as NetworkId;
const content = '11'.repeat(32);
const key = 'ab'.repeat(32) as PublicKey;
const signed = (bytes: Uint8Array): SignItem => ({ key, bytes });
const vote = (kind: VoteKind, view: number, sequence: number, epoch = 0): SignItem =>
  signed(voteSigningBytes(network, { kind, epoch, view, sequence, content, sender: 'v' } as never));
const seal = (height: number): SignItem =>
  signed(sealSigningBytes(network, { epoch: 0, height, block: content } as never));
const heartbeat = (time: number): SignItem =>
  signed(heartbeatSigningBytes(network, { epoch: 0, view: 0, height: 0, block: content, time } as never));
const signature = new Uint8Array(64) as Signature;
const window = 4;

const all = (queue: ReturnType<typeof createSignerQueue>): readonly SignItem[] => {
  const head = queue.head(1_000, 2 ** 20);
  queue.unasked();
  return head;
};

it('is bounded however long the chain goes on without', async () => {
  const queue = createSignerQueue(() => window);
  let answered = 0;
  for (let height = 1; height <= 2_000; height += 1) {
    const group = [vote('prepare', 0, height), vote('commit', 0, height), seal(height), heartbeat(height)];
    queue.add(group, (signatures) => {
      expect(signatures).toEqual([undefined, undefined, undefined, undefined]);
      answered += 1;
    });
  }
  for (let view = 1; view <= 500; view += 1) queue.add([vote('view-change', view, 0)], () => {});
  await Promise.resolve();
  expect(all(queue)).toEqual([
    ...[1_997, 1_998, 1_999, 2_000].flatMap((height) => [
      vote('prepare', 0, height),
      vote('commit', 0, height),
      seal(height),
    ]),
    heartbeat(2_000),
    vote('view-change', 500, 0),
  ]);
  expect(answered).toBe(1_996);
});

it('gives up nothing that may count: other kinds, epochs, views of the window, transactions', () => {
  const queue = createSignerQueue(() => window);
  const kept = [
    vote('commit', 0, 5),
    vote('commit', 3, 5),
    vote('new-view', 1, 0),
    vote('view-change', 2, 0, 1),
    signed(signingBytes('other', network, Uint8Array.of())),
    vote('view-change', 9, 0),
    vote('commit', 0, 8),
    heartbeat(1),
  ];
  queue.add(kept, () => {});
  expect(all(queue)).toEqual(kept);
});

it('judges by the window of the epoch that a vote names, and by none that is not known', async () => {
  const queue = createSignerQueue((epoch) => [8, 2][epoch]);
  queue.add([vote('commit', 0, 1), vote('commit', 0, 9)], () => {});
  await Promise.resolve();
  expect(all(queue)).toEqual([vote('commit', 0, 9)]);
  // Of an epoch with a larger window it says less about what is certified than it would in the next one.
  queue.add([vote('commit', 0, 16)], () => {});
  await Promise.resolve();
  expect(queue.size()).toBe(2);
  queue.add([vote('commit', 0, 900, 2)], () => {});
  await Promise.resolve();
  expect(queue.size()).toBe(3);
  queue.add([vote('commit', 0, 19, 1)], () => {});
  await Promise.resolve();
  expect(all(queue)).toEqual([vote('commit', 0, 900, 2), vote('commit', 0, 19, 1)]);
});

it('answers a group once, when each of it was answered or given up, and never within the call', async () => {
  const queue = createSignerQueue(() => window);
  const answers: unknown[] = [];
  queue.add([seal(1), seal(50)], (signatures) => answers.push(signatures));
  expect(answers).toEqual([]);
  await Promise.resolve();
  expect(queue.size()).toBe(1);
  queue.head(10, 100);
  queue.settle([signature]);
  expect(answers).toEqual([[undefined, signature]]);
});

it('keeps what the signer was asked for in its place, up to a count and a size', () => {
  const queue = createSignerQueue(() => window);
  queue.add([seal(1), seal(2), seal(3)], () => {});
  expect(queue.head(2, 2 ** 20)).toEqual([seal(1), seal(2)]);
  queue.add([seal(99)], () => {});
  queue.settle([signature, signature]);
  expect(queue.head(9, 1)).toEqual([seal(99)]);
});

import { describe, expect, it } from 'vitest';
import { batchDigest } from '../../shared/codec/ledger.ts';
import { sealSigningBytes } from '../../shared/codec/messages.ts';
import { epochOf, heightOf, viewOf } from '../../shared/types/brands.ts';
import type { Output } from '../consensus/types.ts';
import { createIntents } from './intents.ts';
import type { SignRequest } from './ports.ts';
import { createSignatureCache } from './signatures.ts';
import { createTestContext, ids, isSignatureOf, keyOf, startMs, transactionOf } from './test-support.ts';

type Intent = Extract<Output, { type: 'intent' }>;

const transaction = transactionOf();
const batch = { time: startMs, proposer: ids[0]!, ids: [transaction.id] };
const digest = batchDigest(batch);

const prepareOf = (sequence: number): Intent => ({
  type: 'intent',
  message: {
    kind: 'prepare',
    epoch: epochOf(0),
    view: viewOf(0),
    sequence: heightOf(sequence),
    content: digest,
  },
  restsOn: [{ kind: 'batch', digest, batch }],
  send: true,
});

const sealAt = (height: number): Intent => ({
  type: 'intent',
  message: { kind: 'seal', epoch: epochOf(0), height: heightOf(height), block: keyOf('block') as never },
  restsOn: [],
  send: true,
});

function setUp() {
  const test = createTestContext();
  const intents = createIntents(test.context, { bodiesOf: () => [transaction] }, createSignatureCache(100));
  return { ...test, intents };
}

describe('intents (rule D1)', () => {
  it('persists the batch with its bodies before the vote is signed, sent and handed back', () => {
    const { intents, asked, persisted, sent, fed, complete } = setUp();
    intents.gather(prepareOf(1));
    intents.flush();
    expect(asked).toEqual(['persist batch vote']);
    expect(persisted[0]).toMatchObject({ kind: 'batch', envelopes: [transaction.envelope] });
    expect(sent).toEqual([]);
    complete();
    expect(asked).toEqual(['persist batch vote', 'sign 1']);
    expect(sent).toEqual([]);
    complete();
    expect(sent).toHaveLength(1);
    expect(fed).toMatchObject([{ type: 'own', message: { kind: 'prepare', vote: { sender: 'v1' } } }]);
  });

  it('shares one persist among the intents of a turn, and gathers the next while one is in flight', () => {
    const { intents, asked, complete } = setUp();
    intents.gather(prepareOf(1));
    intents.gather(sealAt(1));
    intents.flush();
    intents.gather(sealAt(2));
    intents.flush();
    intents.gather(sealAt(3));
    intents.flush();
    expect(asked).toEqual(['persist batch vote seal']);
    complete();
    expect(asked).toEqual(['persist batch vote seal', 'sign 2', 'persist seal seal']);
  });

  it('delivers in the order of emission although a later signature comes first', () => {
    const { context, ...test } = createTestContext();
    const answers: (() => void)[] = [];
    const signer = {
      keys: () => [],
      advance: () => undefined,
      sign: (requests: readonly SignRequest[], done: (signatures: never[]) => void) => {
        answers.push(() => done(requests.map(() => new Uint8Array(64) as never)));
      },
    };
    const slow = { ...context, ports: { ...context.ports, signer } };
    const intents = createIntents(slow, { bodiesOf: () => [] }, createSignatureCache(100));
    for (const height of [1, 2]) {
      intents.gather(sealAt(height));
      intents.flush();
      test.completeAll();
    }
    answers[1]!();
    expect(test.fed).toEqual([]);
    answers[0]!();
    expect(test.fed).toMatchObject([{ message: { height: 1 } }, { message: { height: 2 } }]);
  });

  it('signs heartbeats without the disk', () => {
    const { intents, asked } = setUp();
    intents.gather({
      type: 'intent',
      message: {
        kind: 'heartbeat',
        epoch: epochOf(0),
        view: viewOf(0),
        height: heightOf(0),
        block: keyOf('block') as never,
        time: startMs,
      },
      restsOn: [],
      send: true,
    });
    expect(asked).toEqual(['sign 1']);
  });

  it('writes a batch once for a height, and again after the height was pruned', () => {
    const { intents, persisted, completeAll } = setUp();
    const persistPrepare = (): void => {
      intents.gather(prepareOf(1));
      intents.flush();
      completeAll();
    };
    persistPrepare();
    persistPrepare();
    expect(persisted.filter((record) => record.kind === 'batch')).toHaveLength(1);
    intents.pruned(heightOf(1));
    persistPrepare();
    expect(persisted.filter((record) => record.kind === 'batch')).toHaveLength(2);
  });

  it('D3: given up, nothing that is on its way is signed or sent, and what comes later rests on nothing of it', () => {
    const { intents, asked, sent, fed, persisted, complete, completeAll } = setUp();
    intents.gather(sealAt(1));
    intents.flush();
    complete();
    intents.gather(prepareOf(2));
    intents.flush();
    intents.gather(sealAt(3));
    expect(asked).toEqual(['persist seal', 'sign 1', 'persist batch vote']);
    intents.abandon();
    intents.flush();
    completeAll();
    expect([sent, fed]).toEqual([[], []]);
    expect(asked).toHaveLength(3);
    intents.gather(prepareOf(2));
    intents.flush();
    completeAll();
    expect(sent).toHaveLength(1);
    expect(persisted.filter((record) => record.kind === 'batch')).toHaveLength(2);
  });

  it('signs what the network verifies', () => {
    const { intents, fed, completeAll, context } = setUp();
    intents.gather(sealAt(7));
    intents.flush();
    completeAll();
    const [input] = fed;
    if (input?.type !== 'own' || input.message.kind !== 'seal') throw new Error('a seal was expected');
    const bytes = sealSigningBytes(context.network, input.message);
    expect(isSignatureOf(keyOf('v1'), bytes, input.message.signature)).toBe(true);
  });

  it('refuses to go on if the bodies of a batch are not here', () => {
    const { context } = createTestContext();
    const intents = createIntents(context, { bodiesOf: () => undefined }, createSignatureCache(100));
    expect(() => intents.gather(prepareOf(1))).toThrow('rule D1');
  });
});

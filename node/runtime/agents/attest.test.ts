/** Each thing that an attestation rests on (rule E3), one by one: without it nothing is said. */
import { describe, expect, it } from 'vitest';
import { encode } from '../../../shared/codec/dag-cbor.ts';
import { fromHex } from '../../../shared/codec/hex.ts';
import { presenceSigningBytes } from '../../../shared/codec/presence.ts';
import {
  type BlockHash,
  heightOf,
  type Incarnation,
  type MemberId,
  type PublicKey,
  type Signature,
  type ValidatorId,
} from '../../../shared/types/brands.ts';
import type { Transaction } from '../../../shared/types/ledger.ts';
import {
  type Activation,
  type Ready,
  readyData,
  readyDigest,
} from '../../ledger/modules/activation-records.ts';
import { changeDataOf } from '../../ledger/modules/changes.ts';
import { stateKeys } from '../../ledger/state-keys.ts';
import type { RuntimeContext } from '../context.ts';
import type { LinksPort } from '../ports.ts';
import {
  createTestContext,
  document,
  genesis,
  ids,
  keyOf,
  signatureOf,
  type TestContext,
} from '../test-support.ts';
import { createAttester } from './attest.ts';
import { createWords } from './words.ts';

const joiner = 'v5' as ValidatorId;
const [v1] = ids as readonly [ValidatorId];

const ready: Ready = {
  key: keyOf('v5'),
  incarnation: keyOf('v5 store').slice(0, 32) as Incarnation,
  height: heightOf(0),
  block: genesis.hash,
  protocol: 1,
  times: 1,
};

function activationOf(record: Ready = ready): Activation {
  const validator = {
    id: joiner,
    member: 'm' as MemberId,
    consensusKey: record.key,
    nodeKey: keyOf('v5 node'),
    address: 'wss://127.0.0.1:7105',
    gateway: 'http://127.0.0.1:8105',
    incarnation: record.incarnation,
  };
  return {
    number: 0,
    changes: [{ kind: 'add', validator }],
    cause: { proposal: 0 },
    member: 'm' as MemberId,
    approvedAt: heightOf(0),
    deadline: Number.MAX_SAFE_INTEGER,
    notBefore: heightOf(0),
    status: 'approved',
    ready: new Map([[joiner, record]]),
    reach: new Map(),
  };
}

interface Setup {
  readonly test: TestContext;
  readonly submitted: Transaction[];
  reaches: boolean;
  voting: boolean;
  calls: number;
  /** A second goes by, and everything that waits is done. */
  second(): void;
  challenge(): Uint8Array | undefined;
  answer(signature?: Signature, challenge?: Uint8Array): void;
}

type BlockTip = ReturnType<TestContext['ports']['blocks']['tip']>;

function setUp(
  record: Ready = ready,
  self: ValidatorId = v1,
  open: readonly ValidatorId[] = [...ids, joiner],
): Setup {
  const test = createTestContext(self, open);
  const activation = activationOf(record);
  const { changes, ready: _, reach, ...plain } = activation;
  const stored = {
    ...plain,
    changes: changes.map(changeDataOf),
    ready: { [joiner]: readyData(record) },
    reach: {},
  };
  const pending = new Map<string, Uint8Array>([
    [stateKeys.pendingActivation, encode(0)],
    [stateKeys.activation(0), encode(stored as never)],
  ]);
  const submitted: Transaction[] = [];
  const { links, state } = test.ports;
  const reachable: LinksPort = {
    ...links,
    reach: (_peer, done) => {
      setup.calls += 1;
      done(setup.reaches);
    },
  };
  const context: RuntimeContext = {
    ...test.context,
    ports: {
      ...test.ports,
      links: reachable,
      state: { ...state, get: (key) => pending.get(key) ?? state.get(key) },
    },
  };
  const submission = {
    submit: (transactions: readonly Transaction[], done: (results: never[]) => void) => {
      submitted.push(...transactions);
      done(transactions.map(({ id }) => ({ id, status: 'accepted' })) as never[]);
    },
  };
  const words = createWords(context, submission, () => test.ports.clock.wallMs());
  const attester = createAttester(context, { words, isVoting: () => setup.voting });
  const setup: Setup = {
    test,
    submitted,
    reaches: true,
    voting: true,
    calls: 0,
    second() {
      attester.consider(activation);
      test.completeAll();
      test.advance(1_000);
    },
    challenge() {
      const asked = test.sent.filter(({ message }) => message.type === 'ask-presence').at(-1)?.message;
      return asked?.type === 'ask-presence' ? asked.challenge : undefined;
    },
    answer(signature, challenge = setup.challenge()!) {
      const digest = readyDigest(0, joiner, record);
      const claim = { activation: 0, subject: joiner, asker: self, ready: digest, challenge };
      const own = signatureOf(record.key, presenceSigningBytes(genesis.network, claim));
      attester.answered(joiner, challenge, signature ?? own);
      test.completeAll();
    },
  };
  return setup;
}

describe('an attestation', () => {
  it('is said once the block is its own, the address answers, and the challenge is signed; once', () => {
    const setup = setUp();
    setup.second();
    expect(setup.calls).toBe(1);
    expect(setup.submitted).toEqual([]);
    setup.answer();
    for (let second = 0; second < 10; second += 1) setup.second();
    expect(setup.submitted.map(({ body }) => body)).toMatchObject([
      {
        sender: keyOf(v1),
        action: 'validator.attest',
        args: { activation: 0, subject: joiner, ready: fromHex(readyDigest(0, joiner, ready)) },
      },
    ]);
    expect(setup.calls).toBe(1);
  });

  it('is not said before somebody answers at the registered address, which is called again', () => {
    const setup = setUp();
    setup.reaches = false;
    for (let second = 0; second < 7; second += 1) setup.second();
    expect(setup.calls).toBeGreaterThan(1);
    expect(setup.calls).toBeLessThan(7);
    expect(setup.challenge()).toBeUndefined();
    setup.reaches = true;
    for (let second = 0; second < 3; second += 1) setup.second();
    expect(setup.challenge()).toBeDefined();
  });

  it('is not said while there is no link with who joins, nor by who does not vote', () => {
    const apart = setUp(ready, v1, ids);
    apart.second();
    expect(apart.calls).toBe(0);
    const observing = setUp();
    observing.voting = false;
    observing.second();
    expect(observing.calls).toBe(0);
  });

  it('is not said for an answer that another key signed, nor for one to another challenge', () => {
    const setup = setUp();
    setup.second();
    setup.answer(new Uint8Array(64) as Signature);
    setup.answer(undefined, new Uint8Array(32).fill(3));
    setup.second();
    expect(setup.submitted).toEqual([]);
    expect(setup.test.logged.map(({ code }) => code)).toContain('message-dropped');
  });

  it('asks again with another challenge when no answer comes', () => {
    const setup = setUp();
    setup.second();
    const first = setup.challenge();
    setup.second();
    setup.second();
    expect(setup.challenge()).not.toEqual(first);
    setup.answer(undefined, first!);
    expect(setup.submitted).toEqual([]);
  });

  it.each([
    ['that this node did not certify', { block: keyOf('other') as string as BlockHash }],
    ['that is not here yet', { height: heightOf(3) }],
  ])('is not said for a block %s', (_, change) => {
    const setup = setUp({ ...ready, ...change });
    for (let second = 0; second < 5; second += 1) setup.second();
    expect(setup.calls).toBe(0);
  });

  it.each([
    ['four windows ago, on a network that makes a block an hour', 0, 86_400_000, 1],
    ['many windows ago, on a network that makes forty a second', 1_000, 30_000, 1],
    ['more than four windows and more than half a minute ago', 1, 30_001, 0],
  ])('of a block of %s', (_, furtherBlocks, ageMs, calls) => {
    const setup = setUp();
    const { blocks } = setup.test.ports as { blocks: { tip: () => BlockTip; header?: unknown } };
    const tip = blocks.tip();
    blocks.header = () => ({ header: genesis.headerBytes });
    blocks.tip = () => ({
      ...tip,
      height: heightOf(4 * document.parameters.window + furtherBlocks),
      hash: keyOf('tip') as string as BlockHash,
      header: { ...tip.header, time: genesis.header.time + ageMs },
    });
    setup.second();
    expect(setup.calls).toBe(calls);
  });

  it('is left to the first Q; the last in turn waits', () => {
    const last = setUp(ready, ids[3]!);
    last.second();
    expect(last.calls).toBe(0);
    for (let second = 0; second < 30; second += 1) last.second();
    expect(last.calls).toBe(1);
  });
});

describe('who is asked', () => {
  const asker = ids[1]!;
  function asked(keys: readonly PublicKey[], digest = readyDigest(0, joiner, ready)): TestContext['sent'] {
    const { test } = setUp(ready, joiner);
    const { signer, state } = test.ports;
    const stored = {
      ...activationOf(),
      changes: activationOf().changes.map(changeDataOf),
      ready: { [joiner]: readyData(ready) },
      reach: {},
    };
    const records: Readonly<Record<string, Uint8Array>> = {
      [stateKeys.pendingActivation]: encode(0),
      [stateKeys.activation(0)]: encode(stored as never),
    };
    const context: RuntimeContext = {
      ...test.context,
      ports: {
        ...test.ports,
        signer: { ...signer, keys: () => keys },
        state: { ...state, get: (key) => records[key] ?? state.get(key) },
      },
    };
    const words = createWords(context, { submit: () => undefined }, () => 0);
    const attester = createAttester(context, { words, isVoting: () => false });
    attester.asked(asker, { activation: 0, ready: digest, challenge: new Uint8Array(32).fill(8) });
    test.completeAll();
    return test.sent;
  }

  it('signs the challenge with the key that it announced, for that validator alone', () => {
    const challenge = new Uint8Array(32).fill(8);
    const claim = { activation: 0, subject: joiner, asker, ready: readyDigest(0, joiner, ready), challenge };
    const signature = signatureOf(ready.key, presenceSigningBytes(genesis.network, claim));
    expect(asked([ready.key])).toEqual([{ to: asker, message: { type: 'presence', challenge, signature } }]);
  });

  it('does not for a record that is not its own, nor without the key', () => {
    expect(asked([ready.key], readyDigest(1, joiner, ready))).toEqual([]);
    expect(asked([])).toEqual([]);
  });
});

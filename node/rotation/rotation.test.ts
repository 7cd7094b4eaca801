/** A node rotates its keys: what it asks for, what it takes up again, and what it erases, once. */
import { describe, expect, it } from 'vitest';
import { fromHex } from '../../shared/codec/hex.ts';
import { heightOf, type PublicKey, type ValidatorId } from '../../shared/types/brands.ts';
import type { Transaction } from '../../shared/types/ledger.ts';
import { KeyFileError } from '../crypto/key-files.ts';
import { SignerAway } from '../crypto/signer-orders.ts';
import { SignerRefusal } from '../crypto/signer-refusal.ts';
import {
  consortiumDocument,
  createConsortium,
  possessionOf,
  signatureOf,
} from '../ledger/epoch-test-support.ts';
import { pendingActivation } from '../ledger/modules/activation-records.ts';
import { keyOf } from '../ledger/test-support.ts';
import type { HeldKey } from './key-standing.ts';
import type { RotatingKeys } from './rotating-keys.ts';
import { createRotation } from './rotation.ts';

const self = 'v2' as ValidatorId;

function setUp({ isRemote = false } = {}) {
  const ledger = createConsortium(consortiumDocument(4));
  ledger.block();
  const { network } = ledger.genesis;
  let held: HeldKey[] = [
    { publicKey: keyOf('v2 consensus'), kind: 'consensus' },
    { publicKey: keyOf('v2 node'), kind: 'node' },
  ];
  const erased: { key: PublicKey; successor: PublicKey }[] = [];
  const logged: { code: string; facts: { readonly [name: string]: unknown } }[] = [];
  const submitted: Transaction[] = [];
  const setup = {
    nowMs: 1_700_000_000_000,
    fails: false,
    answer: 'accepted' as const,
    makes: undefined as Error | undefined,
  };
  let made = 0;
  let isDecided = false;
  const keys: RotatingKeys = {
    held: () => held,
    isErasable: ({ kind, stage }) => !isRemote || kind === 'node' || stage === 'replaced',
    create: async (kind) => {
      if (setup.makes !== undefined) throw setup.makes;
      made += 1;
      const publicKey = keyOf(`v2 made ${made}`);
      held = [...held, { publicKey, kind }];
      return publicKey;
    },
    takes: (kind) => !isRemote || kind === 'node',
    hold: () => Promise.reject(new Error('no key is handed over here')),
    prove: (key, bytes) => (isRemote ? undefined : signatureOf(key, bytes)),
    erase: async ({ publicKey: key }, successor) => {
      if (setup.fails) throw new Error('the disk is full');
      erased.push({ key, successor });
      held = held.filter(({ publicKey }) => publicKey !== key);
    },
  };
  const rotation = createRotation({
    network,
    facts: () => ({
      self,
      state: ledger.view,
      certifiedHeight: heightOf(ledger.height()),
      time: setup.nowMs,
    }),
    keys,
    signer: {
      keys: () => held.filter(({ kind }) => kind === 'consensus').map(({ publicKey }) => publicKey),
      advance: () => undefined,
      sign: (requests, done) => done(requests.map(({ key, bytes }) => signatureOf(key, bytes))),
    },
    isWaiting: (id) => !isDecided && submitted.some((one) => one.id === id),
    submit: (transactions, done) => {
      submitted.push(...transactions);
      done(transactions.map(({ id }) => ({ id, status: setup.answer })));
    },
    wallMs: () => setup.nowMs,
    log: { write: (_level, code, facts) => void logged.push({ code, facts }) },
  });
  const hold = (publicKey: PublicKey): void => {
    held = [...held, { publicKey, kind: 'consensus' }];
  };
  const stages = (): string[] => rotation.standings().map(({ kind, stage }) => `${kind} ${stage}`);
  const decide = (): void => {
    isDecided = true;
  };
  return { ledger, network, rotation, erased, logged, submitted, setup, stages, hold, decide };
}

describe('a request', () => {
  it('makes a key and asks for it with the old one, which the ledger carries out; the old one is erased', async () => {
    const { ledger, network, rotation, submitted, erased, stages } = setUp();
    const answer = await rotation.request({ kind: 'consensus', notBefore: 4 });
    const key = keyOf('v2 made 1');
    expect(answer).toEqual({ key, transaction: submitted[0]!.id });
    const possession = possessionOf(network, { key, kind: 'consensus', owner: self });
    expect(submitted[0]!.body).toMatchObject({
      sender: keyOf('v2 consensus'),
      action: 'validator.rotate',
      args: { key: fromHex(key), possession, notBefore: 4 },
    });
    ledger.block([ledger.send('v2 consensus', 'validator.rotate', submitted[0]!.body.args)]);
    rotation.follow();
    expect(stages()).toEqual(['consensus in-use', 'node in-use', 'consensus approved']);
    ledger.block([ledger.ready('v2 made 1', self)]);
    ledger.upTo(pendingActivation(ledger.view)!.at! - 1);
    rotation.follow();
    await rotation.settled();
    expect(erased).toEqual([]);
    ledger.block();
    rotation.follow();
    rotation.follow();
    await rotation.settled();
    expect(erased).toEqual([{ key: keyOf('v2 consensus'), successor: key }]);
    expect(stages()).toEqual(['node in-use', 'consensus in-use']);
  });

  it('takes up the key that an attempt left, and makes one key for two that come at once', async () => {
    const { rotation } = setUp();
    const [one, other] = await Promise.all([
      rotation.request({ kind: 'consensus' }),
      rotation.request({ kind: 'consensus' }),
    ]);
    expect(one.key).toBe(other.key);
    expect((await rotation.request({ kind: 'consensus', key: one.key })).key).toBe(one.key);
    await expect(rotation.request({ kind: 'consensus', key: keyOf('v2 consensus') })).rejects.toMatchObject({
      code: 'key-not-unused',
    });
  });

  it('that is repeated while it waits is answered alike, and nothing is submitted again', async () => {
    const { rotation, submitted, decide } = setUp();
    const first = await rotation.request({ kind: 'consensus', notBefore: 9 });
    expect(await rotation.request({ kind: 'consensus', notBefore: 9 })).toEqual(first);
    expect(await rotation.request({ kind: 'consensus', notBefore: 9, key: first.key })).toEqual(first);
    expect(submitted).toHaveLength(1);
    // Another request is another transaction, and so is one more try once the ledger refused the first.
    await rotation.request({ kind: 'consensus', notBefore: 10 });
    expect(submitted).toHaveLength(2);
    decide();
    expect((await rotation.request({ kind: 'consensus', notBefore: 10 })).key).toBe(first.key);
    expect(submitted).toHaveLength(3);
  });

  it('that is repeated once the ledger has it is answered with where it stands, also after a restart', async () => {
    const { ledger, rotation, submitted, stages } = setUp();
    const { key } = await rotation.request({ kind: 'consensus', notBefore: 9 });
    ledger.block([ledger.send('v2 consensus', 'validator.rotate', submitted[0]!.body.args)]);
    const approved = { key, underWay: { stage: 'approved', activation: 0 } };
    expect(await rotation.request({ kind: 'consensus', notBefore: 9 })).toEqual(approved);
    expect(await rotation.request({ kind: 'consensus' })).toEqual(approved);
    ledger.block([ledger.ready('v2 made 1', self)]);
    expect(await rotation.request({ kind: 'consensus', key })).toEqual({
      key,
      underWay: { stage: 'scheduled', activation: 0, at: pendingActivation(ledger.view)!.at },
    });
    expect(submitted).toHaveLength(1);
    expect(stages().filter((stage) => stage.startsWith('consensus'))).toHaveLength(2);
    for (const other of [{ notBefore: 50 }, { key: keyOf('v2 consensus') }])
      await expect(rotation.request({ kind: 'consensus', ...other })).rejects.toMatchObject({
        code: 'rotation-under-way',
        facts: { key },
      });
  });

  it('hands out what an admin proposes for a node key, and for a consensus key that ballots replace', async () => {
    const { ledger, rotation, stages } = setUp();
    const node = await rotation.request({ kind: 'node' });
    expect(node).toMatchObject({ action: { kind: 'validators.replace-node-key', args: { id: self } } });
    if (!('action' in node)) throw new Error('a node key is proposed');
    ledger.block([ledger.decide([node.action as never])]);
    expect(stages()).toEqual(['consensus in-use', 'node overlapping', 'node in-use']);
    await expect(rotation.request({ kind: 'node' })).rejects.toMatchObject({ code: 'rotation-under-way' });
    const consensus = await rotation.request({ kind: 'consensus', byBallots: true });
    if (!('action' in consensus)) throw new Error('ballots were asked for');
    ledger.block([ledger.decide([consensus.action as never])]);
    expect(stages()).toEqual(['consensus in-use', 'node overlapping', 'node in-use', 'consensus approved']);
  });

  it('is refused while another change is pending, and by a suspected key', async () => {
    const pending = setUp();
    pending.ledger.block([pending.ledger.rotate('v1', 'v1 consensus', 'v1 second')]);
    await expect(pending.rotation.request({ kind: 'consensus' })).rejects.toMatchObject({
      code: 'activation-pending',
      facts: { activation: 0, status: 'approved' },
    });
    const suspected = setUp();
    const { ledger, rotation } = suspected;
    const args = { key: fromHex(keyOf('v2 consensus')), since: { height: 0 }, reason: 'stolen' };
    ledger.block([ledger.send('m2.admin', 'keys.suspect', args)]);
    await expect(rotation.request({ kind: 'consensus' })).rejects.toMatchObject({ code: 'key-suspected' });
    expect(await rotation.request({ kind: 'consensus', byBallots: true })).toMatchObject({
      action: { kind: 'validators.replace-consensus-key' },
    });
  });

  it('takes up nothing that lay here when a key was stolen, and makes one key for all requests since', async () => {
    const { ledger, rotation, hold } = setUp();
    const [left, stolen] = [keyOf('v2 left'), keyOf('v2 consensus')];
    hold(left);
    const byBallots = { kind: 'consensus', byBallots: true } as const;
    expect((await rotation.request(byBallots)).key).toBe(left);
    const suspect = (key: PublicKey) =>
      ledger.block([
        ledger.send('m2.admin', 'keys.suspect', {
          key: fromHex(key),
          since: { height: 0 },
          reason: 'stolen',
        }),
      ]);
    suspect(stolen);
    const made = keyOf('v2 made 1');
    expect((await rotation.request(byBallots)).key).toBe(made);
    expect((await rotation.request(byBallots)).key).toBe(made);
    // Said anew: the thief was here once more.
    suspect(stolen);
    expect((await rotation.request(byBallots)).key).toBe(keyOf('v2 made 2'));
    // By name it is the operator's word.
    expect((await rotation.request({ ...byBallots, key: left })).key).toBe(left);
  });

  it('takes up no node key either that lay beside a stolen consensus key', async () => {
    const { ledger, rotation } = setUp();
    const before = await rotation.request({ kind: 'node' });
    const args = { key: fromHex(keyOf('v2 consensus')), since: { height: 0 }, reason: 'stolen' };
    ledger.block([ledger.send('m2.admin', 'keys.suspect', args)]);
    expect((await rotation.request({ kind: 'node' })).key).not.toBe(before.key);
  });

  it('is refused when it is for further ahead than the old key alone may ask, before a key is made', async () => {
    const { ledger, rotation, stages, submitted } = setUp();
    const latest = ledger.height() + 256;
    await expect(rotation.request({ kind: 'consensus', notBefore: latest + 1 })).rejects.toMatchObject({
      code: 'not-before-too-late',
      facts: { notBefore: latest + 1, latest, aheadMax: 256 },
    });
    expect([stages(), submitted]).toEqual([['consensus in-use', 'node in-use'], []]);
    // Ballots may ask for any, and a height that is not refused here is not refused by the ledger.
    expect(
      await rotation.request({ kind: 'consensus', notBefore: latest + 1, byBallots: true }),
    ).toMatchObject({ action: { args: { notBefore: latest + 1 } } });
    await rotation.request({ kind: 'consensus', notBefore: latest });
    ledger.block([ledger.send('v2 consensus', 'validator.rotate', submitted[0]!.body.args)]);
    expect(pendingActivation(ledger.view)).toMatchObject({ notBefore: latest });
  });

  it('of a node key takes no height and no deadline, which nothing would heed', async () => {
    const { rotation, stages } = setUp();
    for (const timing of [{ notBefore: 9 }, { deadlineMs: 60_000 }])
      await expect(rotation.request({ kind: 'node', ...timing })).rejects.toMatchObject({
        code: 'node-key-not-timed',
        facts: timing,
      });
    expect(stages()).toEqual(['consensus in-use', 'node in-use']);
  });

  it('has a signer make the key and prove it, or takes one that is there', async () => {
    const { rotation, hold, network, submitted } = setUp({ isRemote: true });
    const { key } = await rotation.request({ kind: 'consensus' });
    const possession = possessionOf(network, { key, kind: 'consensus', owner: self });
    expect([key, submitted[0]!.body.args]).toMatchObject([keyOf('v2 made 1'), { possession }]);
    hold(keyOf('v2 of the signer'));
    const use = keyOf('v2 of the signer');
    expect((await rotation.request({ kind: 'consensus', key: use })).key).toBe(use);
  });

  it.each([
    ['signer-unreachable', new SignerAway('nobody answers'), {}],
    ['signer-refused', new SignerRefusal('keys-full', { held: 16 }), { refusal: 'keys-full', held: 16 }],
    ['key-not-written', new KeyFileError('key-file-exists', 'x'), { cause: 'key-file-exists' }],
  ])('is refused by name where no key can be made: %s', async (code, error, facts) => {
    const { rotation, setup, submitted } = setUp();
    setup.makes = error;
    await expect(rotation.request({ kind: 'consensus' })).rejects.toMatchObject({ code, facts });
    expect(submitted).toEqual([]);
  });
});

describe('a key that never came into use', () => {
  it.each(['withdrawn', 'lapsed'])(
    'is erased when its activation is %s, and the old one stays',
    async (how) => {
      const { ledger, rotation, submitted, erased, stages } = setUp();
      const { key } = await rotation.request({ kind: 'consensus', deadlineMs: 1_000 });
      ledger.block([ledger.send('v2 consensus', 'validator.rotate', submitted[0]!.body.args)]);
      if (how === 'withdrawn')
        ledger.block([ledger.send('m2.admin', 'activation.withdraw', { activation: 0, reason: 'no' })]);
      else ledger.block([], 2_000);
      rotation.follow();
      await rotation.settled();
      expect(erased).toEqual([{ key, successor: keyOf('v2 consensus') }]);
      expect(stages()).toEqual(['consensus in-use', 'node in-use']);
    },
  );

  it('stays with a signer, which nothing that it follows tells of it', async () => {
    const { ledger, rotation, submitted, erased, stages } = setUp({ isRemote: true });
    await rotation.request({ kind: 'consensus', deadlineMs: 1_000 });
    ledger.block([ledger.send('v2 consensus', 'validator.rotate', submitted[0]!.body.args)]);
    ledger.block([], 2_000);
    rotation.follow();
    await rotation.settled();
    expect([erased, stages()]).toEqual([[], ['consensus in-use', 'node in-use', 'consensus dropped']]);
  });

  it('that cannot be erased is named, and tried again after a minute', async () => {
    const { ledger, rotation, submitted, erased, logged, setup } = setUp();
    await rotation.request({ kind: 'consensus', deadlineMs: 1_000 });
    ledger.block([ledger.send('v2 consensus', 'validator.rotate', submitted[0]!.body.args)]);
    ledger.block([], 2_000);
    setup.fails = true;
    rotation.follow();
    await rotation.settled();
    expect(logged.filter(({ code }) => code === 'key-not-erased')).toHaveLength(1);
    setup.fails = false;
    rotation.follow();
    await rotation.settled();
    expect(erased).toEqual([]);
    setup.nowMs += 61_000;
    rotation.follow();
    await rotation.settled();
    expect(erased).toHaveLength(1);
  });
});

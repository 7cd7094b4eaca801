import { describe, expect, it } from 'vitest';
import { decodeEnvelope, decodeHeader, encodeHeader, headerHash } from '../../shared/codec/ledger.ts';
import { sealSigningBytes } from '../../shared/codec/messages.ts';
import { epochOf, type Height, heightOf, type ValidatorId } from '../../shared/types/brands.ts';
import type { Certificate, Transaction } from '../../shared/types/ledger.ts';
import { consortiumDocument, createConsortium, remove } from '../ledger/epoch-test-support.ts';
import { createCatchUp } from './catch-up.ts';
import { executeBatch, type Parent } from './execute-batch.ts';
import { createChain } from './execution.ts';
import { createConduct } from './peer-conduct.ts';
import type { StoredBlock } from './ports.ts';
import { createSignatureCache } from './signatures.ts';
import {
  createTestContext,
  createTestPorts,
  genesis,
  ids,
  keyOf,
  signatureOf,
  startMs,
  transactionOf,
} from './test-support.ts';
import type { RuntimeTuning } from './tuning.ts';
import { createVoteLane } from './verification.ts';

const [v1, v2, v3, v4] = ids as readonly [ValidatorId, ValidatorId, ValidatorId, ValidatorId];

/** Certified blocks as an honest network makes them, one transaction each. */
function makeBlocks(count: number): StoredBlock[] {
  const { state } = createTestPorts(v2).ports;
  let parent: Parent = { height: heightOf(0), hash: genesis.hash, time: genesis.header.time };
  return Array.from({ length: count }, (_, index) => {
    const transaction = transactionOf();
    const batch = { time: startMs + index, proposer: v2, ids: [transaction.id] };
    const block = executeBatch({ genesis, state }, parent, batch, [transaction]);
    parent = { height: block.height, hash: block.hash, time: block.header.time };
    const certificate = certificateOf(block.height, block.hash, ids.slice(0, 3));
    return { header: block.headerBytes, certificate, batch, envelopes: [transaction.envelope] };
  });
}

function certificateOf(
  height: Height,
  block: Certificate['block'],
  signers: readonly ValidatorId[],
): Certificate {
  const seal = { epoch: epochOf(0), height, block };
  const bytes = sealSigningBytes(genesis.network, seal);
  return {
    ...seal,
    seals: signers.map((validator) => ({ validator, signature: signatureOf(keyOf(validator), bytes) })),
  };
}

function setUp(tuning: Partial<RuntimeTuning> = {}) {
  const plain = createTestContext(v1);
  const context = { ...plain.context, tuning: { ...plain.context.tuning, ...tuning } };
  const test = { ...plain, context };
  const durable: number[] = [];
  const diverged: number[] = [];
  const bounds: string[] = [];
  const chain = createChain(
    test.context,
    { genesis, state: test.ports.state },
    {
      durable: ({ block }) => durable.push(block.height),
      diverged: (height) => diverged.push(height),
      unsupported: () => {},
      unfit: () => undefined,
      bounded: ({ kind }) => {
        bounds.push(kind);
        return { kind: 'within', lapseAt: bounds.length };
      },
    },
  );
  const lane = createVoteLane(test.ports.verifier, createSignatureCache(100));
  const conduct = createConduct(test.context);
  const room = createCatchUp(test.context, { chain, lane, conduct });
  /** Everyone's answer begins at the first block that it holds, or where it was asked. */
  const arrived = (peer: ValidatorId, blocks: readonly StoredBlock[], first = askedFrom(peer)): void =>
    room.arrived(peer, heightOf(first), blocks);
  const askedFrom = (peer: ValidatorId): number =>
    test.sent.reduce(
      (from, { to, message }) => (to === peer && message.type === 'get-blocks' ? message.from : from),
      1,
    );
  const catchUp = { ...room, arrived };
  const askedPeers = (): ValidatorId[] =>
    test.sent.flatMap(({ to, message }) => (message.type === 'get-blocks' && to !== 'all' ? [to] : []));
  return { ...test, room, chain, catchUp, conduct, durable, diverged, bounds, askedPeers };
}

describe('catch-up (rules C1, C3)', () => {
  const blocks = makeBlocks(5);

  it('fetches in chunks, executes, appends and reports each height as durable', () => {
    const { catchUp, completeAll, durable, sent, fed } = setUp();
    catchUp.behind(heightOf(5), [v2]);
    expect(sent).toEqual([{ to: v2, message: { type: 'get-blocks', from: 1, count: 5 } }]);
    catchUp.arrived(v2, blocks.slice(0, 3));
    completeAll();
    expect(sent.at(-1)).toEqual({ to: v2, message: { type: 'get-blocks', from: 4, count: 2 } });
    catchUp.arrived(v2, blocks.slice(3));
    completeAll();
    expect(durable).toEqual([1, 2, 3, 4, 5]);
    expect(fed.map((input) => input.type)).toEqual(Array(5).fill('certified-durable'));
    expect(catchUp.progress()).toBeUndefined();
  });

  it('asks another when one stalls, and takes what comes late all the same', () => {
    const { catchUp, advance, askedPeers, context, completeAll, durable } = setUp();
    catchUp.behind(heightOf(5), [v2, v3]);
    const [first] = askedPeers();
    advance(context.tuning.rangeTimeoutMs);
    const [, second] = askedPeers();
    expect(second).not.toBe(first);
    catchUp.arrived(first!, blocks.slice(0, 2));
    completeAll();
    expect(durable).toEqual([1, 2]);
    catchUp.arrived(second!, blocks.slice(0, 2));
    completeAll();
    expect(askedPeers()).toHaveLength(3);
    catchUp.arrived(first!, blocks);
    catchUp.arrived(askedPeers()[2]!, blocks.slice(2));
    completeAll();
    expect(durable).toEqual([1, 2, 3, 4, 5]);
  });

  it('lets who had nothing rest, and remembers it of nobody who is gone', () => {
    const { catchUp, askedPeers } = setUp();
    catchUp.behind(heightOf(5), []);
    for (let at = 0; at < askedPeers().length; at += 1) catchUp.arrived(askedPeers()[at]!, []);
    const asked = askedPeers().length;
    expect(asked).toBeGreaterThan(1);
    catchUp.behind(heightOf(5), []);
    expect(askedPeers()).toHaveLength(asked);
    catchUp.forget((peer) => peer === v2);
    catchUp.behind(heightOf(5), []);
    expect(askedPeers().slice(asked)).toEqual([v2]);
  });

  it('gets there although every answer takes longer than the time for it', () => {
    const { catchUp, advance, context, completeAll, durable, sent } = setUp();
    const latencyMs = 2 * context.tuning.rangeTimeoutMs - 1;
    const answers: { readonly atMs: number; readonly peer: ValidatorId; readonly from: number }[] = [];
    let seen = 0;
    catchUp.behind(heightOf(5), [v2, v3]);
    for (let nowMs = 0; nowMs < 20 * latencyMs; nowMs += 1) {
      for (; seen < sent.length; seen += 1) {
        const { to, message } = sent[seen]!;
        if (message.type === 'get-blocks' && to !== 'all')
          answers.push({ atMs: nowMs + latencyMs, peer: to, from: message.from });
      }
      for (const { peer, from } of answers.filter(({ atMs }) => atMs === nowMs))
        catchUp.arrived(peer, blocks.slice(from - 1, from + 1));
      completeAll();
      advance(1);
    }
    expect(durable).toEqual([1, 2, 3, 4, 5]);
  });

  it('does not ask one without end that answers every question with a block from long ago', () => {
    const test = setUp();
    const { room, catchUp, advance, context, askedPeers, completeAll, durable } = test;
    catchUp.behind(heightOf(5), [v2]);
    for (let answer = 0; answer < 50; answer += 1) {
      room.arrived(v2, heightOf(1), blocks.slice(0, 1));
      completeAll();
    }
    expect(durable).toEqual([1]);
    expect(askedPeers().length).toBeLessThan(5);
    advance(context.tuning.rangeTimeoutMs);
    catchUp.arrived(v2, blocks.slice(1));
    completeAll();
    expect(durable).toEqual([1, 2, 3, 4, 5]);
  });

  it('does not listen to who was not asked', () => {
    const { catchUp, completeAll, durable, askedPeers } = setUp();
    catchUp.behind(heightOf(5), [v2, v3]);
    catchUp.arrived(askedPeers()[0] === v2 ? v3 : v2, blocks);
    completeAll();
    expect(durable).toEqual([]);
  });

  it.each<[string, (good: readonly StoredBlock[]) => readonly StoredBlock[]]>([
    ['no blocks', () => []],
    ['a gap', (good) => good.slice(1)],
    ['blocks out of order', ([first, second, third]) => [first!, third!, second!]],
    ['a header of another block', ([first, second]) => [{ ...first!, header: second!.header }]],
    ['bytes that are no header', ([first]) => [{ ...first!, header: new Uint8Array([0xff]) }]],
    ['another batch', ([first, second]) => [{ ...first!, batch: second!.batch }]],
    ['other bodies', ([first, second]) => [{ ...first!, envelopes: second!.envelopes }]],
    ['no bodies', ([first]) => [{ ...first!, envelopes: [] }]],
    ['a set that nothing hands over to', ([first]) => [{ ...first!, nextValidators: genesis.validators }]],
    ['too few seals', ([first]) => [withSeals(first!, first!.certificate.seals.slice(1))]],
    ['one seal thrice', ([first]) => [withSeals(first!, Array(3).fill(first!.certificate.seals[0]))]],
    [
      'a forged seal',
      ([first]) => [
        withSeals(first!, [
          ...first!.certificate.seals.slice(1),
          { validator: ids[3]!, signature: first!.certificate.seals[0]!.signature },
        ]),
      ],
    ],
  ])('puts a peer aside that serves %s', (_, spoil) => {
    const test = setUp();
    const { catchUp, conduct, completeAll, logged, durable, askedPeers } = test;
    for (const peer of [v2, v3]) conduct.claimed(peer, heightOf(5));
    catchUp.behind(heightOf(5), [v2, v3]);
    const [first] = askedPeers();
    catchUp.arrived(first!, spoil(blocks));
    completeAll();
    expect(logged).toMatchObject([
      { code: 'catch-up-peer-put-aside', facts: { rule: 'C3', peer: first, strikes: 1 } },
    ]);
    expect(conduct.views()).toMatchObject([{ peer: first, asideMs: test.context.tuning.putAsideMs }]);
    expect(durable).toEqual([]);
    answerAll(test, blocks, [first!]);
    expect(durable).toEqual([1, 2, 3, 4, 5]);
    expect(askedPeers().filter((peer) => peer === first)).toHaveLength(1);
  });

  it('takes ranges from several peers at once, in whatever order they come', () => {
    const test = setUp({ blocksPerChunk: 2 });
    const { catchUp, sent, completeAll, durable } = test;
    catchUp.behind(heightOf(5), [v2, v3, v4]);
    const asked = sent.flatMap(({ to, message }) =>
      message.type === 'get-blocks' ? [{ to, from: message.from, count: message.count }] : [],
    );
    expect(new Set(asked.map(({ to }) => to)).size).toBe(3);
    expect(asked.map(({ from, count }) => [from, count])).toEqual([
      [1, 2],
      [3, 2],
      [5, 1],
    ]);
    for (const { to, from, count } of [...asked].reverse()) {
      expect(durable).toEqual([]);
      catchUp.arrived(to as ValidatorId, blocks.slice(from - 1, from - 1 + count), from);
      completeAll();
    }
    expect(durable).toEqual([1, 2, 3, 4, 5]);
    expect(catchUp.progress()).toBeUndefined();
  });

  it('asks only a bounded distance ahead of what is executed', () => {
    const { catchUp, sent, completeAll } = setUp({ blocksPerChunk: 1 });
    catchUp.behind(heightOf(1_000), [v2]);
    for (let from = 2; from <= 5; from += 1) {
      const message = sent.at(-1)?.message;
      if (message?.type !== 'get-blocks') throw new Error('nothing was asked for');
      // All but the first block: nothing can be executed.
      if (message.from === 1) catchUp.arrived(v2, [], 1);
      else catchUp.arrived(v2, [blocks[message.from - 1]!], message.from);
      completeAll();
    }
    const highest = Math.max(
      ...sent.map(({ message }) => (message.type === 'get-blocks' ? message.from : 0)),
    );
    expect(highest).toBeLessThanOrEqual(6);
  });

  it('does not ask twice for what was fetched, and starts behind what is stored', () => {
    const { catchUp, chain, sent, completeAll } = setUp();
    catchUp.behind(heightOf(2), [v2]);
    catchUp.arrived(v2, blocks.slice(0, 2), 1);
    completeAll();
    expect(chain.appendedHeight()).toBe(2);
    sent.length = 0;
    catchUp.behind(heightOf(5), [v2]);
    expect(sent).toEqual([{ to: v2, message: { type: 'get-blocks', from: 3, count: 3 } }]);
  });

  it('reports who says less than before, and does not blame who has pruned the bodies', () => {
    const { room, conduct, logged, askedPeers } = setUp();
    conduct.claimed(v2, heightOf(5));
    conduct.claimed(v2, heightOf(3));
    expect(logged).toMatchObject([{ facts: { rule: 'C3', peer: v2, misconduct: 'withdrew' } }]);
    conduct.claimed(v3, heightOf(5));
    room.behind(heightOf(5), []);
    expect(askedPeers()).toEqual([v3]);
    room.arrived(v3, heightOf(1), [], heightOf(4));
    expect(logged).toHaveLength(1);
    expect(askedPeers()).toEqual([v3]);
  });

  it('holds a claim against nobody over whose new link another disk may answer, such as a restored one', () => {
    const { room, conduct, logged, askedPeers } = setUp();
    conduct.claimed(v2, heightOf(5));
    conduct.linked(v2);
    conduct.claimed(v2, heightOf(3));
    expect(logged).toEqual([]);
    expect(conduct.hasClaimed(v2, heightOf(5))).toBe(false);
    conduct.claimed(v3, heightOf(5));
    room.behind(heightOf(5), []);
    expect(askedPeers()).toEqual([v3]);
    conduct.claimed(v2, heightOf(2));
    expect(logged).toMatchObject([{ facts: { rule: 'C3', peer: v2, misconduct: 'withdrew' } }]);
  });

  it('puts aside for longer each time, and forgets after a good answer', () => {
    const { catchUp, conduct, advance, context, completeAll } = setUp();
    const { putAsideMs } = context.tuning;
    conduct.claimed(v2, heightOf(5));
    catchUp.behind(heightOf(5), [v2]);
    conduct.fault(v2, 'junk', 'a test');
    conduct.fault(v2, 'junk', 'a test');
    expect(conduct.views()).toMatchObject([{ strikes: 2, asideMs: 2 * putAsideMs }]);
    advance(1);
    catchUp.arrived(v2, blocks, 1);
    completeAll();
    expect(conduct.views()).toEqual([]);
  });

  it('goes on with what was fetched ahead once consensus has closed the gap below (rule C1)', () => {
    const { catchUp, chain, completeAll, durable, askedPeers } = setUp({ blocksPerChunk: 2 });
    catchUp.behind(heightOf(4), [v2, v3]);
    const [, second] = askedPeers();
    catchUp.arrived(second!, blocks.slice(2, 4));
    completeAll();
    expect(durable).toEqual([]);
    for (const stored of blocks.slice(0, 2)) {
      const transactions = stored.envelopes.map((envelope) => decodeEnvelope(envelope));
      chain.take(stored.certificate, { batch: stored.batch, transactions });
    }
    completeAll();
    catchUp.advanced();
    completeAll();
    expect(durable).toEqual([1, 2, 3, 4]);
  });

  it('hands on what each block says about the end of its epoch, in order', () => {
    const { catchUp, completeAll, bounds, fed } = setUp();
    catchUp.behind(heightOf(2), [v2]);
    catchUp.arrived(v2, blocks.slice(0, 2));
    completeAll();
    expect(bounds).toEqual(['within', 'within']);
    expect(fed.filter(({ type }) => type === 'certified-durable')).toMatchObject([
      { height: 1, boundary: { kind: 'within', lapseAt: 1 } },
      { height: 2, boundary: { kind: 'within', lapseAt: 2 } },
    ]);
  });

  it('executes no block twice that consensus executed meanwhile', () => {
    const { catchUp, chain, completeAll, durable } = setUp();
    catchUp.behind(heightOf(2), [v2]);
    const transactions: Transaction[] = [];
    const batch = { time: startMs, proposer: v2, ids: [] };
    expect(chain.executedHeight()).toBe(0);
    catchUp.arrived(v2, blocks.slice(0, 2));
    completeAll();
    chain.execute(heightOf(2), { batch, transactions });
    expect(chain.executedHeight()).toBe(2);
    expect(durable).toEqual([1, 2]);
  });

  it('says so when a quorum certified another block than execution yields here (rule X4)', () => {
    const { chain, diverged } = setUp();
    chain.execute(heightOf(1), { batch: { time: startMs, proposer: v2, ids: [] }, transactions: [] });
    chain.certified(blocks[0]!.certificate);
    expect(diverged).toEqual([1]);
  });
});

/** Lets everybody but those named answer what they were asked, until nobody is asked any more. */
function answerAll(
  { sent, catchUp, completeAll }: ReturnType<typeof setUp>,
  blocks: readonly StoredBlock[],
  silent: readonly ValidatorId[],
): void {
  for (let at = 0; at < sent.length; at += 1) {
    const { to, message } = sent[at]!;
    if (message.type !== 'get-blocks' || to === 'all' || silent.includes(to)) continue;
    const { from, count } = message;
    catchUp.arrived(to, blocks.slice(from - 1, from - 1 + count), from);
    completeAll();
  }
}

const withSeals = (block: StoredBlock, seals: Certificate['seals']): StoredBlock => ({
  ...block,
  certificate: { ...block.certificate, seals },
});

describe('catch-up over epochs (rules C1, E2)', () => {
  const net = createConsortium(consortiumDocument(6));
  net.block([net.decide([remove('v6')])]);
  net.upTo(10);
  net.block([net.decide([remove('v5')])]);
  net.upTo(20);
  const three = net.blocks.map((block): StoredBlock => {
    const { header, height, hash, boundary } = block;
    const sealers = header.epoch === 0 ? 5 : header.epoch === 1 ? 4 : 3;
    const seal = { epoch: header.epoch, height, block: hash };
    const bytes = sealSigningBytes(net.genesis.network, seal);
    const seals = [v1, v2, v3, v4, 'v5' as ValidatorId].slice(0, sealers).map((validator) => ({
      validator,
      signature: signatureOf(keyOf(`${validator} consensus`), bytes),
    }));
    const batch = {
      time: header.time,
      proposer: v1,
      ids: block.ran.map(({ transaction }) => transaction.id),
    };
    return {
      header: block.headerBytes,
      certificate: { ...seal, seals },
      batch,
      envelopes: block.ran.map(({ transaction }) => transaction.envelope),
      ...(boundary.kind === 'handover' && { nextValidators: boundary.next.validators }),
    };
  });
  const from = (height: number): readonly StoredBlock[] => three.slice(height - 1, height + 4);

  function setUpNet() {
    const plain = createTestContext(v4, ids, net.genesis);
    const context = { ...plain.context, tuning: { ...plain.context.tuning, blocksPerChunk: 5 } };
    const durable: string[] = [];
    const chain = createChain(
      context,
      { genesis: net.genesis, state: plain.ports.state },
      {
        durable: ({ block }) => durable.push(`${block.header.epoch}/${block.height}`),
        diverged: (height) => durable.push(`diverged ${height}`),
        unsupported: () => {},
        unfit: () => undefined,
        bounded: () => ({ kind: 'within' }),
      },
    );
    const lane = createVoteLane(plain.ports.verifier, createSignatureCache(1_000));
    const conduct = createConduct(context);
    const catchUp = createCatchUp(context, { chain, lane, conduct });
    return { ...plain, context, catchUp, conduct, durable };
  }

  it('takes ranges of three epochs in whatever order they come, each judged once a hand-over below led to its set', () => {
    const { catchUp, conduct, completeAll, durable, sent } = setUpNet();
    catchUp.behind(heightOf(20), [v1, v2, v3]);
    const asked = sent.flatMap(({ message }) => (message.type === 'get-blocks' ? [message.from] : []));
    expect(asked).toEqual([1, 6, 11]);
    const peerOf = (height: number) =>
      sent.find(({ message }) => message.type === 'get-blocks' && message.from === height)!.to as ValidatorId;
    catchUp.arrived(peerOf(11), heightOf(11), from(11));
    completeAll();
    expect(durable).toEqual([]);
    catchUp.arrived(peerOf(6), heightOf(6), from(6));
    catchUp.arrived(peerOf(16), heightOf(16), from(16));
    completeAll();
    expect(durable).toEqual([]);
    catchUp.arrived(peerOf(1), heightOf(1), from(1));
    for (let round = 0; round < 10; round += 1) completeAll();
    expect(durable).toHaveLength(20);
    expect(new Set(durable.map((at) => at.split('/')[0]))).toEqual(new Set(['0', '1', '2']));
    expect(conduct.views()).toEqual([]);
  });

  it('blames who sends a block of an epoch to which nothing leads', () => {
    const { catchUp, conduct, completeAll, durable, sent } = setUpNet();
    catchUp.behind(heightOf(20), [v1]);
    const peer = sent.find(({ message }) => message.type === 'get-blocks' && message.from === 1)!
      .to as ValidatorId;
    const [first] = from(1);
    const epoch = epochOf(2);
    const header = encodeHeader({ ...decodeHeader(first!.header), epoch, nextEpoch: epoch });
    const certificate = { ...first!.certificate, epoch, block: headerHash(header) };
    catchUp.arrived(peer, heightOf(1), [{ ...first!, header, certificate }]);
    completeAll();
    expect(durable).toEqual([]);
    expect(conduct.views()).toMatchObject([{ peer, detail: 'a block of epoch 2, to which nothing leads' }]);
  });
});

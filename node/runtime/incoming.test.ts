import { describe, expect, it } from 'vitest';
import { encode } from '../../shared/codec/dag-cbor.ts';
import { batchDigest } from '../../shared/codec/ledger.ts';
import {
  encodeMessage,
  heartbeatSigningBytes,
  messageBytesMin,
  newViewContent,
  sealSigningBytes,
  viewChangeContent,
  voteSigningBytes,
} from '../../shared/codec/messages.ts';
import {
  type BlockHash,
  type Digest,
  epochOf,
  type Height,
  heightOf,
  type Signature,
  type TransactionId,
  type ValidatorId,
  viewOf,
  zeroDigest,
} from '../../shared/types/brands.ts';
import type { Membership } from '../../shared/types/epochs.ts';
import type { Certificate } from '../../shared/types/ledger.ts';
import type {
  ConsensusMessage,
  PreparedCertificate,
  SignedVote,
  ViewChangeBody,
  Vote,
} from '../../shared/types/messages.ts';
import { parametersOf } from './context.ts';
import { createIncoming } from './incoming.ts';
import { plainReader } from './reader.ts';
import { createSignatureCache } from './signatures.ts';
import { createTestContext, document, genesis, ids, keyOf, signatureOf, startMs } from './test-support.ts';
import { createVoteLane } from './verification.ts';

const [v1, v2, v3, v4] = ids as readonly [ValidatorId, ValidatorId, ValidatorId, ValidatorId];

function setUp(tuning: { readonly heldPerPeerMax?: number; readonly heldNestedPerPeerMax?: number } = {}) {
  const test = createTestContext(v1);
  const spent: ValidatorId[] = [];
  let spentMs = 0;
  const spend = (from: ValidatorId, costMs: number): void => {
    spent.push(from);
    spentMs += costMs;
  };
  const links = { ...test.ports.links, spend };
  const context = {
    ...test.context,
    tuning: { ...test.context.tuning, ...tuning },
    ports: { ...test.ports, links },
  };
  const lane = createVoteLane(test.ports.verifier, createSignatureCache(100));
  const incoming = createIncoming(context, lane);
  function receive(from: ValidatorId, message: ConsensusMessage): void {
    incoming.consensus(from, [encodeMessage(message)], undefined);
    test.completeAll();
  }
  return { ...test, incoming, receive, spent, spentMs: () => spentMs };
}

function signed(
  kind: Vote['kind'],
  sender: ValidatorId,
  content: Digest,
  view = 0,
  sequence = 1,
): SignedVote {
  const vote: Vote = {
    kind,
    epoch: epochOf(0),
    view: viewOf(view),
    sequence: heightOf(sequence),
    content,
    sender,
  };
  return { ...vote, signature: signatureOf(keyOf(sender), voteSigningBytes(genesis.network, vote)) };
}

const fullLoad = (count: number): TransactionId[] =>
  Array.from({ length: count }, (_, index) => keyOf(`${index}`) as string as TransactionId);

const content = 'ab'.repeat(32) as Digest;
const prepareOf = (sender: ValidatorId, sequence = 1): ConsensusMessage => ({
  kind: 'prepare',
  vote: signed('prepare', sender, content, 0, sequence),
});

const preparedOf = (prepares: readonly SignedVote[]): PreparedCertificate => ({
  epoch: epochOf(0),
  view: viewOf(0),
  sequence: heightOf(1),
  batch: content as PreparedCertificate['batch'],
  prePrepare: signed('pre-prepare', v1, content),
  prepares,
});

function viewChangeOf(body: ViewChangeBody): ConsensusMessage {
  return { kind: 'view-change', vote: signed('view-change', v2, viewChangeContent(body), 1, 0), body };
}

function certificateOf(signers: readonly ValidatorId[], height = 1): Certificate {
  const seal = { epoch: epochOf(0), height: heightOf(height), block: zeroDigest as BlockHash };
  const bytes = sealSigningBytes(genesis.network, seal);
  return {
    ...seal,
    seals: signers.map((validator) => ({ validator, signature: signatureOf(keyOf(validator), bytes) })),
  };
}

function heartbeatOf(sender: ValidatorId, time: number): ConsensusMessage {
  const said = {
    epoch: epochOf(0),
    view: viewOf(0),
    height: heightOf(0),
    block: zeroDigest as BlockHash,
    time,
  };
  const bytes = heartbeatSigningBytes(genesis.network, said);
  return { kind: 'heartbeat', ...said, sender, signature: signatureOf(keyOf(sender), bytes) };
}

describe('a flood of what is rightly signed', () => {
  it('of heartbeats: those beyond their pace are not verified', () => {
    const { receive, fed, advance, context } = setUp();
    for (let time = 1; time <= 100; time += 1) receive(v2, heartbeatOf(v2, time));
    expect(fed).toHaveLength(1);
    receive(v3, heartbeatOf(v3, 1));
    expect(fed).toHaveLength(2);
    advance(parametersOf(context).heartbeatMs);
    receive(v2, heartbeatOf(v2, 200));
    expect(fed).toHaveLength(3);
  });

  it('of votes far ahead: they are not verified', () => {
    const { receive, fed, context } = setUp();
    const farthest = 4 * parametersOf(context).window;
    receive(v2, prepareOf(v2, farthest + 1));
    expect(fed).toEqual([]);
    receive(v2, prepareOf(v2, farthest));
    expect(fed).toHaveLength(1);
  });

  it.each([
    ['verified', 1, 0.1],
    ['of no use yet', 1_000_000, 0.5],
  ])('is charged to the peer that sent it: %s', (_, sequence, costMs) => {
    const test = setUp();
    const charged: (readonly [ValidatorId, number])[] = [];
    const links = {
      ...test.ports.links,
      spend: (from: ValidatorId, costMs: number) => charged.push([from, costMs]),
    };
    const context = { ...test.context, ports: { ...test.ports, links } };
    const lane = createVoteLane(test.ports.verifier, createSignatureCache(100));
    createIncoming(context, lane).consensus(v3, [encodeMessage(prepareOf(v2, sequence))], undefined);
    expect(charged[0]).toEqual([v3, costMs]);
  });
});

describe('a frame of very many messages', () => {
  /** A reader and a clock for which each message takes a tenth of a millisecond. */
  function slow() {
    const test = createTestContext(v1);
    let nowMs = 0;
    let decoded = 0;
    const spent: number[] = [];
    const reader = {
      ...plainReader,
      message: (...args: Parameters<typeof plainReader.message>) => {
        decoded += 1;
        nowMs += 0.1;
        return plainReader.message(...args);
      },
    };
    const clock = { ...test.ports.clock, monotonicMs: () => nowMs };
    const links = {
      ...test.ports.links,
      spend: (_from: ValidatorId, costMs: number) => void spent.push(costMs),
    };
    const context = { ...test.context, ports: { ...test.ports, reader, clock, links } };
    const lane = createVoteLane(test.ports.verifier, createSignatureCache(100));
    return { ...test, incoming: createIncoming(context, lane), spent, decodedCount: () => decoded };
  }
  const junk = Array<Uint8Array>(3_000).fill(new Uint8Array(messageBytesMin));

  it('ends with the first that is none, and its sender is charged for the time that it took', () => {
    const { incoming, logged, spent, decodedCount } = slow();
    const votes = [1, 2, 3].map((sequence) => encodeMessage(prepareOf(v2, sequence)));
    incoming.consensus(v2, [...votes, ...junk], undefined);
    expect(decodedCount()).toBe(4);
    expect(logged).toMatchObject([{ code: 'message-dropped', facts: { from: v2, rule: 'M2' } }]);
    expect(spent.at(-1)).toBeCloseTo(0.4);
  });

  it('ends with the first whose content is not what it signs, too', () => {
    const { incoming, decodedCount } = slow();
    const body: ViewChangeBody = { height: heightOf(0), prepared: [] };
    const wrong = encodeMessage({
      kind: 'view-change',
      vote: signed('view-change', v2, content, 1, 0),
      body,
    });
    incoming.consensus(v2, [wrong, ...junk], undefined);
    expect(decodedCount()).toBe(1);
  });

  it('is charged for nothing but its signatures if all are messages', () => {
    const { incoming, spent } = slow();
    incoming.consensus(v2, [encodeMessage(prepareOf(v2)), encodeMessage(prepareOf(v2, 2))], undefined);
    expect(spent).toEqual([0.1, 0.1]);
  });

  it('in answer to our question is no answer from the first on that is not ours', () => {
    const { incoming, logged, decodedCount } = slow();
    const answered = (): void => {
      throw new Error('this is no answer');
    };
    const epoch = epochOf(0);
    incoming.newest(v2, { epoch, messages: [encodeMessage(prepareOf(v1)), ...junk] }, answered);
    incoming.newest(v2, { epoch, messages: [encodeMessage(prepareOf(v2)), ...junk] }, answered);
    expect(decodedCount()).toBe(3);
    expect(logged.map(({ facts }) => facts.rule)).toEqual(['M2', 'D3']);
  });
});

describe('incoming messages (rule M1)', () => {
  it('feeds what its sender signed, whoever relays it', () => {
    const { receive, fed } = setUp();
    receive(v3, prepareOf(v2));
    expect(fed).toMatchObject([{ type: 'message', from: v3, message: { vote: { sender: v2 } } }]);
  });

  it('drops a vote that another key signed', () => {
    const { receive, fed, logged } = setUp();
    const message = prepareOf(v2) as ConsensusMessage & { kind: 'prepare' };
    receive(v2, { ...message, vote: { ...message.vote, sender: v3 } });
    expect(fed).toEqual([]);
    expect(logged).toMatchObject([{ code: 'message-dropped', facts: { rule: 'M1' } }]);
  });

  it('drops a sender that is no validator, and bytes that are no message', () => {
    const { receive, incoming, fed, logged } = setUp();
    receive(v2, prepareOf('stranger' as ValidatorId));
    incoming.consensus(v2, [new Uint8Array([0xff, 0x00])], undefined);
    expect(fed).toEqual([]);
    expect(logged).toHaveLength(2);
  });

  it('drops a PRE-PREPARE whose batch is not the one that it signs (rule M2)', () => {
    const { receive, fed, logged } = setUp();
    const batch = { time: startMs, proposer: v1, ids: [] };
    const vote = signed('pre-prepare', v1, batchDigest(batch));
    receive(v1, { kind: 'pre-prepare', vote, batch });
    expect(fed).toHaveLength(1);
    receive(v1, { kind: 'pre-prepare', vote, batch: { ...batch, time: startMs + 1 } });
    expect(fed).toHaveLength(1);
    expect(logged).toHaveLength(1);
  });

  it('charges a message for each signature in it that has to be verified, however many', () => {
    const { incoming, completeAll, fed, spentMs } = setUp();
    const { window } = document.parameters;
    const prepared = Array.from({ length: window }, (_, index) => {
      const votes = [v2, v3].map((sender) => signed('prepare', sender, content, 0, index + 1));
      return {
        ...preparedOf(votes),
        sequence: heightOf(index + 1),
        prePrepare: signed('pre-prepare', v1, content, 0, index + 1),
      };
    });
    const viewChanges = [v1, v2, v3].map((sender) => {
      const body = { height: heightOf(0), prepared };
      return {
        kind: 'view-change' as const,
        vote: signed('view-change', sender, viewChangeContent(body), 1, 0),
        body,
      };
    });
    const body = { viewChanges, prePrepares: [] };
    const message = encodeMessage({
      kind: 'new-view',
      vote: signed('new-view', v2, newViewContent(body), 1, 0),
      body,
    });
    incoming.consensus(v2, [message], undefined);
    completeAll();
    expect(fed).toHaveLength(1);
    // The outer one; three VIEW-CHANGEs; and each vote once, though three of them hold it.
    expect(spentMs()).toBeCloseTo(0.1 * (1 + 3 + 3 * window));
  });

  it('refuses nested votes of one signer twice in a place, however rightly signed', () => {
    const { receive, asked, fed } = setUp();
    const twice = preparedOf([signed('prepare', v2, content), signed('prepare', v2, content, 1)]);
    receive(v2, viewChangeOf({ height: heightOf(0), prepared: [twice] }));
    const ofPrimary = preparedOf([signed('prepare', v1, content), signed('prepare', v2, content)]);
    receive(v2, viewChangeOf({ height: heightOf(0), prepared: [ofPrimary] }));
    expect(fed).toEqual([]);
    // Only the outer ones were verified.
    expect(asked).toEqual(['verify 1', 'verify 1']);
  });

  it('does not take nested votes on trust', () => {
    const { receive, fed } = setUp();
    const good = preparedOf([signed('prepare', v2, content), signed('prepare', v3, content)]);
    const forged = { ...signed('prepare', v4, content), sender: v3 };
    receive(v2, viewChangeOf({ height: heightOf(0), prepared: [good] }));
    expect(fed).toHaveLength(1);
    const bad = preparedOf([signed('prepare', v2, content), forged]);
    receive(v2, viewChangeOf({ height: heightOf(0), prepared: [bad] }));
    expect(fed).toHaveLength(1);
  });

  it('refuses a nested certificate without a quorum of distinct seals', () => {
    const { receive, fed } = setUp();
    const carry = (certificate: Certificate): ConsensusMessage =>
      viewChangeOf({ height: heightOf(1), certificate, prepared: [] });
    receive(v2, carry(certificateOf([v1, v2, v3])));
    expect(fed).toHaveLength(1);
    receive(v2, carry(certificateOf([v1, v2])));
    receive(v2, carry(certificateOf([v1, v2, v2])));
    expect(fed).toHaveLength(1);
  });

  it('verifies a vote of a slot far below for nobody (rule M4)', () => {
    const { context, ...test } = createTestContext(v1);
    const lane = createVoteLane(test.ports.verifier, createSignatureCache(100));
    const incoming = createIncoming({ ...context, certifiedHeight: () => 100 as Height }, lane);
    incoming.consensus(v2, [encodeMessage(prepareOf(v2, 50))], undefined);
    expect(test.asked).toEqual([]);
    incoming.consensus(v2, [encodeMessage(prepareOf(v2, 99))], undefined);
    expect(test.asked).toEqual(['verify 1']);
  });

  it('holds a bounded number of unverified messages of one peer (rule M3)', () => {
    const { incoming, completeAll, fed } = setUp({ heldPerPeerMax: 2 });
    const votes = [1, 2, 3].map((sequence) => encodeMessage(prepareOf(v2, sequence)));
    incoming.consensus(v2, votes, undefined);
    incoming.consensus(v3, [encodeMessage(prepareOf(v3))], undefined);
    completeAll();
    expect(fed).toHaveLength(3);
  });

  it('holds few messages full of signatures, so that votes need not wait behind a flood of them', () => {
    const { incoming, completeAll, fed } = setUp({ heldNestedPerPeerMax: 2 });
    const body: ViewChangeBody = { height: heightOf(0), prepared: [] };
    const flood = [1, 2, 3].map((view) =>
      encodeMessage({
        kind: 'view-change',
        vote: signed('view-change', v2, viewChangeContent(body), view, 0),
        body,
      }),
    );
    incoming.consensus(v2, [...flood, encodeMessage(prepareOf(v2))], undefined);
    completeAll();
    expect(fed).toHaveLength(3);
    incoming.consensus(v2, flood.slice(2), undefined);
    completeAll();
    expect(fed).toHaveLength(4);
  });

  it('counts certificates among them', () => {
    const { incoming, completeAll, fed } = setUp({ heldPerPeerMax: 2 });
    for (const height of [1, 2, 3]) incoming.consensus(v2, [], certificateOf([v1, v2, v3], height));
    completeAll();
    expect(fed).toHaveLength(2);
    incoming.consensus(v2, [], certificateOf([v1, v2, v3], 3));
    completeAll();
    expect(fed).toHaveLength(3);
  });

  it('feeds a certificate once its seals verify', () => {
    const { incoming, completeAll, fed } = setUp();
    incoming.consensus(v2, [], certificateOf([v1, v2, v3]));
    completeAll();
    expect(fed).toMatchObject([{ type: 'certificate', certificate: { height: 1 } }]);
    const good = certificateOf([v1, v2, v3], 2);
    incoming.consensus(v2, [], {
      ...good,
      seals: [...good.seals.slice(0, 2), { ...good.seals[2]!, validator: v4 }],
    });
    completeAll();
    expect(fed).toHaveLength(1);
  });
});

describe('a message that is larger than anything known here', () => {
  const { batchLimit, window } = document.parameters;
  const proposal = (epoch: number): Uint8Array => {
    const batch = { time: startMs, proposer: v2, ids: fullLoad(2 * batchLimit) };
    const vote = { ...signed('pre-prepare', v2, batchDigest(batch)), epoch: epochOf(epoch) };
    return encodeMessage({ kind: 'pre-prepare', vote, batch });
  };
  const viewChange = (epoch: number): Uint8Array => {
    const prepared = Array.from({ length: 2 * window }, () => preparedOf([]));
    const vote = { ...signed('view-change', v2, content, 1, 0), epoch: epochOf(epoch) };
    return encodeMessage({ kind: 'view-change', vote, body: { height: heightOf(0), prepared } });
  };

  it.each([
    ['batch', proposal],
    ['VIEW-CHANGE', viewChange],
  ])('is an offence in a known epoch, and none in one that is to come: %s', (_, make) => {
    const { incoming, fed, logged, spent } = setUp();
    incoming.consensus(v2, [make(1), make(7)], undefined);
    incoming.newest(v2, { epoch: epochOf(7), messages: [make(7)] }, () => undefined);
    expect([fed, logged]).toEqual([[], []]);
    expect(spent).toEqual([v2, v2]);
    incoming.consensus(v2, [make(0)], undefined);
    expect(logged).toMatchObject([{ code: 'message-dropped', facts: { from: v2, rule: 'M2' } }]);
  });

  it('and names no epoch is one, too', () => {
    const { incoming, logged } = setUp();
    for (const bytes of [encode({ kind: 'commit' }), encode([]), new Uint8Array([0xff])])
      incoming.consensus(v2, [bytes], undefined);
    expect(logged.map(({ code }) => code)).toEqual(['message-dropped', 'message-dropped', 'message-dropped']);
  });
});

describe('own newest messages (rule D3)', () => {
  const answer = (messages: readonly Uint8Array[]) => ({ epoch: epochOf(0), messages });

  it('takes nothing as an answer', () => {
    const { incoming, fed } = setUp();
    let answers = 0;
    incoming.newest(v2, answer([]), () => {
      answers += 1;
    });
    expect(fed).toEqual([{ type: 'own-newest', from: v2, epoch: 0, messages: [] }]);
    expect(answers).toBe(1);
  });

  it('takes an answer with more messages than one peer may have waiting: a large window has as many', () => {
    const { incoming, fed, completeAll } = setUp({ heldPerPeerMax: 2 });
    const own = [1, 2, 3].map((sequence): ConsensusMessage => {
      const vote = signed('prepare', v1, zeroDigest, 0, sequence);
      return { kind: 'prepare', vote };
    });
    incoming.newest(v2, answer(own.map(encodeMessage)), () => undefined);
    completeAll();
    expect(fed).toEqual([{ type: 'own-newest', from: v2, epoch: 0, messages: own }]);
  });

  it('takes no answer that holds a message which is not ours', () => {
    const { incoming, fed, completeAll } = setUp();
    const answered = (): void => {
      throw new Error('this is no answer');
    };
    incoming.newest(v2, answer([encodeMessage(prepareOf(v1)), encodeMessage(prepareOf(v2))]), answered);
    const message = prepareOf(v2) as ConsensusMessage & { kind: 'prepare' };
    const forged = { ...message, vote: { ...message.vote, sender: v1 } };
    incoming.newest(v2, answer([encodeMessage(forged)]), answered);
    completeAll();
    expect(fed).toEqual([]);
  });
});

describe('messages of other epochs (rules E1, E2, M3)', () => {
  const lastHeight = heightOf(9);
  /** Epoch 1 from height 10 on, with this key for v2. */
  const scheduled = (current: Membership, key: string): Membership => ({
    ...current,
    epoch: epochOf(1),
    firstHeight: heightOf(10),
    validators: current.validators.map((one) => (one.id === v2 ? { ...one, consensusKey: keyOf(key) } : one)),
  });
  function voteIn(epoch: number, sequence: number, key: string = v2): ConsensusMessage {
    const vote: Vote = {
      kind: 'prepare',
      epoch: epochOf(epoch),
      view: viewOf(0),
      sequence: heightOf(sequence),
      content,
      sender: v2,
    };
    const signature = signatureOf(keyOf(key), voteSigningBytes(genesis.network, vote));
    return { kind: 'prepare', vote: { ...vote, signature } };
  }

  it('of the scheduled one reach consensus if they lie within what it holds, by the keys of that epoch', () => {
    const { context, fed, receive } = setUp();
    const { epochs } = context;
    receive(v2, voteIn(1, 10, 'new'));
    epochs.boundary({ kind: 'within', lastHeight, scheduled: scheduled(epochs.current(), 'new') });
    const { window } = parametersOf(context);
    for (const sequence of [9, 10, 10 + 2 * window]) receive(v2, voteIn(1, sequence, 'new'));
    receive(v2, voteIn(1, 11, v2));
    receive(v2, voteIn(2, 10, 'new'));
    expect(fed).toMatchObject([{ type: 'message', message: { vote: { epoch: 1, sequence: 10 } } }]);
  });

  it('that another schedule would prove are no offence: ours may be withdrawn where they come from', () => {
    const { context, fed, receive, incoming, completeAll, logged } = setUp();
    const { epochs } = context;
    epochs.boundary({ kind: 'within', lastHeight, scheduled: scheduled(epochs.current(), 'new') });
    receive(v2, voteIn(1, 11, 'newer'));
    const block = zeroDigest as BlockHash;
    const stranger = { validator: 'v9' as ValidatorId, signature: new Uint8Array(64) as Signature };
    const certificate = { epoch: epochOf(1), height: heightOf(10), block, seals: [stranger] };
    incoming.consensus(v2, [], certificate);
    completeAll();
    expect(fed).toEqual([]);
    expect(logged).toEqual([]);
    incoming.consensus(v2, [], { ...certificate, epoch: epochOf(0) });
    expect(logged).toMatchObject([{ code: 'message-dropped', facts: { from: v2, rule: 'N7' } }]);
  });

  it('do not, if the schedule they were verified with is replaced while they wait for the verifier', () => {
    const { context, fed, incoming, complete, completeAll, logged } = setUp();
    const { epochs } = context;
    const current = epochs.current();
    epochs.boundary({ kind: 'within', lastHeight, scheduled: scheduled(current, 'first') });
    incoming.consensus(v2, [encodeMessage(voteIn(1, 10, 'first'))], undefined);
    epochs.boundary({ kind: 'within' });
    epochs.boundary({ kind: 'within', lastHeight, scheduled: scheduled(current, 'second') });
    expect(complete()).toBe(true);
    completeAll();
    expect(fed).toEqual([]);
    incoming.consensus(v2, [encodeMessage(voteIn(1, 10, 'second'))], undefined);
    completeAll();
    expect(fed).toHaveLength(1);
    incoming.consensus(v2, [encodeMessage(voteIn(1, 10, 'first'))], undefined);
    completeAll();
    expect(fed).toHaveLength(1);
    expect(logged).toEqual([]);
  });

  it('of the one before are still verified, as evidence, and of older ones not', () => {
    const { context, fed, receive } = setUp();
    const { epochs } = context;
    epochs.boundary({ kind: 'handover', next: scheduled(epochs.current(), 'new') });
    epochs.enter(epochOf(1));
    receive(v2, voteIn(0, 9));
    receive(v2, voteIn(0, 8, 'new'));
    epochs.boundary({ kind: 'handover', next: { ...scheduled(epochs.current(), 'new'), epoch: epochOf(2) } });
    epochs.enter(epochOf(2));
    receive(v2, voteIn(0, 7));
    expect(fed).toMatchObject([{ message: { vote: { epoch: 0, sequence: 9 } } }]);
  });

  it('an answer about our own newest messages from another epoch is none, and no fault', () => {
    const { context, fed, incoming, completeAll, logged } = setUp();
    let answered = false;
    incoming.newest(v2, { epoch: epochOf(1), messages: [] }, () => {
      answered = true;
    });
    completeAll();
    expect([answered, fed, logged]).toEqual([false, [], []]);
    expect(context.epochs.current().epoch).toBe(0);
  });

  it('an answer that is still verified when another epoch begins is none in it: the peer is asked again', () => {
    const { context, fed, incoming, completeAll } = setUp();
    const { epochs } = context;
    let answered = false;
    incoming.newest(v2, { epoch: epochOf(0), messages: [encodeMessage(prepareOf(v1))] }, () => {
      answered = true;
    });
    epochs.boundary({ kind: 'handover', next: scheduled(epochs.current(), 'new') });
    epochs.enter(epochOf(1));
    completeAll();
    expect([answered, fed]).toEqual([false, []]);
  });

  it('an own message of the scheduled one counts in an answer: the peer holds it, and we do not', () => {
    const { context, fed, incoming, completeAll } = setUp();
    const { epochs } = context;
    epochs.boundary({ kind: 'within', lastHeight, scheduled: scheduled(epochs.current(), 'new') });
    const vote: Vote = { ...signed('prepare', v1, content, 0, 10), epoch: epochOf(1) };
    const signature = signatureOf(keyOf(v1), voteSigningBytes(genesis.network, vote));
    const own: ConsensusMessage = { kind: 'prepare', vote: { ...vote, signature } };
    incoming.newest(v2, { epoch: epochOf(0), messages: [encodeMessage(own)] }, () => undefined);
    completeAll();
    expect(fed).toEqual([{ type: 'own-newest', from: v2, epoch: 0, messages: [own] }]);
  });
});

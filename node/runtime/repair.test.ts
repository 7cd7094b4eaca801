import { describe, expect, it } from 'vitest';
import { fromHex } from '../../shared/codec/hex.ts';
import {
  decodeEnvelope,
  decodeHeader,
  decodeOutcome,
  encodeEvents,
  encodeHeader,
  headerHash,
  validatorSetDigest,
} from '../../shared/codec/ledger.ts';
import { sealSigningBytes } from '../../shared/codec/messages.ts';
import {
  type BlockHash,
  epochOf,
  type Height,
  heightOf,
  type ValidatorId,
} from '../../shared/types/brands.ts';
import type { Certificate, Header, LedgerEvent, ValidatorSet } from '../../shared/types/ledger.ts';
import { evolve } from '../ledger/modules/all.ts';
import { keyRegistered, keyRetired } from '../ledger/modules/keys.ts';
import { createOverlay } from '../ledger/overlay.ts';
import { executeBatch } from './execute-batch.ts';
import { createConduct } from './peer-conduct.ts';
import type { DecidedBlock, Neighbours, ProvenBlock, RepairPort } from './ports.ts';
import { createRepair } from './repair.ts';
import { createSignatureCache } from './signatures.ts';
import {
  createTestContext,
  createTestPorts,
  document,
  genesis,
  ids,
  keyOf,
  signatureOf,
  startMs,
  transactionOf,
} from './test-support.ts';
import { createVoteLane } from './verification.ts';

const [v1, v2, v3, v4] = ids as readonly [ValidatorId, ValidatorId, ValidatorId, ValidatorId];
const height = heightOf(1);

/** Three transactions of which the first stands in the batch twice, and one of nobody that is known. */
function decidedBlock(action = 'streams.append'): DecidedBlock {
  const { state } = createTestPorts(v2).ports;
  const ofStranger = transactionOf({ sender: 'stranger', signer: 'stranger', action });
  const ran = [transactionOf(), transactionOf(), ofStranger];
  const transactions = [...ran, ran[0]!];
  const batch = { time: startMs, proposer: v2, ids: transactions.map(({ id }) => id) };
  const parent = { height: heightOf(0), hash: genesis.hash, time: genesis.header.time };
  const block = executeBatch({ genesis, state }, parent, batch, transactions);
  return {
    header: block.headerBytes,
    certificate: certificateOf(block.hash),
    batch,
    envelopes: transactions.map(({ envelope }) => envelope),
    ran: block.ran.map(({ outcomeBytes, eventsBytes }) => ({ outcome: outcomeBytes, events: eventsBytes })),
  };
}

function certificateOf(block: Certificate['block'], signer = keyOf): Certificate {
  const seal = { epoch: epochOf(0), height, block };
  const bytes = sealSigningBytes(genesis.network, seal);
  const seals = ids
    .slice(0, 3)
    .map((validator) => ({ validator, signature: signatureOf(signer(validator), bytes) }));
  return { ...seal, seals };
}

function setUp(
  open: readonly ValidatorId[] = ids,
  since: readonly LedgerEvent[] = [],
  beside: Neighbours = {},
) {
  const test = createTestContext(v1, open);
  const state = createOverlay(test.ports.state);
  for (const event of since) evolve(state, event);
  const damaged = new Set<Height>([height]);
  const replaced: ProvenBlock[] = [];
  const inspected: number[] = [];
  let failure: string | undefined;
  let tell: Parameters<RepairPort['watch']>[0] = () => {};
  const port: RepairPort = {
    damaged: () => [...damaged],
    beside: () => beside,
    watch: (found) => {
      tell = found;
      for (const one of damaged) found(one, { table: 'entries' });
    },
    inspect: (from) => {
      inspected.push(from);
      return from < 5 ? heightOf(from + 2) : undefined;
    },
    decided: () => undefined,
    handOvers: () => [],
    replace: (block) => {
      if (failure === undefined) {
        replaced.push(block);
        damaged.delete(block.height);
      }
      return failure;
    },
  };
  const lane = createVoteLane(test.ports.verifier, createSignatureCache(100));
  const conduct = createConduct(test.context);
  const repair = createRepair(test.context, { port, lane, conduct, state });
  const asked = (): readonly unknown[] =>
    test.sent.flatMap(({ to, message }) => (message.type === 'get-decided' ? [to] : []));
  /** Whoever is asked now answers so. */
  const answer = (block: DecidedBlock | undefined): void => {
    repair.arrived(asked().at(-1) as ValidatorId, height, block);
    test.completeAll();
  };
  const codes = (): readonly string[] => test.logged.map(({ code }) => code);
  return {
    ...test,
    repair,
    replaced,
    inspected,
    damaged,
    conduct,
    asked,
    answer,
    codes,
    found: (at: Height) => {
      damaged.add(at);
      tell(at, { table: 'blocks' });
    },
    failWith: (reason: string | undefined) => {
      failure = reason;
    },
  };
}

const block = decidedBlock();

/** The block with another header, sealed anew. */
function resealed(change: Partial<Header>): DecidedBlock {
  const header = encodeHeader({ ...decodeHeader(block.header), ...change });
  return { ...block, header, certificate: certificateOf(headerHash(header)) };
}
const blockOfEpoch = (epoch: number): DecidedBlock => {
  const known = resealed({ epoch: epochOf(epoch), nextEpoch: epochOf(epoch) });
  return { ...known, certificate: { ...known.certificate, epoch: epochOf(epoch) } };
};
const handingOverTo = (nextValidators: ValidatorSet): DecidedBlock => ({
  ...resealed({ nextEpoch: epochOf(1), nextValidators: validatorSetDigest(nextValidators) }),
  nextValidators,
});

describe('a damaged block', () => {
  it('is fetched from a peer, proven and replaced, and said in the log', () => {
    const { repair, advance, answer, asked, replaced, logged, codes } = setUp();
    repair.start();
    advance(0);
    expect(asked()).toHaveLength(1);
    answer(block);
    expect(replaced).toHaveLength(1);
    const [proven] = replaced;
    expect(proven).toMatchObject({ height, hash: block.certificate.block, failed: 1 });
    expect(proven!.ran.map(({ place }) => place)).toEqual([0, 1, 2]);
    expect(proven!.ran.map(({ sender }) => sender)).toEqual([
      expect.any(String),
      expect.any(String),
      undefined,
    ]);
    expect(codes()).toEqual(['data-damaged', 'data-repaired']);
    expect(logged[1]!.facts).toMatchObject({ height, transactions: 3, from: asked()[0] });
    expect(repair.figures()).toEqual({ damaged: [], repaired: 1 });
  });

  it('names the sender also when its key was replaced since', () => {
    const key = keyOf('second');
    const { repair, advance, answer, replaced } = setUp(ids, [
      { type: 'identities.key-replaced', data: { identity: 'client', key: fromHex(key) } },
      keyRetired(keyOf('client'), 7),
      keyRegistered({ key, kind: 'identity', owner: 'client', member: 'm' }, 7),
    ]);
    repair.start();
    advance(0);
    answer(block);
    expect(replaced[0]!.ran.map(({ sender }) => sender)).toEqual(['client', 'client', undefined]);
  });

  it.each([7, 1])('names none whose key became somebody’s later: at height %i, behind it', (since) => {
    const key = keyOf('stranger');
    const late = decidedBlock('validator.ready');
    expect(late.ran.map(({ outcome }) => decodeOutcome(outcome))[2]).toMatchObject({
      rejection: { code: 'not-a-validator' },
    });
    const { repair, advance, answer, replaced } = setUp(ids, [
      { type: 'identities.key-replaced', data: { identity: 'client', key: fromHex(key) } },
      keyRetired(keyOf('client'), since),
      keyRegistered({ key, kind: 'identity', owner: 'client', member: 'm' }, since),
    ]);
    repair.start();
    advance(0);
    answer(late);
    expect(replaced[0]!.ran.map(({ sender }) => sender)).toEqual(['client', 'client', undefined]);
  });

  it.each<[place: string, beside: Neighbours, detail: string]>([
    ['follows', { below: 'ab'.repeat(32) as BlockHash }, 'follows the one below'],
    ['is followed by', { parentAbove: 'ab'.repeat(32) as BlockHash }, 'the one above follows'],
  ])(
    'is none that %s another block than the intact ones beside it say, whoever sealed it',
    (_, beside, detail) => {
      const { repair, advance, answer, asked, replaced, conduct } = setUp(ids, [], beside);
      repair.start();
      advance(0);
      answer(block);
      expect(replaced).toEqual([]);
      expect(conduct.views()).toMatchObject([{ peer: asked()[0], detail: expect.stringContaining(detail) }]);
    },
  );

  it('is replaced where it is the one that the blocks beside it name', () => {
    const { hash, header } = { hash: block.certificate.block, header: decodeHeader(block.header) };
    const { repair, advance, answer, replaced } = setUp(ids, [], { below: header.parent, parentAbove: hash });
    repair.start();
    advance(0);
    answer(block);
    expect(replaced).toHaveLength(1);
  });

  const other = decodeEnvelope(transactionOf().envelope);
  const changedHeader = (change: Partial<ReturnType<typeof decodeHeader>>): DecidedBlock => {
    const header = encodeHeader({ ...decodeHeader(block.header), ...change });
    return { ...block, header, certificate: certificateOf(headerHash(header), () => keyOf('liar')) };
  };
  const firstRan = (change: Partial<DecidedBlock['ran'][number]>): DecidedBlock => ({
    ...block,
    ran: [{ ...block.ran[0]!, ...change }, ...block.ran.slice(1)],
  });
  it.each<[lie: string, answer: DecidedBlock, detail: string]>([
    [
      'another height',
      { ...block, certificate: { ...block.certificate, height: heightOf(2) } },
      'another height',
    ],
    [
      'another body',
      { ...block, envelopes: [other.envelope, ...block.envelopes.slice(1)] },
      'other transactions',
    ],
    ['an outcome less', { ...block, ran: block.ran.slice(1) }, 'other outcomes'],
    ['outcomes in another order', { ...block, ran: block.ran.toReversed() }, 'other outcomes'],
    ['an outcome that is none', firstRan({ outcome: new Uint8Array([1]) }), 'other outcomes'],
    ['other events', firstRan({ events: encodeEvents([]) }), 'other events'],
    ['few seals', withSeals(2), 'without a quorum'],
    ['a header of its own', changedHeader({ time: startMs + 1 }), 'a seal does not verify'],
  ])('is not replaced by a lie: %s; the liar is put aside and another asked', (_lie, lie, detail) => {
    const { repair, advance, answer, asked, replaced, conduct } = setUp();
    repair.start();
    advance(0);
    answer(lie);
    const [liar, next] = asked();
    expect(conduct.views()).toMatchObject([
      { peer: liar, reason: 'junk', detail: expect.stringContaining(detail) },
    ]);
    expect(replaced).toEqual([]);
    expect(next).not.toBe(liar);
    answer(block);
    expect(replaced).toHaveLength(1);
  });

  function withSeals(count: number): DecidedBlock {
    const { seals } = block.certificate;
    return { ...block, certificate: { ...block.certificate, seals: seals.slice(0, count) } };
  }

  it('is asked of every peer, blames none that does not have it, and is tried again after a rest', () => {
    const { repair, advance, answer, asked, conduct, context, replaced } = setUp();
    repair.start();
    advance(0);
    for (let count = 0; count < 3; count += 1) answer(undefined);
    expect(new Set(asked())).toEqual(new Set([v2, v3, v4]));
    expect(asked()).toHaveLength(3);
    expect(conduct.views()).toEqual([]);
    expect(repair.figures().damaged).toEqual([height]);
    advance(context.tuning.repairRestMs);
    expect(asked()).toHaveLength(4);
    answer(block);
    expect(replaced).toHaveLength(1);
  });

  it('of an epoch that nobody here knows yet is asked again later, and who gave it is not blamed', () => {
    const { repair, advance, answer, conduct, asked, codes } = setUp();
    repair.start();
    advance(0);
    answer(blockOfEpoch(1));
    expect(asked()).toHaveLength(2);
    expect([conduct.views(), codes()]).toEqual([[], ['data-damaged']]);
  });

  it('that hands over leads on to the blocks of the next epoch', () => {
    const { repair, advance, answer, replaced, context } = setUp();
    const nextValidators = document.validators.slice(1);
    repair.start();
    advance(0);
    expect(context.trail.setOf(epochOf(1))).toBeUndefined();
    answer(handingOverTo(nextValidators));
    expect(replaced).toHaveLength(1);
    expect([...context.trail.setOf(epochOf(1))!.keys.keys()]).toEqual(nextValidators.map(({ id }) => id));
  });

  it('is asked of the next when one stalls or goes, and of nobody while no peer is linked', () => {
    const stalling = setUp();
    stalling.repair.start();
    stalling.advance(stalling.context.tuning.rangeTimeoutMs);
    expect(stalling.asked()).toHaveLength(2);
    expect(stalling.conduct.views()).toMatchObject([{ reason: 'stalled' }]);
    stalling.repair.closed(stalling.asked()[1] as ValidatorId);
    expect(new Set(stalling.asked()).size).toBe(3);

    const lonely = setUp([v1]);
    lonely.repair.start();
    lonely.advance(0);
    expect(lonely.asked()).toEqual([]);
    expect(lonely.repair.figures()).toEqual({ damaged: [height], repaired: 0 });
  });

  it('that cannot be written stays named and is tried again', () => {
    const { repair, advance, answer, codes, asked, context, failWith } = setUp();
    failWith('malformed');
    repair.start();
    advance(0);
    answer(block);
    expect(codes()).toContain('repair-failed');
    expect(repair.figures()).toEqual({ damaged: [height], repaired: 0 });
    failWith(undefined);
    advance(context.tuning.repairRestMs);
    expect(asked()).toHaveLength(2);
    answer(block);
    expect(repair.figures()).toEqual({ damaged: [], repaired: 1 });
  });

  it('is not taken from who was not asked, nor after the end', () => {
    const { repair, advance, replaced, completeAll, asked } = setUp();
    repair.arrived(v2, height, block);
    repair.start();
    advance(0);
    const [peer] = asked() as ValidatorId[];
    repair.arrived(ids.find((id) => id !== peer && id !== v1)!, height, block);
    repair.arrived(peer!, heightOf(2), block);
    completeAll();
    expect(replaced).toEqual([]);
    repair.arrived(peer!, height, block);
    repair.stop();
    completeAll();
    expect(replaced).toEqual([]);
  });
});

it('stored blocks are read from the first to the last, with a pause between, and again after a rest', () => {
  const { repair, advance, inspected, context } = setUp();
  const { inspectPauseMs, inspectAgainMs } = context.tuning;
  repair.start();
  expect(inspected).toEqual([1]);
  advance(2 * inspectPauseMs);
  expect(inspected).toEqual([1, 3, 5]);
  advance(inspectAgainMs - inspectPauseMs);
  expect(inspected).toEqual([1, 3, 5]);
  advance(inspectPauseMs);
  expect(inspected).toEqual([1, 3, 5, 1]);
});

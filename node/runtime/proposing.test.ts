import { describe, expect, it } from 'vitest';
import {
  type BatchDigest,
  type Height,
  heightOf,
  type ValidatorId,
  type View,
  viewOf,
} from '../../shared/types/brands.ts';
import { createTransactionChecks } from './admission.ts';
import { createBatches } from './batches.ts';
import { createPayloads } from './payloads.ts';
import { createConduct } from './peer-conduct.ts';
import { createProposing } from './proposing.ts';
import {
  createTestContext,
  genesis,
  ids,
  noArrivals,
  startMs,
  transactionOf,
  withParameters,
} from './test-support.ts';
import { createTransactionLane } from './verification.ts';
import { createWaitingRoom } from './waiting-room.ts';

const v1 = ids[0] as ValidatorId;

function setUp(tuning: { readonly batchDelayMs?: number; readonly pipelineDepth?: number } = {}) {
  const test = createTestContext(v1);
  const context = {
    ...withParameters(test.context, { batchLimit: 3 }),
    tuning: { ...test.context.tuning, ...tuning },
  };
  const room = createWaitingRoom(context, genesis.header.time);
  const checks = createTransactionChecks(context, createTransactionLane(test.ports.verifier, 100));
  const payloads = createPayloads(context, createConduct(context), {
    isProposed: () => false,
    changed: () => undefined,
  });
  const batches = createBatches(context, room, checks, noArrivals, payloads);
  const world: {
    sequence: Height | undefined;
    wantsEmpty: boolean;
    view: View;
    inFlight: BatchDigest[];
  } = {
    sequence: heightOf(1),
    wantsEmpty: false,
    view: viewOf(0),
    inFlight: [],
  };
  const sources = {
    wanted: () => world.sequence,
    wantsEmpty: () => world.wantsEmpty,
    view: () => world.view,
    inFlight: () => world.inFlight,
  };
  const proposing = createProposing(context, room, batches, sources, payloads);
  const proposals = () => test.fed.flatMap((input) => (input.type === 'propose' ? [input] : []));
  function wait(count: number): void {
    const transactions = Array.from({ length: count }, () => transactionOf());
    room.add(transactions, { kind: 'accepted' });
  }
  /** Consensus took the last proposal: the next sequence is wanted. */
  function next(): void {
    world.sequence = heightOf((world.sequence ?? 0) + 1);
  }
  return { ...test, context, room, proposing, proposals, wait, next, world };
}

describe('proposing', () => {
  it('proposes at once on an idle network, in its own name and by its own clock', () => {
    const { proposing, proposals, wait } = setUp();
    wait(2);
    proposing.consider();
    expect(proposals()).toMatchObject([{ batch: { proposer: v1, time: startMs } }]);
    expect(proposals()[0]!.batch.ids).toHaveLength(2);
  });

  it('proposes nothing if nothing waits, or if no proposal is welcome', () => {
    const { proposing, proposals, wait, world } = setUp();
    proposing.consider();
    wait(1);
    world.sequence = undefined;
    proposing.consider();
    expect(proposals()).toEqual([]);
  });

  it('proposes nothing twice in a view, and everything again in the next', () => {
    const { proposing, proposals, wait, next, world, advance } = setUp();
    wait(1);
    proposing.consider();
    next();
    advance(1_000);
    proposing.consider();
    expect(proposals()).toHaveLength(1);
    world.view = viewOf(1);
    world.sequence = heightOf(1);
    proposing.consider();
    expect(proposals()).toHaveLength(2);
  });

  it('proposes an empty batch where an activation waits for blocks and nothing else does (rules F2, E3)', () => {
    const { proposing, proposals, wait, world } = setUp();
    world.wantsEmpty = true;
    proposing.consider();
    expect(proposals()).toMatchObject([{ batch: { ids: [] } }]);
    wait(1);
    proposing.consider();
    expect(proposals()[1]!.batch.ids).toHaveLength(1);
    world.wantsEmpty = false;
    proposing.consider();
    expect(proposals()).toHaveLength(2);
  });

  it('leaves out what a new view proposes again', () => {
    const { proposing, proposals, wait, next, world, advance } = setUp();
    wait(1);
    proposing.consider();
    world.view = viewOf(1);
    world.inFlight = [proposals()[0]!.digest];
    next();
    advance(1_000);
    proposing.consider();
    expect(proposals()).toHaveLength(1);
  });

  it('waits for company while a batch is uncertified', () => {
    const { proposing, proposals, wait, next, advance, context } = setUp();
    wait(1);
    proposing.consider();
    next();
    wait(1);
    proposing.consider();
    expect(proposals()).toHaveLength(1);
    advance(context.tuning.batchDelayMs);
    proposing.consider();
    expect(proposals()).toHaveLength(2);
  });

  it('proposes only full batches beyond the depth of the pipeline', () => {
    const { proposing, proposals, wait, world, advance } = setUp({ pipelineDepth: 2 });
    world.sequence = heightOf(3);
    advance(1_000);
    wait(2);
    proposing.consider();
    expect(proposals()).toEqual([]);
    wait(2);
    proposing.consider();
    expect(proposals()).toHaveLength(1);
    expect(proposals()[0]!.batch.ids).toHaveLength(3);
  });

  it('proposes one empty batch if something is expired by the clock alone (rule F2)', () => {
    const { proposing, proposals, room, advance } = setUp();
    room.add([transactionOf({ expiresAt: startMs + 1_000 })], { kind: 'accepted' });
    advance(3_000);
    proposing.consider();
    expect(proposals()).toEqual([]);
    proposing.considerExpired();
    proposing.consider();
    expect(proposals()).toMatchObject([{ batch: { ids: [], time: startMs + 3_000 } }]);
    proposing.consider();
    expect(proposals()).toHaveLength(1);
  });
});

/** Chains of several epochs: what others verify, what a snapshot goes on from, and what folding its events yields. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromHex } from '../../shared/codec/hex.ts';
import { decodeEvents, encodeEvents } from '../../shared/codec/ledger.ts';
import { verifyEpochs } from '../../shared/protocol/verify-epochs.ts';
import type { EpochLink, GenesisValidator, Transaction } from '../../shared/types/ledger.ts';
import {
  add,
  type Consortium,
  certificateOf,
  consortiumDocument,
  createConsortium,
  incarnationOf,
  newKey,
  newStore,
  refusals,
  remove,
  steps,
} from './epoch-test-support.ts';
import { executeBlock } from './execute.ts';
import { foldBlock } from './fold.ts';
import { pendingActivation } from './modules/activation-records.ts';
import { subjectsOf } from './modules/changes.ts';
import { readMembership } from './modules/epochs.ts';
import { nextMembership } from './modules/readiness.ts';
import { verifySignature } from './modules/test-support.ts';
import { createChain, keyOf, startTime } from './test-support.ts';
import type { ExecutedBlock } from './types.ts';

/** A validator joins, one leaves, one gets a key, one by itself, and the window changes: epochs 1 to 5. */
function fiveEpochs(): { readonly net: Consortium; readonly links: readonly EpochLink[] } {
  const net = createConsortium(consortiumDocument(4));
  const { network } = net.genesis;
  const links: EpochLink[] = [];
  let sealing: readonly GenesisValidator[] = readMembership(net.view).validators;
  const change = (...blocks: readonly (() => readonly Transaction[])[]): void => {
    for (const transactions of blocks) expect(refusals(net.block(transactions()))).toEqual([]);
    net.upTo(net.height() + 3);
    const last = net.blocks.at(-1)!;
    expect(steps(last)).toEqual(['activation.activated', 'epochs.opened']);
    const next = readMembership(net.view).validators;
    const nextValidators = next.map(({ id, member, consensusKey }) => ({ id, member, consensusKey }));
    links.push({ header: last.headerBytes, certificate: certificateOf(last, sealing), nextValidators });
    sealing = next;
  };
  change(
    () => [net.decide([add(network, 'v5')])],
    () => [net.ready('v5 consensus', 'v5')],
    () => ['v1', 'v2', 'v3'].map((by) => net.attest(by, 'v5')),
  );
  change(() => [net.decide([remove('v1')])]);
  change(
    () => [net.decide([newKey(network, 'v2', 'v2 next')])],
    () => [net.ready('v2 next', 'v2')],
  );
  change(
    () => [net.rotate('v3', 'v3 consensus', 'v3 next')],
    () => [net.ready('v3 next', 'v3')],
  );
  change(() => [net.decide([{ kind: 'parameters.set', args: { set: { window: 5 } } }])]);
  return { net, links };
}

describe('five epochs', () => {
  const genesisOf = ({ genesis }: Consortium) => ({
    header: genesis.headerBytes,
    validators: genesis.validators,
  });
  const verify = async (...[key, message, signature]: Parameters<typeof verifySignature>) =>
    verifySignature(key, message, signature);

  test('verify from genesis, each by the set that the one before named', async () => {
    const { net, links } = fiveEpochs();
    const result = await verifyEpochs(genesisOf(net), links, net.genesis.network, verify);
    expect(result.check).toMatchObject({ ok: true });
    expect(result.ok && result.chain.trusted).toMatchObject({ epoch: 5 });
    expect(result.ok && result.chain.sealsAbove).toBe(net.height());
  });

  test('do not verify without one, or with a set that was only scheduled', async () => {
    const { net, links } = fiveEpochs();
    const without = links.filter((_, index) => index !== 2);
    const verified = await verifyEpochs(genesisOf(net), without, net.genesis.network, verify);
    expect(verified.ok).toBe(false);
    const forged = links.map((link, index) =>
      index === 1 ? { ...link, nextValidators: links[0]!.nextValidators } : link,
    );
    expect((await verifyEpochs(genesisOf(net), forged, net.genesis.network, verify)).ok).toBe(false);
  });
});

test('a withdrawn schedule names no set in the header of a − 1', async () => {
  const net = createConsortium(consortiumDocument(5));
  net.block([net.decide([remove('v5')])]);
  net.upTo(3);
  const last = net.block([net.send('m1.admin', 'activation.withdraw', { activation: 0, reason: 'no' })]);
  expect(last.header.nextValidators).toBe(last.header.validators);
  expect(net.block().header.validators).toBe(last.header.validators);
});

test('null batches lead into the next epoch, too', () => {
  const net = createConsortium(consortiumDocument(5));
  net.block([net.decide([remove('v5')])]);
  for (let height = 2; height <= 4; height += 1) {
    const input = net.input([], 0);
    const block = executeBlock({ ...input, batch: { time: 0, proposer: '', ids: [] } });
    net.apply(block);
    expect(block.boundary.kind).toBe(height === 4 ? 'handover' : 'within');
  }
  expect(readMembership(net.view).epoch).toBe(1);
});

describe('a snapshot between arming and activation', () => {
  test.each([1, 2, 3, 4])('taken at height %i goes on with equal blocks', (taken) => {
    const document = consortiumDocument(5);
    const net = createConsortium(document);
    net.block([net.decide([remove('v5')])]);
    net.upTo(taken);
    const joiner = createChain(document);
    // All that a snapshot holds: what has a leaf, and what a leaf binds.
    joiner.state.clear();
    for (const [key, value] of net.state) joiner.state.set(key, value);
    joiner.nodes.clear();
    for (const [path, node] of net.nodes) joiner.nodes.set(path, node);
    for (let height = taken + 1; height <= 7; height += 1) {
      const input = { ...net.input([], startTime + height), verifySignature };
      const joined = executeBlock({ ...input, state: joiner.view, tree: joiner.tree });
      const block = executeBlock(input);
      expect(joined.hash).toBe(block.hash);
      expect(joined.boundary).toEqual(block.boundary);
      net.apply(block);
      joiner.apply(joined);
    }
    expect(readMembership(joiner.view)).toMatchObject({ epoch: 1, firstHeight: 5 });
  });
});

describe('whatever is sent in whatever order', () => {
  /** Steps of a story, few names, so that they meet: valid ones, early, late and refused ones. */
  const kinds = [
    'rotate-v1',
    'rotate-v2',
    'ready',
    'ready',
    'ready-v1',
    'attest',
    'attest',
    'add',
    'remove',
    'store',
    'window',
    'withdraw',
    'withdraw-other',
    'window',
    'remove',
  ] as const;
  type Kind = (typeof kinds)[number];
  const story = fc.array(
    fc.record({
      sent: fc.array(fc.constantFrom<Kind>(...kinds), { maxLength: 5 }),
      laterMs: fc.constantFrom(1, 1_000, 20_000),
      /** Blocks after it that nobody sends anything for: more than the window lets an epoch begin. */
      idle: fc.constantFrom(0, 0, 0, 5),
    }),
    { minLength: 1, maxLength: 10 },
  );
  const deadlineMs = 30_000;

  function transactionsOf(
    net: Consortium,
    generation: number,
    sent: readonly Kind[],
  ): readonly Transaction[] {
    return sent.flatMap((kind, index) => made(net, kind, generation, index));
  }

  /** What this kind of step sends, as state stands before the block. */
  function made(net: Consortium, kind: Kind, generation: number, index: number): readonly Transaction[] {
    const pending = pendingActivation(net.view);
    const keyNow = (id: string): string => {
      const validator = readMembership(net.view).validators.find((one) => one.id === id);
      return names.get(validator?.consensusKey ?? '') ?? `${id} consensus`;
    };
    const withdrawal = { activation: pending?.number ?? 0, reason: 'no' };
    switch (kind) {
      case 'rotate-v1':
      case 'rotate-v2': {
        const id = kind.slice(7);
        const name = `${id} key ${generation}.${index}`;
        names.set(keyOf(name), name);
        return [net.rotate(id, keyNow(id), name, { deadlineMs })];
      }
      case 'ready-v1':
        return [net.ready(keyNow('v1'), 'v1')];
      case 'ready': {
        const id = pending === undefined ? undefined : subjectsOf(pending.changes)[0];
        if (pending === undefined || id === undefined) return [];
        const next = nextMembership(readMembership(net.view), pending);
        const validator = next.validators.find((one) => one.id === id);
        const name = names.get(validator?.consensusKey ?? '') ?? `${id} consensus`;
        const incarnation = fromHex(validator?.incarnation ?? incarnationOf(id, 1));
        return [net.ready(name, id, { incarnation })];
      }
      case 'attest': {
        const id = subjectsOf(pending?.changes ?? [])[0] ?? 'v6';
        return readMembership(net.view).validators.map((by) =>
          net.send(keyNow(by.id), 'validator.attest', {
            activation: pending?.number ?? 0,
            subject: id,
            ready: net.readyNow(id),
          }),
        );
      }
      case 'add':
        return [net.decide([add(net.genesis.network, 'v6')])];
      case 'remove':
        return [net.decide([remove('v4')], 'm2.admin')];
      case 'store':
        return [net.decide([newStore('v3', 2 + generation)], 'm3.admin')];
      case 'window':
        return [net.decide([{ kind: 'parameters.set', args: { set: { window: 2 + (generation % 3) } } }])];
      case 'withdraw':
        return [net.send('m1.admin', 'activation.withdraw', withdrawal)];
      case 'withdraw-other':
        return [net.send('m2.admin', 'activation.withdraw', withdrawal)];
    }
  }
  /** By key. */
  const names = new Map<string, string>();

  /** Runs a story and calls back after each block. */
  function tell(steps_: ReturnType<typeof generated>, each: (net: Consortium, block: ExecutedBlock) => void) {
    const net = createConsortium(consortiumDocument(5));
    for (const [generation, { sent, laterMs, idle }] of steps_.entries()) {
      each(net, net.block(transactionsOf(net, generation, sent), laterMs));
      for (let empty = 0; empty < idle; empty += 1) each(net, net.block());
    }
  }
  const generated = (
    value: readonly { readonly sent: readonly Kind[]; readonly laterMs: number; readonly idle: number }[],
  ) => value;

  test('folding the stored events yields the changes, the root and the boundary of execution', () => {
    fc.assert(
      fc.property(story, (value) => {
        const folded = createChain(consortiumDocument(5));
        tell(value, (_net, block) => {
          const result = foldBlock({
            state: folded.view,
            tree: folded.tree,
            height: block.height,
            time: block.header.time,
            ran: block.ran.map(({ transaction, events }) => ({
              transaction,
              events: decodeEvents(encodeEvents(events)),
            })),
          });
          expect(result.stateRoot).toBe(block.header.state);
          expect(result.changes).toEqual(block.changes);
          expect(result.opening).toEqual(block.opening);
          expect(result.closing).toEqual(block.closing);
          expect(result.boundary).toEqual(block.boundary);
          folded.apply(block);
        });
      }),
      { numRuns: 25 },
    );
  }, 30_000);

  test('one activation at a time, `at` never moves, and an epoch ends where its header says so', () => {
    fc.assert(
      fc.property(story, (value) => {
        let scheduled: { readonly number: number; readonly at: number } | undefined;
        let epoch = 0;
        tell(value, (net, block) => {
          const pending = pendingActivation(net.view);
          if (scheduled !== undefined && pending?.number === scheduled.number)
            expect(pending.at).toBe(scheduled.at);
          const isLast = block.boundary.kind === 'handover';
          if (isLast) expect(scheduled?.at).toBe(block.height + 1);
          expect(block.header.epoch).toBe(epoch);
          expect(block.header.nextEpoch).toBe(isLast ? epoch + 1 : epoch);
          epoch = block.header.nextEpoch;
          expect(readMembership(net.view).epoch).toBe(epoch);
          if (pending?.at !== undefined && scheduled === undefined)
            expect(pending.at).toBeGreaterThan(block.height + 2);
          scheduled = pending?.at === undefined ? undefined : { number: pending.number, at: pending.at };
        });
      }),
      { numRuns: 25 },
    );
  }, 30_000);
});

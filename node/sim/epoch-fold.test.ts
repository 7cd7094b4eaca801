/** The simulator's own fold of epochs, beside real blocks and beside blocks that say something else (rules E1–E3). */
import { describe, expect, it } from 'vitest';
import { voteSigningBytes } from '../../shared/codec/messages.ts';
import { readSlot } from '../../shared/codec/signed-content.ts';
import {
  type Digest,
  epochOf,
  heightOf,
  type NetworkId,
  type ValidatorId,
  viewOf,
  zeroDigest,
} from '../../shared/types/brands.ts';
import {
  add,
  type Consortium,
  consortiumDocument,
  createConsortium,
  incarnationOf,
} from '../ledger/epoch-test-support.ts';
import { keyOf } from '../ledger/test-support.ts';
import type { ExecutedBlock } from '../ledger/types.ts';
import { createEpochFold, type EpochFold, primaryIn } from './epoch-fold.ts';
import type { Founding } from './founding.ts';
import { createEpochWatch } from './watches/epoch-watch.ts';

interface Setup {
  readonly ledger: Consortium;
  readonly fold: EpochFold;
  /** What the fold says of the blocks since the last call. */
  faults(): readonly (string | undefined)[];
}

function setUp(): Setup {
  const document = consortiumDocument(4);
  const ledger = createConsortium(document);
  const first = document.validators.map(({ id }) => id);
  const fold = createEpochFold({ document, first } as unknown as Founding);
  let seen = 0;
  const faults = (): readonly (string | undefined)[] => {
    const fresh = ledger.blocks.slice(seen);
    seen = ledger.blocks.length;
    return fresh.map(fold.appended);
  };
  return { ledger, fold, faults };
}

/** v5 joins: block 1 approves, 2 hears that it is ready, 3 that three reach it, which arms. */
function join({ ledger }: Setup): void {
  ledger.block([ledger.decide([add(ledger.genesis.network, 'v5')])]);
  ledger.block([ledger.ready('v5 consensus', 'v5')]);
  ledger.block(['v1', 'v2', 'v3'].map((by) => ledger.attest(by, 'v5')));
}

describe('the fold of epochs', () => {
  it('agrees with the ledger over a join and a rotation, and knows sets, keys and heights', () => {
    const setup = setUp();
    const { ledger, fold, faults } = setup;
    join(setup);
    expect(faults()).toEqual([undefined, undefined, undefined]);
    expect(fold.pending()).toEqual({ at: 7 });
    ledger.upTo(6);
    expect(faults().every((fault) => fault === undefined)).toBe(true);
    expect(fold.of(0)?.lastHeight).toBe(6);
    expect([...fold.current().validators.keys()]).toEqual(['v1', 'v2', 'v3', 'v4', 'v5']);
    expect(primaryIn(fold.current(), 0)).toBe('v2');
    ledger.block([ledger.rotate('v2', 'v2 consensus', 'v2 second')]);
    ledger.block([ledger.ready('v2 second', 'v2')]);
    ledger.upTo(11);
    expect(faults().every((fault) => fault === undefined)).toBe(true);
    expect(fold.current().epoch).toBe(2);
    expect(fold.current().validators.get('v2' as ValidatorId)?.consensusKey).toBe(keyOf('v2 second'));
  });

  /** The block that a mutated product would make, instead of the one at this place from the end. */
  function spoilt(setup: Setup, change: (block: ExecutedBlock) => ExecutedBlock): string | undefined {
    const { ledger, fold } = setup;
    const last = ledger.blocks.at(-1)!;
    for (const block of ledger.blocks.slice(0, -1)) expect(fold.appended(block)).toBeUndefined();
    return fold.appended(change(last));
  }

  it('finds a schedule that begins at another height', () => {
    const setup = setUp();
    join(setup);
    const said = spoilt(setup, (block) => ({
      ...block,
      closing: [{ type: 'activation.armed', data: { number: 0, height: 3, at: 6 } }],
    }));
    expect(said).toContain('schedules 6 instead of 7');
  });

  it('finds what is armed before it has shown up', () => {
    const setup = setUp();
    setup.ledger.block([setup.ledger.decide([add(setup.ledger.genesis.network, 'v5')])]);
    const said = spoilt(setup, (block) => ({
      ...block,
      closing: [{ type: 'activation.armed', data: { number: 0, height: 1, at: 5 } }],
    }));
    expect(said).toContain('arms what has not shown up: v5');
  });

  it('finds a header that hands over to another set, and an end that is missing', () => {
    const setup = setUp();
    join(setup);
    setup.ledger.upTo(6);
    const said = spoilt(setup, (block) => ({
      ...block,
      header: { ...block.header, nextValidators: zeroDigest },
    }));
    expect(said).toContain('hands over to another set');
    const other = setUp();
    join(other);
    other.ledger.upTo(6);
    expect(spoilt(other, (block) => ({ ...block, closing: [] }))).toContain('does not end epoch 0');
  });

  it('finds an activation that does not lapse, and one that changes too many', () => {
    const setup = setUp();
    const { ledger } = setup;
    ledger.block([ledger.decide([add(ledger.genesis.network, 'v5', { deadlineMs: 1_000 })])]);
    ledger.block([], 2_000);
    expect(spoilt(setup, (block) => ({ ...block, opening: [] }))).toContain(
      'does not let activation 0 lapse',
    );
    const greedy = setUp();
    greedy.ledger.block();
    const remove = (id: string) => ({ kind: 'remove', id }) as const;
    const said = spoilt(greedy, (block) => ({
      ...block,
      closing: [
        {
          type: 'activation.approved',
          data: {
            number: 0,
            changes: [remove('v1'), remove('v2')],
            cause: { proposal: 0 },
            member: 'm1',
            approvedAt: 1,
            deadline: Number.MAX_SAFE_INTEGER,
            notBefore: 0,
          },
        },
      ],
    }));
    expect(said).toContain('change 2 validators, more than 1 (rule E3)');
  });
});

describe('the watch on epochs', () => {
  const network = 'cd'.repeat(32) as NetworkId;
  const vote = (epoch: number, sequence: number) =>
    readSlot(
      voteSigningBytes(network, {
        kind: 'prepare',
        epoch: epochOf(epoch),
        view: viewOf(0),
        sequence: heightOf(sequence),
        content: 'aa'.repeat(32) as Digest,
        sender: 'v1' as ValidatorId,
      }),
    )!;

  function joined() {
    const setup = setUp();
    const watch = createEpochWatch(setup.fold);
    join(setup);
    setup.faults();
    const by = (id: string, key = `${id} consensus`, store = id) => ({
      id: id as ValidatorId,
      key: keyOf(key),
      incarnation: incarnationOf(store, 1),
    });
    return { ...setup, watch, by };
  }
  it('lets validators of the epoch sign with its keys, from registered stores, and nobody else', () => {
    const { watch, by } = joined();
    expect(watch.signing(by('v1'), vote(0, 4))).toBeUndefined();
    expect(watch.signing(by('v1'), vote(1, 7))).toContain('no certified block has begun');
    expect(watch.signing(by('v5'), vote(0, 4))).toContain('it is no validator');
    expect(watch.signing(by('v1', 'v1 second'), vote(0, 4))).toContain('with the key of another one');
    expect(watch.signing(by('v1', 'v1 consensus', 'v2'), vote(0, 4))).toContain('not registered');
  });

  it('keeps each epoch to its heights, also those that were signed before its end was known', () => {
    const { watch, by, ledger, faults } = joined();
    expect(watch.signing(by('v1'), vote(0, 9))).toBeUndefined();
    ledger.upTo(6);
    faults();
    expect(watch.appended(6)).toContain('v1 signed at 9 of epoch 0, which ended at 6');
    expect(watch.signing(by('v1'), vote(0, 7))).toContain('which ended at 6');
    expect(watch.signing(by('v1'), vote(1, 6))).toContain('which begins at 7');
    expect(watch.signing(by('v1'), vote(1, 7))).toBeUndefined();
  });
});

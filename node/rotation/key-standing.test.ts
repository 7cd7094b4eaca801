/** Where a key stands, for every pair of what the ledger says and which files are here. */
import { describe, expect, it } from 'vitest';
import { fromHex } from '../../shared/codec/hex.ts';
import { heightOf, type PublicKey, type ValidatorId } from '../../shared/types/brands.ts';
import {
  add,
  type Consortium,
  consortiumDocument,
  createConsortium,
  newKey,
  possessionOf,
} from '../ledger/epoch-test-support.ts';
import { pendingActivation } from '../ledger/modules/activation-records.ts';
import { keyOf } from '../ledger/test-support.ts';
import { type HeldKey, standingsOf } from './key-standing.ts';

const self = 'v2' as ValidatorId;
const old: HeldKey = { publicKey: keyOf('v2 consensus'), kind: 'consensus' };
const fresh: HeldKey = { publicKey: keyOf('v2 second'), kind: 'consensus' };

interface Situation {
  readonly ledger: Consortium;
  readonly certified: number;
}

function founded(n = 4): Consortium {
  const ledger = createConsortium(consortiumDocument(n));
  ledger.block();
  return ledger;
}
function approved(args = {}): Consortium {
  const ledger = founded();
  ledger.block([ledger.rotate(self, 'v2 consensus', 'v2 second', args)]);
  return ledger;
}
function scheduled(): Consortium {
  const ledger = approved();
  ledger.block([ledger.ready('v2 second', self)]);
  return ledger;
}
/** A change of two validators: the new key is ready, who joins is not. */
function armed(): Consortium {
  const ledger = founded(7);
  const { network } = ledger.genesis;
  ledger.block([ledger.decide([newKey(network, self, 'v2 second'), add(network, 'v8')])]);
  ledger.block([ledger.ready('v2 second', self)]);
  return ledger;
}
function switched(): Consortium {
  const ledger = scheduled();
  ledger.upTo(pendingActivation(ledger.view)!.at! - 1);
  return ledger;
}
function over(): Consortium {
  const ledger = switched();
  ledger.block();
  return ledger;
}
function withdrawn(): Consortium {
  const ledger = scheduled();
  ledger.block([ledger.send('m2.admin', 'activation.withdraw', { activation: 0, reason: 'no' })]);
  return ledger;
}
function lapsed(): Consortium {
  const ledger = approved({ deadlineMs: 1_000 });
  ledger.block([], 2_000);
  return ledger;
}

const certifiedAll = (ledger: Consortium): Situation => ({ ledger, certified: ledger.height() });
const lastOpen = (ledger: Consortium): Situation => ({ ledger, certified: ledger.height() - 1 });

function told({ ledger, certified }: Situation, held: readonly HeldKey[]): readonly string[] {
  const facts = { self, state: ledger.view, certifiedHeight: heightOf(certified), time: 0 };
  return standingsOf(facts, held).map(
    ({ publicKey, stage, isToBeErased }) =>
      `${publicKey === old.publicKey ? 'old' : 'new'} ${stage}${isToBeErased ? ', erase' : ''}`,
  );
}

describe('what the ledger says × which files are here', () => {
  const rows: readonly [string, Situation, both: string[], oldAlone: string[], newAlone: string[]][] = [
    ['nothing', certifiedAll(founded()), ['old in-use', 'new created'], ['old in-use'], ['new created']],
    ['approved', certifiedAll(approved()), ['old in-use', 'new approved'], ['old in-use'], ['new approved']],
    ['armed', certifiedAll(armed()), ['old in-use', 'new armed'], ['old in-use'], ['new armed']],
    [
      'scheduled',
      certifiedAll(scheduled()),
      ['old in-use', 'new scheduled'],
      ['old in-use'],
      ['new scheduled'],
    ],
    [
      'the next epoch begins, block a is not there',
      certifiedAll(switched()),
      ['old replaced', 'new in-use'],
      ['old replaced'],
      ['new in-use'],
    ],
    [
      'block a is executed and not certified',
      lastOpen(over()),
      ['old replaced', 'new in-use'],
      ['old replaced'],
      ['new in-use'],
    ],
    [
      'block a is certified',
      certifiedAll(over()),
      ['old replaced, erase', 'new in-use'],
      ['old replaced'],
      ['new in-use'],
    ],
    [
      'withdrawn, not certified',
      lastOpen(withdrawn()),
      ['old in-use', 'new dropped'],
      ['old in-use'],
      ['new dropped'],
    ],
    [
      'withdrawn',
      certifiedAll(withdrawn()),
      ['old in-use', 'new dropped, erase'],
      ['old in-use'],
      ['new dropped'],
    ],
    ['lapsed', certifiedAll(lapsed()), ['old in-use', 'new dropped, erase'], ['old in-use'], ['new dropped']],
  ];
  it.each(rows)('%s', (_, situation, both, oldAlone, newAlone) => {
    expect(told(situation, [old, fresh])).toEqual(both);
    expect(told(situation, [old])).toEqual(oldAlone);
    expect(told(situation, [fresh])).toEqual(newAlone);
    expect(told(situation, [])).toEqual([]);
  });

  it('says at which height a scheduled key signs first', () => {
    const ledger = scheduled();
    const { at } = pendingActivation(ledger.view)!;
    const facts = { self, state: ledger.view, certifiedHeight: heightOf(ledger.height()), time: 0 };
    expect(standingsOf(facts, [fresh])[0]).toMatchObject({ activation: 0, at });
  });
});

describe('a node key', () => {
  const node = (name: string): HeldKey => ({ publicKey: keyOf(name) as PublicKey, kind: 'node' });
  function replaced(): { ledger: Consortium; until: number } {
    const ledger = founded();
    const key = keyOf('v2 node 2');
    const possession = possessionOf(ledger.genesis.network, { key, kind: 'node', owner: self });
    const args = { id: self, key: fromHex(key), possession, overlapMs: 60_000 };
    const { header } = ledger.block([ledger.decide([{ kind: 'validators.replace-node-key', args }])]);
    return { ledger, until: header.time + 60_000 };
  }
  function stages(ledger: Consortium, time: number, certifiedHeight = heightOf(ledger.height())): string[] {
    const held = [node('v2 node'), node('v2 node 2')];
    return standingsOf({ self, state: ledger.view, certifiedHeight, time }, held).map(
      ({ stage, isToBeErased }) => `${stage}${isToBeErased ? ', erase' : ''}`,
    );
  }

  it('is made, replaces the one before, which counts for a while and is erased then', () => {
    expect(stages(founded(), 0)).toEqual(['in-use', 'created']);
    const { ledger, until } = replaced();
    expect(stages(ledger, until - 1)).toEqual(['overlapping', 'in-use']);
    expect(stages(ledger, until, heightOf(ledger.height() - 1))).toEqual(['replaced', 'in-use']);
    expect(stages(ledger, until)).toEqual(['replaced, erase', 'in-use']);
  });
});

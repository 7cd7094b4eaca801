import { expect, it } from 'vitest';
import { epochOf } from '../shared/types/brands.ts';
import { consortiumDocument, createConsortium } from './ledger/epoch-test-support.ts';
import { readMembership } from './ledger/modules/epochs.ts';
import { readParameters } from './ledger/modules/network.ts';
import { windowOfEpoch } from './window-of-epoch.ts';

it('is that of the epoch which a vote names, also where state has executed the next one', () => {
  const net = createConsortium(consortiumDocument(4, { window: 8 }));
  const window = windowOfEpoch(net.view);
  const asked = () => [0, 1, 2].map((epoch) => window(epochOf(epoch)));
  expect(asked()).toEqual([8, undefined, undefined]);
  net.block([net.decide([{ kind: 'parameters.set', args: { set: { window: 3 } } }])]);
  expect(asked()).toEqual([8, undefined, undefined]);
  // Block a − 1 is executed; its successor is not proposed yet, and votes of the old epoch are still signed.
  net.upTo(9);
  expect([readMembership(net.view).firstHeight, readParameters(net.view).window]).toEqual([10, 3]);
  expect(asked()).toEqual([8, 3, undefined]);
});

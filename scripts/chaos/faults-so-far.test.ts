import { expect, it } from 'vitest';
import { faultsSoFar } from './faults-so-far.ts';

const watched = {
  load: { faults: ['receipt of 12: seals'] },
  tracker: { faults: ['block 3 differs'] },
  storm: { faults: ['nothing was certified'], zeros: { wrong: 0, committedWithoutQuorum: 2 } },
};

it('all that has gone wrong is told, and no zero', () => {
  expect(faultsSoFar(watched, () => ({ equivocations: 1, defects: ['v1: out of order'] }))).toEqual([
    'equivocations = 1',
    'committedWithoutQuorum = 2',
    'receipt of 12: seals',
    'block 3 differs',
    'v1: out of order',
    'nothing was certified',
  ]);
  const nothing = {
    load: { faults: [] },
    tracker: { faults: [] },
    storm: { faults: [], zeros: { wrong: 0 } },
  };
  expect(faultsSoFar(nothing, () => ({ equivocations: 0, defects: [] }))).toEqual([]);
});

it('a log that cannot be read hides nothing of the rest', () => {
  const unreadable = () => {
    throw new Error('EIO');
  };
  expect(faultsSoFar(watched, unreadable)).toEqual([
    'committedWithoutQuorum = 2',
    'receipt of 12: seals',
    'block 3 differs',
    'logs cannot be read: Error: EIO',
    'nothing was certified',
  ]);
});

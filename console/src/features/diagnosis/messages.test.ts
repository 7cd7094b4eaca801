import { describe, expect, test } from 'vitest';
import type { DiagnosisJson } from '../../../../shared/api.ts';
import { cellOf, messageKinds, tallyOf, waitsFor } from './messages.ts';
import { diagnosisOf, idle } from './test-support.ts';

type Current = DiagnosisJson['current'];

const prepared: Current = {
  sequence: 1205,
  phase: 'pre-prepared',
  awaited: { message: 'prepare', from: ['delta', 'gamma'] },
  ballots: [
    { ...idle('alpha'), prePrepare: 'held' },
    { ...idle('beta'), prepare: 'held' },
    { ...idle('delta'), prepare: 'missing' },
    { ...idle('gamma'), prepare: 'other' },
  ],
};

describe('the messages for the next height', () => {
  test('each cell tells what is here, missing, different or not due', () => {
    const words = prepared.ballots.map((ballot) =>
      messageKinds.map((kind) => cellOf(ballot, kind, prepared).word),
    );
    const none = 'Not due';
    expect(words).toEqual([
      ['Here', none, none, none, none],
      [none, 'Here', none, none, none],
      [none, 'Missing', none, none, none],
      [none, 'Differs', none, none, none],
    ]);
  });

  test('counts what is here against what the next step needs', () => {
    const tallies = messageKinds.map((kind) => tallyOf(diagnosisOf({ current: prepared }), kind));
    expect(tallies.map(({ held, needed }) => `${held} of ${needed}`)).toEqual([
      '1 of 1',
      '1 of 2',
      '0 of 3',
      '0 of 3',
      '0 of 3',
    ]);
  });

  test('says whose message is waited for', () => {
    expect(waitsFor(diagnosisOf({ current: prepared }))).toBe(
      'It waits for the PREPARE of delta and gamma; a batch is proposed.',
    );
    expect(waitsFor(diagnosisOf({}))).toMatch(/^Nothing is under way/);
    expect(waitsFor(diagnosisOf({ waiting: { transactions: 3 } }))).toBe('No proposal yet.');
    expect(waitsFor(diagnosisOf({ current: { ...prepared, phase: 'executed', awaited: undefined } }))).toBe(
      'The batch is executed here; nothing is missing.',
    );
  });

  test('a view change: who asks for which view, and whom the others wait for', () => {
    const changing: Current = {
      ...prepared,
      awaited: { message: 'view-change', from: ['delta'] },
      ballots: [{ ...idle('beta'), viewChange: 3 }, idle('delta'), idle('gamma')],
    };
    const words = changing.ballots.map((ballot) => cellOf(ballot, 'view-change', changing).word);
    expect(words).toEqual(['To view 3', 'Missing', 'Not due']);
  });
});

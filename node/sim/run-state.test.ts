import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openRunState, type RunState } from './run-state.ts';
import { emptyTally } from './tally.ts';

const directory = mkdtempSync(join(tmpdir(), 'concordat-run-state-'));
afterAll(() => rmSync(directory, { recursive: true }));

const path = join(directory, 'deep', 'state.json');
const options = { state: path, seed: 3, steps: undefined, profile: 'usual', fresh: false } as const;
const open = (code: string, more: Partial<typeof options> | { readonly fresh: true } = {}): RunState =>
  openRunState({ ...options, ...more }, () => code);
const done = { nextSeed: 13, tally: { ...emptyTally, seeds: 10 } };

describe('a long run', () => {
  it('goes on where it was, for each number of replicas', () => {
    open('these').save(4, done);
    const again = open('these');
    expect([again.progressOf(4), again.isOther]).toEqual([done, false]);
    expect(again.progressOf(7).nextSeed).toBe(3);
  });

  it('begins anew when the code has changed, and says that there was another', () => {
    const changed = open('others');
    expect([changed.progressOf(4).nextSeed, changed.isOther]).toEqual([3, true]);
  });

  it('begins anew when it is told to', () => {
    const fresh = open('these', { fresh: true });
    expect([fresh.progressOf(4).tally, fresh.isOther]).toEqual([emptyTally, false]);
  });

  it('that is kept nowhere asks for no code', () => {
    const kept = openRunState({ ...options, state: undefined }, () => {
      throw new Error('asked');
    });
    kept.save(4, done);
    expect(kept.progressOf(4).nextSeed).toBe(3);
  });
});

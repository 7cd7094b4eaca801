import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { groupsOf, runGroup } from './run-step.ts';
import { type Step, scopes, stepsOf } from './steps.ts';

const step = (name: string, script: string, beside = true): Step => ({
  name,
  command: [process.execPath, '-e', script],
  beside,
});

describe('groups of steps', () => {
  it('hold neighbours that may run beside one another, and every other step alone, in their order', () => {
    const [a, b, c, d] = [step('a', ''), step('b', ''), step('c', '', false), step('d', '')];
    expect(groupsOf([a, b, c, d])).toEqual([[a, b], [c], [d]]);
    expect(groupsOf([])).toEqual([]);
  });

  it('leave out no step of any scope', () => {
    for (const scope of scopes) expect(groupsOf(stepsOf(scope)).flat()).toEqual(stepsOf(scope));
  });
});

describe('steps that run beside one another', () => {
  let reports: string;
  let shown = '';
  beforeEach(() => {
    reports = mkdtempSync(join(tmpdir(), 'concordat-steps-'));
    shown = '';
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
      shown += Buffer.from(text as Uint8Array).toString();
      return true;
    });
  });
  afterEach(() => {
    vi.restoreAllMocks();
    rmSync(reports, { recursive: true });
  });

  it('are each shown whole, counted each, and answered in their order', async () => {
    const slow = "console.log('slow begins'); setTimeout(() => console.log('slow ends'), 300)";
    const ends = await runGroup(
      [
        step('slow', slow),
        step('bad', "console.error('what is wrong'); process.exit(3)"),
        step('quick', "console.log('quick is done')"),
      ],
      reports,
    );
    expect(ends.map(({ step: { name }, outcome }) => [name, outcome.counts.failed])).toEqual([
      ['slow', 0],
      ['bad', 1],
      ['quick', 0],
    ]);
    expect(ends[1]!.outcome.failures).toEqual([{ name: 'bad', reasons: ['ended with exit code 3'] }]);
    expect(shown).toContain('\n── slow\nslow begins\nslow ends\n');
    expect(shown).toContain('\n── bad\nwhat is wrong\n');
    expect(shown).toContain('\n── quick\nquick is done\n');
  });
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { type Finding, runCampaign } from './campaign.ts';
import { keepRegression, readRegressions } from './regressions.ts';
import { accepted, bytesOf, PropertyBroken, refused, type Target, textOf } from './target.ts';

const temporary = mkdtempSync(join(tmpdir(), 'concordat-fuzz-test-'));
afterAll(() => rmSync(temporary, { recursive: true }));

async function campaign(target: Target, runs: number) {
  const broke: Finding[] = [];
  const findings: Finding[] = [];
  /** Before each look at whether it is time to end: what was told by then. */
  const told: number[] = [];
  await runCampaign(target, {
    seed: 1,
    regressions: [],
    over: (done) => {
      told.push(findings.length);
      return done >= runs;
    },
    about: () => undefined,
    progress: () => undefined,
    broke: (finding) => broke.push(finding),
    found: (finding) => {
      if (finding !== undefined) findings.push(finding);
    },
  });
  return { broke, findings, told };
}

/** Refuses in the order of what is wrong, as decoders do. */
const guarded = (fault: (text: string) => void): Target => ({
  name: 'planted',
  form: 'text',
  open: () => ({
    corpus: [bytesOf('a: 1\nb: 2\n')],
    run: (input) => {
      const text = textOf(input);
      if (!text.startsWith('a')) return refused('head');
      if (!text.includes('null')) return refused('no null');
      if (!text.includes('-1')) return refused('no number');
      fault(text);
      return accepted();
    },
  }),
});

describe('the fuzzer itself', () => {
  test('finds a fault behind several checks, and makes its input small', async () => {
    const { broke, findings, told } = await campaign(
      guarded(() => {
        throw new TypeError('planted');
      }),
      50_000,
    );
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({ property: 'named-error' });
    expect(findings[0]!.message).toContain('planted');
    expect(textOf(findings[0]!.input)).toMatch(/^a(null-1|-1null)$/);
    // It was told as it came, first large, then small, and not at the end.
    expect(broke).toHaveLength(1);
    expect(broke[0]!.input.length).toBeGreaterThan(findings[0]!.input.length);
    expect(told).toContain(0);
    expect(told.filter((count) => count === 1).length).toBeGreaterThan(1);
  });

  test('names the property that a target says is broken', async () => {
    const broken: Target = {
      name: 'broken',
      form: 'text',
      open: () => ({
        corpus: [bytesOf('a')],
        run: () => {
          throw new PropertyBroken('round-trip', 'planted');
        },
      }),
    };
    const { findings } = await campaign(broken, 1);
    expect(findings[0]).toMatchObject({ property: 'round-trip', message: 'planted' });
  });

  test('the same seed makes the same inputs', async () => {
    const inputsOf = async (): Promise<string[]> => {
      const seen: string[] = [];
      const target: Target = {
        name: 'seen',
        form: 'json',
        open: () => ({
          corpus: [bytesOf('{"a":[1,2]}')],
          run: (input) => {
            seen.push(textOf(input));
            return refused('always');
          },
        }),
      };
      await campaign(target, 300);
      return seen.slice(0, 129);
    };
    expect(await inputsOf()).toEqual(await inputsOf());
  });

  test('a finding is kept and read again', () => {
    const finding = { property: 'memory', message: 'much', input: Uint8Array.of(1, 2, 255) } as const;
    keepRegression('planted', finding, temporary);
    expect(readRegressions(temporary)).toEqual([
      { target: 'planted', broke: 'memory: much', input: Uint8Array.of(1, 2, 255) },
    ]);
  });
});

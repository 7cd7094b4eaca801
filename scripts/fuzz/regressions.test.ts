import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { createPrng } from '../../node/sim/prng.ts';
import { runCampaign } from './campaign.ts';
import { judge } from './judge.ts';
import { mutate } from './mutate.ts';
import { keepRegression, readRegressions } from './regressions.ts';
import {
  accepted,
  bytesMaxDefault,
  bytesOf,
  PropertyBroken,
  refused,
  type Target,
  textOf,
} from './target.ts';
import { targets } from './targets/index.ts';

const temporary = mkdtempSync(join(tmpdir(), 'concordat-fuzz-test-'));
afterAll(() => rmSync(temporary, { recursive: true }));

const campaign = (target: Target, runs: number) =>
  runCampaign(target, {
    seed: 1,
    regressions: [],
    over: (done) => done >= runs,
    about: () => undefined,
    progress: () => undefined,
  });

describe('what was once found stays mended', () => {
  const known = readRegressions();
  test.each(known.map((one) => [`${one.target}: ${one.broke}`, one] as const))('%s', async (_name, one) => {
    const open = await targets.find(({ name }) => name === one.target)!.open();
    expect(await judge(open, one.input)).toHaveProperty('outcome');
    await open.close?.();
  });
  test('there is a file for each fault that was found', () => {
    expect(known.length).toBeGreaterThan(0);
  });
});

describe('every target', () => {
  test('has a name of its own', () => {
    expect(new Set(targets.map(({ name }) => name)).size).toBe(targets.length);
  });
  test.each(targets.map((target) => [target.name, target] as const))(
    '%s takes real encodings, and nothing breaks it at once',
    async (_name, target) => {
      const open = await target.open();
      const judged = [];
      for (const input of open.corpus) judged.push(await judge(open, input));
      expect(judged.some((one) => 'outcome' in one && one.outcome.accepted)).toBe(true);
      // The first inputs of a campaign: none of them is chosen by what ran before, so nothing need watch what runs.
      const random = createPrng(1);
      const limits = { form: target.form, bytesMax: target.bytesMax ?? bytesMaxDefault };
      for (let run = 0; run < 128; run += 1) {
        const input = mutate(random.pick(open.corpus), random.pick(open.corpus), random, limits);
        judged.push(await judge(open, input));
      }
      await open.close?.();
      expect(judged.filter((one) => 'broken' in one)).toEqual([]);
    },
  );
});

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
    const { findings } = await campaign(
      guarded(() => {
        throw new TypeError('planted');
      }),
      50_000,
    );
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({ property: 'named-error' });
    expect(findings[0]!.message).toContain('planted');
    expect(textOf(findings[0]!.input)).toMatch(/^a(null-1|-1null)$/);
  });

  test('names the property that a target says is broken', async () => {
    const { findings } = await campaign(
      guarded(() => {
        throw new PropertyBroken('round-trip', 'planted');
      }),
      50_000,
    );
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

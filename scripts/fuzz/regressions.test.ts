import { describe, expect, test } from 'vitest';
import { createPrng } from '../../node/sim/prng.ts';
import { judge } from './judge.ts';
import { mutate } from './mutate.ts';
import { readRegressions } from './regressions.ts';
import { bytesMaxDefault } from './target.ts';
import { targets } from './targets/index.ts';

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

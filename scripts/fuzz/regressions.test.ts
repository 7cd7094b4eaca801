import { describe, expect, test } from 'vitest';
import { createPrng } from '../../node/sim/prng.ts';
import { encode } from '../../shared/codec/dag-cbor.ts';
import type { CborValue } from '../../shared/types/ledger.ts';
import { judge } from './judge.ts';
import { mutate } from './mutate.ts';
import { memberNames, ownWords } from './own-words.ts';
import { readRegressions } from './regressions.ts';
import { bytesMaxDefault, bytesOf } from './target.ts';
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

describe('features tell what was wrong, in no word of the sender', () => {
  /** Dots, numbers, quotes and line ends as well: what places are written with. */
  const madeUp = ['a', 'zz', 'a.b', 'type.x', 'x[7]', '12', 'a, b', "it's", 'x\ny', '?', '#', 'ü'.repeat(30)];

  async function featuresOf(name: string, inputs: readonly Uint8Array[]): Promise<ReadonlySet<string>> {
    const open = await targets.find((target) => target.name === name)!.open();
    const judged = [];
    for (const input of inputs) judged.push(await judge(open, input));
    await open.close?.();
    return new Set(judged.map((one) => ('outcome' in one ? one.outcome.feature : one.broken.message)));
  }

  const linkMessages = (messages: readonly CborValue[]) => featuresOf('link-message', messages.map(encode));
  const bodies = (texts: readonly string[]) => featuresOf('http-body-json', texts.map(bytesOf));

  test('link-message: a member that nobody knows is one feature, however it is called', async () => {
    expect(await linkMessages(madeUp.map((word) => ({ type: 'get-snapshots', [word]: 1 })))).toHaveProperty(
      'size',
      1,
    );
    expect(await linkMessages(madeUp.map((word) => ({ type: word })))).toHaveProperty('size', 1);
  });

  test('link-message: each member that is wrong is one of its own', async () => {
    const wrong = [
      { type: 'no such' },
      { type: 'get-snapshots', more: 1 },
      { type: 'get-blocks', from: 'x', count: 1 },
      { type: 'get-blocks', from: 1, count: 'x' },
      { type: 'hand-over', ids: 1 },
      [],
    ];
    expect(await linkMessages(wrong)).toHaveProperty('size', wrong.length);
  });

  test('http-body-json: what is no JSON, or has a member that nobody knows, is one feature', async () => {
    expect(await bodies(madeUp.map((word) => `{"${word.slice(0, 1)}":${word}`))).toHaveProperty('size', 1);
    const more = madeUp.map((word) => JSON.stringify({ envelopes: ['AA'], [word]: 1 }));
    expect(await bodies(more)).toHaveProperty('size', 1);
    expect(await bodies(madeUp.map((word) => JSON.stringify({ envelope: `*${word}` })))).toHaveProperty(
      'size',
      1,
    );
  });

  test('http-body-json: what is wrong in different ways is not', async () => {
    const wrong = ['{', '{"envelope":"*"}', '{"envelopes":["*"]}', '{"envelopes":["AA",7]}'];
    expect(await bodies(wrong)).toHaveProperty('size', wrong.length);
  });

  test('a place keeps the names that are known, up to the first that is not', () => {
    const own = ownWords(memberNames([{ args: { events: [{ type: null }] } }, new Uint8Array(2)]));
    expect(own.place('.args.events[12].type')).toBe('args.events.#.type');
    expect(own.place('.args.mine.type')).toBe('args.?');
    expect(own.place('12')).toBe('?');
    expect(own.place('byte 7')).toBe('?');
    expect([own.name('args'), own.name('args.type')]).toEqual(['args', '?']);
  });
});

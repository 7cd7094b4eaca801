import fc from 'fast-check';
import { expect, test } from 'vitest';
import { recentMap } from './recent-map.ts';

test('gives what was set last or nothing, and always what was used last', () => {
  const step = fc.record({ key: fc.nat(12), value: fc.option(fc.nat(), { nil: undefined }) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      const recent = recentMap<number, number>(6);
      const all = new Map<number, number>();
      for (const { key, value } of steps) {
        if (value === undefined) recent.delete(key);
        else recent.set(key, value);
        if (value === undefined) all.delete(key);
        else all.set(key, value);
        expect(recent.get(key)).toBe(all.get(key));
      }
      for (const [key, value] of all) {
        expect([value, undefined]).toContain(recent.get(key));
      }
    }),
  );
});

test('keeps what is asked for while others come and go', () => {
  const recent = recentMap<string, number>(10);
  recent.set('used', 1);
  for (let index = 0; index < 1_000; index++) {
    recent.set(`other ${index}`, index);
    expect(recent.get('used')).toBe(1);
  }
  expect(recent.get('other 900')).toBeUndefined();
});

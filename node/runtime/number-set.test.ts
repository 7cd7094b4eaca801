/** The bits against a plain set. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createNumberSet } from './number-set.ts';

const number = fc.oneof(fc.nat(20), fc.nat(5_000));

it('has what was added and not deleted, and finds the next one', () => {
  const step = fc.record({ adds: fc.boolean(), number });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.array(number, { maxLength: 10 }), (steps, asked) => {
      const set = createNumberSet();
      const plain = new Set<number>();
      for (const one of steps) {
        if (one.adds) {
          set.add(one.number);
          plain.add(one.number);
        } else expect(set.delete(one.number)).toBe(plain.delete(one.number));
        expect(set.size).toBe(plain.size);
      }
      const sorted = [...plain].sort((one, other) => one - other);
      for (const from of asked) expect(set.nextFrom(from)).toBe(sorted.find((one) => one >= from));
    }),
  );
});

import { describe, expect, it } from 'vitest';
import type { ValidatorId } from '../../shared/types/brands.ts';
import { createRequests } from './requests.ts';
import { createTestContext, ids } from './test-support.ts';

const [v1, v2, v3] = ids as readonly [ValidatorId, ValidatorId, ValidatorId];

/** Answers take as long as they say, in time that the test makes pass. */
function setUp() {
  const test = createTestContext(v1);
  let workedMs = 0;
  const clock = { ...test.ports.clock, monotonicMs: () => test.ports.clock.monotonicMs() + workedMs };
  const refused: string[] = [];
  const context = {
    ...test.context,
    ports: { ...test.ports, clock },
    reject: (_code: string, from: ValidatorId) => refused.push(from),
  };
  const answered: string[] = [];
  const requests = createRequests(context as typeof test.context);
  const ask = (from: ValidatorId, name: string, tookMs = 0): void =>
    requests.take(from, () => {
      workedMs += tookMs;
      answered.push(name);
    });
  return { ...test, ask, answered, refused };
}

describe('requests of peers', () => {
  it('are answered at once while there are few', () => {
    const { ask, answered } = setUp();
    for (const name of ['a', 'b', 'c']) ask(v2, name, 1);
    expect(answered).toEqual(['a', 'b', 'c']);
  });

  it('wait after much work, three times as long, and then take turns', () => {
    const { ask, answered, advance } = setUp();
    ask(v2, 'a', 20);
    for (const name of ['b', 'c', 'd']) ask(v2, name, 20);
    ask(v3, 'z', 1);
    expect(answered).toEqual(['a']);
    advance(59);
    expect(answered).toEqual(['a']);
    advance(1);
    expect(answered).toEqual(['a', 'b']);
    advance(60);
    expect(answered).toEqual(['a', 'b', 'z', 'c']);
  });

  it('of one peer are bounded', () => {
    const { ask, answered, refused, advance } = setUp();
    ask(v2, 'first', 20);
    for (let index = 0; index < 100; index++) ask(v2, 'more');
    ask(v3, 'other');
    expect(refused).toHaveLength(36);
    advance(60);
    expect(answered).toHaveLength(1 + 64 + 1);
  });
});

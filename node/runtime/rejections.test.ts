import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { ValidatorId } from '../../shared/types/brands.ts';
import { createOutputs } from './outputs.ts';
import { createRejections } from './rejections.ts';
import { createRouting } from './routing.ts';
import { createTestContext, createTestPorts, ids } from './test-support.ts';

const [v1, v2, v3] = ids as readonly [ValidatorId, ValidatorId, ValidatorId];

describe('refusals of what peers send (rule M4)', () => {
  it('log the rule, and a bounded number of equal lines', () => {
    const { ports, logged, advance } = createTestPorts(v1);
    const { reject, counts } = createRejections(ports);
    for (let count = 0; count < 1_000; count++) reject('message-dropped', v2, 'M1', `forged ${count}`);
    reject('message-dropped', v3, 'M1', 'forged');
    expect(logged).toHaveLength(6);
    expect(logged[0]).toEqual({
      code: 'message-dropped',
      facts: { from: v2, rule: 'M1', reason: 'forged 0' },
    });
    advance(10_000);
    reject('message-dropped', v2, 'M1', 'forged again');
    expect(logged.at(-1)!.facts).toMatchObject({ reason: 'forged again', repeated: 995 });
    expect(counts()).toMatchObject([
      { validator: v2, rule: 'M1', count: 1_001, lastReason: 'forged again', lastAtMs: 10_000 },
      { validator: v3, rule: 'M1', count: 1 },
    ]);
  });

  it('of consensus carry the rule that consensus names', () => {
    const { context, logged } = createTestContext(v1);
    const rooms = {} as Parameters<typeof createOutputs>[1];
    createOutputs(context, rooms).handle({ type: 'rejected', from: v2, rule: 'V3', reason: 'forged' });
    expect(logged).toEqual([{ code: 'message-rejected', facts: { from: v2, rule: 'V3', reason: 'forged' } }]);
  });

  it('of a frame that does not decode too', () => {
    const { context, logged } = createTestContext(v1);
    const rooms = { peers: { heard: () => undefined } } as unknown as Parameters<typeof createRouting>[1];
    createRouting(context, rooms).received(v2, new Uint8Array([0xff]));
    expect(logged).toMatchObject([{ code: 'frame-dropped', facts: { from: v2, rule: 'M2', bytes: 1 } }]);
  });

  it('have no other way into the log of this room', () => {
    const folder = new URL('./', import.meta.url);
    const sources = readdirSync(folder).filter((file) => /^[^.]+\.ts$/.test(file));
    const refusal = /log\.write\(\s*'warn',\s*'[a-z-]+-(dropped|rejected|refused|invalid)'/;
    const direct = sources.filter((file) => refusal.test(readFileSync(new URL(file, folder), 'utf8')));
    expect(sources).toContain('rejections.ts');
    expect(direct).toEqual([]);
  });
});

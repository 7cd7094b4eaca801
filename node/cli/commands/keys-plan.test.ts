import { expect, test } from 'vitest';
import type { KeysPlanJson, PlannedKeyJson } from '../../../shared/api.ts';
import { planLines } from './keys-plan.ts';

const key = (since: NonNullable<PlannedKeyJson['suspected']>['since']) =>
  ({
    kind: 'consensus',
    owner: 'alpha',
    use: 'retired',
    key: 'ab',
    registeredAt: 0,
    suspected: { since },
  }) as unknown as PlannedKeyJson;

test('says since when a key is suspected, as people write it', () => {
  const plan = { node: 'alpha', height: 9, nowMs: 0, certificates: [], next: [] };
  const keys = [key({ time: 1796011560000 }), key({ height: 41 })];
  const lines = planLines({ ...plan, keys } as unknown as KeysPlanJson);
  expect(lines[1]).toMatch(/suspected since 2026-11-30T04:06:00\.000Z$/);
  expect(lines[2]).toMatch(/suspected since height 41$/);
});

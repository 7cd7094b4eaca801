import { expect, it } from 'vitest';
import type { ValidatorId } from '../../shared/types/brands.ts';
import { createIsolation } from './isolation.ts';
import { createTestContext, ids } from './test-support.ts';

const [v1, v2, v3] = ids as readonly [ValidatorId, ValidatorId, ValidatorId];

it('C1: who reaches fewer than f+1 for long asks any server, and stops once it knows its peers again and has what they have', () => {
  const { context, advance } = createTestContext(v1);
  const { statusMs } = context.tuning;
  const said: boolean[] = [];
  let open: ValidatorId[] = [v2];
  let catchingUp = false;
  const links = {
    ...context.ports.links,
    open: () => open,
    behind: (isBehind: boolean) => said.push(isBehind),
  };
  createIsolation({ ...context, ports: { ...context.ports, links } }, () => catchingUp).start();
  advance(9 * statusMs);
  expect(said).toEqual([]);
  advance(statusMs);
  expect(said).toEqual([true]);
  catchingUp = true;
  open = [v2, v3];
  advance(3 * statusMs);
  expect(said).toEqual([true]);
  catchingUp = false;
  advance(statusMs);
  expect(said).toEqual([true, false]);
  open = [];
  advance(5 * statusMs);
  open = [v2, v3];
  advance(20 * statusMs);
  expect(said).toEqual([true, false]);
});

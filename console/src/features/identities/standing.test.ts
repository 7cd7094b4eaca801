import { expect, test } from 'vitest';
import { standingOf } from './standing.ts';

test.each([
  ['active', 'active', 'active'],
  ['active', 'suspended', 'member-suspended'],
  ['active', 'removed', 'member-removed'],
  ['revoked', 'active', 'revoked'],
  ['revoked', 'suspended', 'revoked'],
] as const)('%s, its member %s: %s', (own, member, standing) => {
  expect(standingOf(own, member)).toBe(standing);
});

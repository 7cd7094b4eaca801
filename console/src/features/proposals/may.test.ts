import { expect, test } from 'vitest';
import { activationRefusal, adminRefusal, refusalsOf } from './may.ts';

const admin = { id: 'beta.admin', member: 'beta', roles: ['admin'], status: 'active' } as const;
const holder = { ...admin, roles: [...admin.roles] };
const refusal = { index: 0, kind: 'x', code: 'y', facts: {}, headline: '', next: '' };

test('who may act at all', () => {
  expect(adminRefusal(undefined)).toBe('Open the key of an admin first.');
  expect(adminRefusal(null)).toBe('The open key is not registered in this network.');
  expect(adminRefusal({ ...holder, roles: ['auditor'] })).toBe('beta.admin is no admin: auditor.');
  expect(adminRefusal({ ...holder, status: 'member-suspended' })).toBe(
    'beta.admin is not active: member-suspended.',
  );
  expect(adminRefusal(holder)).toBeUndefined();
});

test('an open proposal takes ballots of all, and is withdrawn by its own member alone', () => {
  expect(refusalsOf(holder, { status: 'open', member: 'alpha' })).toEqual({
    vote: undefined,
    withdraw: 'Only admins of alpha may withdraw it.',
    execute: 'It is not accepted yet.',
  });
  expect(refusalsOf(holder, { status: 'open', member: 'beta' }).withdraw).toBeUndefined();
});

test('an accepted one that was refused is tried again; one that is over takes nothing', () => {
  expect(refusalsOf(holder, { status: 'accepted', member: 'alpha', refusal })).toMatchObject({
    vote: 'It is accepted: no more ballots are taken.',
    execute: undefined,
  });
  expect(refusalsOf(holder, { status: 'withdrawn', member: 'beta' })).toEqual({
    vote: 'It is withdrawn.',
    withdraw: 'It is withdrawn.',
    execute: 'It is withdrawn.',
  });
});

test('an activation is withdrawn by the member that caused it, while it is on its way', () => {
  expect(activationRefusal(holder, { status: 'scheduled', member: 'beta' })).toBeUndefined();
  expect(activationRefusal(holder, { status: 'scheduled', member: 'alpha' })).toContain('alpha');
  expect(activationRefusal(holder, { status: 'active', member: 'beta' })).toBe('It is active.');
});

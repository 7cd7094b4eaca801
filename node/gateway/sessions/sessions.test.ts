/** Sessions in memory end although nobody asks for them again. */
import { expect, test } from 'vitest';
import type { IdentityId, PublicKey } from '../../../shared/types/brands.ts';
import { Sessions } from './sessions.ts';

const key = 'ab'.repeat(32) as PublicKey;
const identityOf = (at: number): IdentityId => `member.${at}` as IdentityId;
const limits = { idleMs: 1_000, lifeMs: 5_000, perIdentityMax: 2 };

test('of identities that never come back nothing is kept beyond an idle time after theirs', () => {
  const sessions = new Sessions(limits);
  for (let at = 0; at < 500; at += 1) sessions.open(identityOf(at), key, at);
  expect(sessions.size).toBe(500);
  sessions.open(identityOf(500), key, 2_000);
  expect(sessions.size).toBe(1);
});

test('one that is used goes on, over every sweep, until its life is over', () => {
  const sessions = new Sessions(limits);
  const { token } = sessions.open(identityOf(0), key, 0);
  for (let nowMs = 900; nowMs < 5_000; nowMs += 900) {
    expect(sessions.find(token, nowMs)?.identity).toBe(identityOf(0));
    sessions.open(identityOf(nowMs), key, nowMs);
  }
  sessions.open(identityOf(1), key, 6_000);
  expect([sessions.find(token, 6_000), sessions.size]).toEqual([undefined, 1]);
});

test('of one identity the one used longest ago makes room', () => {
  const sessions = new Sessions(limits);
  const [first, second, third] = [0, 1, 2].map((at) => sessions.open(identityOf(0), key, at).token);
  expect([first, second, third].map((token) => sessions.find(token!, 3) !== undefined)).toEqual([
    false,
    true,
    true,
  ]);
});

test('a session that makes room leaves what it opened to the one that opened it, whose sign-out ends it', () => {
  const sessions = new Sessions({ ...limits, perIdentityMax: 3 });
  const open = (at: number, by?: { name: string }) =>
    sessions.open(identityOf(0), key, at, by && { name: by.name, endsAt: 5_000 }).session;
  const first = open(0);
  const second = open(1, first);
  const third = open(2, second);
  sessions.use(first.name, 3);
  sessions.use(third.name, 3);
  const fourth = open(4);
  const isOpen = () => [first, second, third, fourth].map(({ name }) => sessions.isOpen(name, 5));
  expect(isOpen()).toEqual([true, false, true, true]);
  sessions.signOut(first.name);
  expect(isOpen()).toEqual([false, false, false, true]);
});

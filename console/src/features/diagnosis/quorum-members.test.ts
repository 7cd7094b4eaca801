import { expect, test } from 'vitest';
import { quorumCount, quorumMembers } from './quorum-members.ts';
import { diagnosisOf } from './test-support.ts';

test('those who cannot be reached come last, with the reason', () => {
  const missing = [{ validator: 'alpha', reason: 'it stopped answering', silentMs: 4_000 }];
  const members = quorumMembers(
    diagnosisOf({
      causes: [
        {
          code: 'quorum-unreachable',
          severity: 'stall',
          sentence: '',
          next: '',
          act: ['alpha'],
          facts: { reachable: 3, needed: 3, missing },
        },
      ],
    }),
  );
  expect(members.map(({ validator }) => validator)).toEqual(['beta', 'delta', 'gamma', 'alpha']);
  expect(members[3]).toEqual({ ...missing[0], isReachable: false, isMute: false });
});

test('who answers and does not vote counts for nothing, the asked node too', () => {
  const missing = [{ validator: 'alpha', reason: 'it stopped answering', silentMs: 4_000 }];
  const asked = diagnosisOf({
    votes: false,
    quorum: { n: 4, f: 1, q: 3, reachable: 3, voting: 1 },
    causes: [
      {
        code: 'quorum-not-voting',
        severity: 'stall',
        sentence: '',
        next: '',
        act: ['alpha', 'beta', 'delta'],
        facts: { voting: 1, needed: 3, missing, notVoting: ['beta', 'delta'] },
      },
    ],
  });
  expect(quorumCount(asked.quorum)).toBe(1);
  expect(quorumMembers(asked).map((one) => [one.validator, one.isReachable, one.isMute])).toEqual([
    ['gamma', true, false],
    ['beta', true, true],
    ['delta', true, true],
    ['alpha', false, false],
  ]);
});

test('a follower, to which nobody says who votes, counts whom it reaches', () => {
  const { quorum } = diagnosisOf({});
  expect(quorumCount(quorum)).toBe(4);
});

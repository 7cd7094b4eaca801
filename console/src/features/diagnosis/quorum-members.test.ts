import { expect, test } from 'vitest';
import { quorumMembers } from './quorum-members.ts';
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
  expect(members[3]).toEqual({ ...missing[0], isReachable: false });
});

/** What the API says by protocol 3: who is counted, and which ballots count now. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { dryRunSchema, proposalSchema, thresholdsSchema } from '../../shared/api.ts';
import { fromHex } from '../../shared/codec/hex.ts';
import { validatorKeys } from './test-support/consortium.ts';
import { type Governing, grant, north, set, south, startGoverning } from './test-support/governing.ts';

let all: Governing;
beforeEach(async () => {
  all = await startGoverning(3);
});
afterEach(() => all.gateway.close());

const proposal = async (number: number) => proposalSchema.parse(await all.get(`/proposals/${number}`));
const suspected = (by: typeof south): string =>
  all.act(by, 'keys.suspect', { key: fromHex(by.publicKey), since: { height: 0 }, reason: 'stolen' });

test('what changes who is asked needs what thresholds.set does, and says so', async () => {
  const { thresholds } = thresholdsSchema.parse(await all.get('/thresholds'));
  expect(thresholds).toContainEqual({
    kind: 'members.suspend',
    more: [2, 3],
    needed: 2,
    follows: 'thresholds.set',
  });
  expect(thresholds).toContainEqual({ kind: 'members.restore', more: [1, 2], needed: 2 });
  all.propose([grant('south.operator', 'auditor')]);
  expect((await proposal(0)).plan).toMatchObject({ needed: 2, members: 2 });
  expect(dryRunSchema.safeParse((await proposal(0)).plan).success).toBe(true);
});

test('a ballot of a key that is suspected since does not count', async () => {
  all.propose([grant('south.operator', 'auditor')]);
  expect(await proposal(0)).toMatchObject({ ballots: [{ counts: true }], approvals: 1 });
  suspected(south);
  expect(await proposal(0)).toMatchObject({ ballots: [{ counts: false }], approvals: 0, status: 'open' });
});

test('an accepted proposal whose ballots are too few by now is open again', async () => {
  all.act(validatorKeys[0]!, 'validator.rotate', all.newKey(62, 'consensus', 'validator-1'));
  all.propose([set({ window: 7 })]);
  all.propose([set({ window: 9 })]);
  all.vote(north, 1);
  all.vote(north, 0);
  expect(await proposal(0)).toMatchObject({ status: 'accepted', approvals: 2 });
  suspected(north);
  expect(await proposal(0)).toMatchObject({ status: 'open', approvals: 1, needed: 2 });
});

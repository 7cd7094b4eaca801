/** Members, identities and thresholds as the API answers them: from state. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { identitiesSchema, identityDetailSchema, membersSchema, thresholdsSchema } from '../../shared/api.ts';
import { fromHex } from '../../shared/codec/hex.ts';
import { keyOfRole, testKey, validatorKeys } from './test-support/consortium.ts';
import { type Governing, north, startGoverning, suspend } from './test-support/governing.ts';

let all: Governing;
let gateway: Governing['gateway'];
beforeEach(async () => {
  all = await startGoverning();
  ({ gateway } = all);
});
afterEach(() => gateway.close());

const act: Governing['act'] = (...args) => all.act(...args);
const propose: Governing['propose'] = (...args) => all.propose(...args);
const vote: Governing['vote'] = (...args) => all.vote(...args);
const get: Governing['get'] = (...args) => all.get(...args);
const newKey: Governing['newKey'] = (...args) => all.newKey(...args);

describe('members and identities', () => {
  test('members come with their admins and nodes, and with what became of them', async () => {
    propose([suspend('north')]);
    vote(north, 0);
    const { height, members } = membersSchema.parse(await get('/members'));
    expect([height, members]).toEqual([
      2,
      [
        {
          id: 'north',
          name: 'Member north',
          status: 'suspended',
          admins: ['north.leaver'],
          identities: 2,
          validators: ['validator-1', 'validator-3'],
          observers: [],
        },
        expect.objectContaining({ id: 'south', status: 'active', admins: ['south.admin'], identities: 4 }),
      ],
    ]);
  });

  test('identities of the ledger, not of the genesis, page by page', async () => {
    act(north, 'identities.add', {
      id: 'north.new',
      roles: ['operator'],
      ...newKey(71, 'identity', 'north.new'),
    });
    act(north, 'identities.revoke', { identity: 'north.submitter', reason: 'left' });
    const seen: string[] = [];
    for (let path: string | undefined = '/identities?limit=2'; path !== undefined; ) {
      const page = identitiesSchema.parse(await get(path));
      seen.push(...page.identities.map(({ id, status }) => `${id} ${status}`));
      path = page.next === undefined ? undefined : `/identities?limit=2&cursor=${page.next}`;
    }
    expect(seen).toEqual([
      'north.leaver active',
      'north.submitter revoked',
      'north.new active',
      'south.admin active',
      'south.auditor active',
      'south.operator active',
      'south.reader active',
    ]);
    const ofNorth = identitiesSchema.parse(await get('/identities?member=north'));
    expect(ofNorth.identities.map(({ id }) => id)).toEqual(['north.leaver', 'north.submitter', 'north.new']);
    expect(await get('/identities?member=west')).toMatchObject({ code: 'not-found' });
    expect(await get('/identities?cursor=west/0')).toMatchObject({ code: 'invalid-cursor' });
  });

  test('an identity has the history of its keys, and is found by each of them', async () => {
    const { publicKey } = keyOfRole.submitter;
    act(north, 'identities.replace-key', {
      identity: 'north.submitter',
      ...newKey(72, 'identity', 'north.submitter'),
    });
    act(north, 'keys.suspect', { key: fromHex(publicKey), since: { height: 0 }, reason: 'stolen' });
    for (const name of ['north.submitter', publicKey, testKey(72).publicKey]) {
      const found = identityDetailSchema.parse(await get(`/identities/${name}`));
      expect(found).toMatchObject({ id: 'north.submitter', key: testKey(72).publicKey, status: 'active' });
      expect(found.keys).toEqual([
        {
          key: publicKey,
          since: 0,
          until: 1,
          suspected: { since: { height: 0 }, reason: 'stolen', by: { identity: 'north.leaver' }, at: 2 },
        },
        { key: testKey(72).publicKey, since: 1 },
      ]);
    }
    expect(await get(`/identities/${validatorKeys[0]!.publicKey}`)).toMatchObject({ code: 'not-found' });
  });

  test('what came after genesis is found by search, and as the sender of transactions', async () => {
    act(north, 'identities.add', {
      id: 'north.new',
      roles: ['submitter'],
      ...newKey(73, 'identity', 'north.new'),
    });
    act(testKey(73), 'assets.define', { asset: 'iron', decimals: 0 });
    const { publicKey } = testKey(73);
    for (const text of ['north.new', 'north.n', publicKey])
      expect(await get(`/search?q=${text}`)).toMatchObject({ hits: [{ kind: 'identity', id: 'north.new' }] });
    expect(await get(`/transactions?sender=${publicKey}`)).toMatchObject({
      rows: [{ sender: 'north.new', action: 'assets.define' }],
    });
  });

  test('thresholds come with the number of members that they are now', async () => {
    const { members, thresholds, recovery } = thresholdsSchema.parse(await get('/thresholds'));
    expect(members).toBe(2);
    expect(thresholds).toContainEqual({ kind: 'members.suspend', more: [1, 2], needed: 2 });
    expect(recovery).toEqual({ more: [1, 2], needed: 2, members: 2 });
  });
});

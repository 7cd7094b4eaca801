/** Keys over the API: the plan, what a suspected key signed, and a rotation, for the own member alone. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apiPrefix, keySignedSchema, keysPlanSchema, keysRotateSchema } from '../../shared/api.ts';
import { decode } from '../../shared/codec/dag-cbor.ts';
import { fromBase64Url, fromHex } from '../../shared/codec/hex.ts';
import { decodeEnvelope } from '../../shared/codec/ledger.ts';
import { heightOf, type PublicKey, type TransactionId, type ValidatorId } from '../../shared/types/brands.ts';
import type { RotationRequest } from '../rotation/rotation.ts';
import { RotationError } from '../rotation/rotation-error.ts';
import type { GatewayKeys } from './ports.ts';
import {
  genesisTime,
  keyOfRole,
  testEnvelope,
  testGenesis,
  validatorKeys,
} from './test-support/consortium.ts';
import { type StartedGateway, startTestGateway } from './test-support/started-gateway.ts';

const unused = '99'.repeat(32) as PublicKey;
const own = validatorKeys[1]!.publicKey;
const requests: RotationRequest[] = [];
let answer: () => ReturnType<GatewayKeys['request']>;

const keys: GatewayKeys = {
  imports: {
    recipient: () => Promise.reject(new RotationError('not-a-validator', {})),
    take: () => Promise.reject(new RotationError('not-a-validator', {})),
  },
  standings: () => [
    { publicKey: own, kind: 'consensus', stage: 'in-use', isToBeErased: false },
    { publicKey: unused, kind: 'consensus', stage: 'created', isToBeErased: false },
  ],
  certificates: () => [
    { name: 'gateway certificate', expiresAt: genesisTime + 10 * 24 * 3_600_000 },
    { name: 'another', expiresAt: genesisTime + 400 * 24 * 3_600_000 },
  ],
  request: (request) => {
    requests.push(request);
    return answer();
  },
};

let gateway: StartedGateway;
let foreign: StartedGateway;
beforeAll(async () => {
  const wallMs = () => genesisTime;
  gateway = await startTestGateway({ self: 'validator-2' as ValidatorId, keys, wallMs });
  foreign = await startTestGateway({ self: 'validator-1' as ValidatorId, keys });
});
afterAll(async () => {
  await gateway.close();
  await foreign.close();
});

function run(
  action: string,
  args: Parameters<typeof testEnvelope>[0]['args'],
  key = keyOfRole.admin,
): string {
  const { network } = gateway.ledger;
  const transaction = decodeEnvelope(
    testEnvelope({ network, action, args, key, expiresAt: genesisTime + 300_000 }),
  );
  gateway.node.pool.set(transaction.id, transaction);
  gateway.node.certify();
  return transaction.id;
}
const get = async (path: string, of = gateway) => {
  const response = await of.ask(`${apiPrefix}${path}`);
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
};
const post = async (body: unknown, of = gateway) => {
  const headers = { 'Content-Type': 'application/json' };
  const init = { method: 'POST', headers, body: JSON.stringify(body) };
  const response = await of.ask(`${apiPrefix}/keys/rotate`, init);
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
};
const plan = async () => keysPlanSchema.parse((await get('/keys/plan')).body);
const signed = async (key: string, query = '') =>
  keySignedSchema.parse((await get(`/keys/${key}/signed${query}`)).body);

describe('the plan', () => {
  it('shows the keys of all validators, those that are here, and of the own identities; and who acts next', async () => {
    const { keys: rows, next, node } = await plan();
    expect(node).toBe('validator-2');
    const named = (kind: string) => rows.filter((row) => row.kind === kind).map(({ owner }) => owner);
    expect(named('node')).toEqual(testGenesis.validators.map(({ id }) => id));
    expect(named('identity').every((owner) => owner.startsWith('south.'))).toBe(true);
    expect(rows.find(({ key }) => key === own)).toMatchObject({
      owner: 'validator-2',
      member: 'south',
      use: 'in-use',
      here: 'in-use',
      since: 0,
      registeredAt: genesisTime,
    });
    expect(rows.find(({ key }) => key === unused)).toMatchObject({ use: 'unused', here: 'created' });
    expect(next).toEqual([
      { who: 'validator-2', what: 'ask-for-key', key: unused },
      { who: 'validator-2', what: 'renew-certificate', certificate: 'gateway certificate' },
    ]);
  });

  it('is for the own member alone, and so is a rotation', async () => {
    for (const { status, body } of [await get('/keys/plan', foreign), await post({ kind: 'node' }, foreign)])
      expect([status, body.code]).toEqual([403, 'not-own-member']);
    expect(requests).toEqual([]);
  });
});

describe('a rotation', () => {
  it('answers with the transaction that the node submitted, or with what an admin proposes', async () => {
    const transaction = 'ab'.repeat(32) as TransactionId;
    answer = async () => ({ key: unused, transaction });
    const first = await post({ kind: 'consensus', notBefore: 20, deadlineMs: 60_000 });
    expect(keysRotateSchema.parse(first.body)).toEqual({ key: unused, transaction });
    expect(requests.at(-1)).toEqual({ kind: 'consensus', notBefore: 20, deadlineMs: 60_000 });
    answer = async () => ({ key: unused, underWay: { stage: 'scheduled', activation: 3, at: heightOf(40) } });
    const again = await post({ kind: 'consensus', notBefore: 20 });
    const underWay = { stage: 'scheduled', activation: 3, at: 40 };
    expect([again.status, keysRotateSchema.parse(again.body)]).toEqual([200, { key: unused, underWay }]);
    const args = { id: 'validator-2', key: fromHex(unused) };
    answer = async () => ({ key: unused, action: { kind: 'validators.replace-node-key', args } });
    const { action } = keysRotateSchema.parse((await post({ kind: 'node' })).body);
    expect(action?.kind).toBe('validators.replace-node-key');
    expect(decode(fromBase64Url(action!.args))).toEqual(args);
  });

  it('is refused by name, and what is no request before the node hears of it', async () => {
    answer = async () => {
      throw new RotationError('key-suspected', { key: own });
    };
    const { status, body } = await post({ kind: 'consensus' });
    expect([status, body.code, body.facts]).toEqual([
      409,
      'rotation-refused',
      { reason: 'key-suspected', key: own },
    ]);
    const facts = { notBefore: 900, latest: 300, aheadMax: 256 };
    answer = async () => {
      throw new RotationError('not-before-too-late', facts);
    };
    const far = await post({ kind: 'consensus', notBefore: 900 });
    expect([far.status, far.body.detail, far.body.facts]).toEqual([
      409,
      'The old key alone may ask for at most 256 blocks ahead, up to block 300 now; ballots may for any.',
      { reason: 'not-before-too-late', ...facts },
    ]);
    const count = requests.length;
    for (const wrong of [{}, { kind: 'identity' }, { kind: 'node', key: 'x' }, { kind: 'node', more: 1 }])
      expect((await post(wrong)).status).toBe(400);
    expect(requests).toHaveLength(count);
  });
});

describe('what a key signed', () => {
  it('is the blocks that it sealed, from the suspected height on, and what its owner said with it', async () => {
    for (let block = 0; block < 5; block += 1) gateway.node.certify();
    const before = (await signed(own)).rows;
    expect(before.length).toBeGreaterThan(4);
    const since = before[3]!.height;
    const args = { key: fromHex(own), since: { height: since }, reason: 'stolen' };
    run('keys.suspect', args);
    const marked = await signed(own);
    expect(marked).toMatchObject({ kind: 'consensus', owner: 'validator-2', from: since });
    expect(marked.rows[0]).toMatchObject({ what: 'block', height: since, sealed: true, proposed: false });
    expect(marked.rows.every(({ height }) => height >= since)).toBe(true);
    const { keys: rows, next } = await plan();
    expect(rows.find(({ key }) => key === own)?.suspected).toMatchObject({
      since: { height: since },
      by: { identity: 'south.admin' },
    });
    expect(next[0]).toEqual({ who: 'south', what: 'replace-suspected-key', key: own });
  });

  it('is nothing of a validator whose seal no certificate here holds, but what it proposed and said', async () => {
    const fourth = validatorKeys[3]!;
    const id = run('validator.ready', { wrong: 1 }, fourth);
    const { rows } = await signed(fourth.publicKey);
    expect(rows).toMatchObject([
      { what: 'transaction', transaction: id, action: 'validator.ready', status: 'failed' },
    ]);
    const { rows: first } = await signed(validatorKeys[0]!.publicKey);
    expect(first.every((row) => row.what !== 'block' || (row.sealed && row.proposed))).toBe(true);
  });

  it('is the transactions of an identity, since a height or a time', async () => {
    const { publicKey } = keyOfRole.admin;
    const { rows } = await signed(publicKey);
    expect(rows.map((row) => row.what === 'transaction' && row.action)).toContain('keys.suspect');
    const { height, time } = rows[0]!;
    expect((await signed(publicKey, `?since=${height + 1}`)).rows).toEqual(
      rows.filter((row) => row.height > height),
    );
    const at = new Date(time).toISOString();
    expect((await signed(publicKey, `?since=${at}`)).from).toBeLessThanOrEqual(height);
    const later = new Date(time + 3_600_000).toISOString();
    expect((await signed(publicKey, `?since=${later}`)).rows).toEqual([]);
  });

  it('comes in pages that end', async () => {
    for (let block = 0; block < 210; block += 1) gateway.node.certify();
    const key = validatorKeys[2]!.publicKey;
    const heights: number[] = [];
    let cursor: string | undefined = '';
    while (cursor !== undefined) {
      const page: Awaited<ReturnType<typeof signed>> = await signed(
        key,
        cursor === '' ? '' : `?cursor=${cursor}`,
      );
      heights.push(...page.rows.map(({ height }) => height));
      cursor = page.next;
    }
    const tip = gateway.ledger.certifiedHeight();
    expect(heights).toEqual(Array.from({ length: tip }, (_, index) => index + 1));
  });

  it('is not known of a key that was never registered', async () => {
    expect((await get(`/keys/${unused}/signed`)).status).toBe(404);
    expect((await get('/keys/xyz/signed')).status).toBe(400);
    expect((await get(`/keys/${own}/signed?since=yesterday`)).status).toBe(400);
    expect((await get(`/keys/${own}/signed?cursor=other`)).body.code).toBe('invalid-cursor');
  });
});

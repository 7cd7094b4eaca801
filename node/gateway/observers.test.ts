/** What gateways say of nodes that follow, and what the gateway of one says of itself. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { matrixSchema, statusSchema, validatorsSchema } from '../../shared/api.ts';
import { toBase64Url, toHex } from '../../shared/codec/hex.ts';
import type { ValidatorId } from '../../shared/types/brands.ts';
import { type Governing, north, startGoverning } from './test-support/governing.ts';
import { type StartedGateway, startTestGateway } from './test-support/started-gateway.ts';

const mirror = 'http://127.0.0.1:8199';
let governing: Governing;
let own: StartedGateway;
beforeAll(async () => {
  governing = await startGoverning();
  const { key, possession } = governing.newKey(61, 'node', 'mirror');
  const args = {
    id: 'mirror',
    member: 'north',
    nodeKey: toHex(key),
    possession: toBase64Url(possession),
    gateway: mirror,
  };
  governing.propose([{ kind: 'observers.add', args }]);
  governing.vote(north, 0);
  own = await startTestGateway({ node: governing.gateway.node, self: 'mirror' as ValidatorId });
});
afterAll(async () => {
  await own.close();
  await governing.gateway.close();
});

const ofMirror = async (path: string): Promise<unknown> => (await own.ask(`/api/v1${path}`)).json();

test('validators names the observers, and the matrix has them beside the set', async () => {
  const { validators, observers } = validatorsSchema.parse(await governing.get('/validators'));
  expect([validators.length, observers]).toMatchObject([
    4,
    [{ id: 'mirror', member: 'north', memberName: 'Member north', gateway: mirror }],
  ]);
  const { rows, followers } = matrixSchema.parse(await governing.get('/peers/matrix'));
  expect([rows.length, followers]).toMatchObject([
    4,
    [{ validator: 'mirror', standing: 'observer', isSelf: false, gateway: mirror }],
  ]);
});

test('an observer says what it is, and counts itself towards no quorum', async () => {
  expect(statusSchema.parse(await ofMirror('/status'))).toMatchObject({
    node: 'mirror',
    standing: 'observer',
    quorum: { n: 4, q: 3, reachable: 3 },
  });
  expect(statusSchema.parse(await governing.get('/status'))).toMatchObject({
    standing: 'validator',
    quorum: { reachable: 4 },
  });
  const { rows, followers } = matrixSchema.parse(await ofMirror('/peers/matrix'));
  expect(rows.filter(({ isSelf }) => isSelf)).toEqual([]);
  expect(followers).toMatchObject([{ validator: 'mirror', isSelf: true, lag: 0 }]);
});

test('pages of its registered address may ask it', async () => {
  const response = await fetch(`${own.url}/api/v1/genesis`, { headers: { Origin: mirror } });
  expect(response.headers.get('access-control-allow-origin')).toBe(mirror);
});

/** A key that was made elsewhere is handed to the node of a gateway: encrypted, once, and by an admin of its member. */
import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { apiPrefix, keysImportSchema, keysRecipientSchema } from '../../shared/api.ts';
import {
  ageRecipientOf,
  createDecryptionKey,
  identityFileText,
} from '../../shared/client/encryption-keys.ts';
import {
  encodeHandOver,
  handOverSigningBytes,
  recipientSigningBytes,
  requirePossession,
  sealKey,
} from '../../shared/client/key-import.ts';
import { fromBase64Url, fromHex, toBase64Url } from '../../shared/codec/hex.ts';
import type { PublicKey, ValidatorId } from '../../shared/types/brands.ts';
import {
  createPrivateSeed,
  decodePrivateKeyPem,
  encodePrivateKeyPem,
  privateKeyOf,
} from '../crypto/key-files.ts';
import { verifyWithSodium } from '../crypto/sodium.ts';
import { recipientLifeMs } from '../rotation/key-imports.ts';
import {
  genesisTime,
  keyOfRole,
  signBy,
  stranger,
  type TestKey,
  testGenesis,
  validatorKeys,
} from './test-support/consortium.ts';
import { type ImportingKeys, importingKeys } from './test-support/importing-keys.ts';
import { MemoryLedger } from './test-support/memory-ledger.ts';
import { MemoryNode } from './test-support/memory-node.ts';
import { type StartedGateway, startTestGateway } from './test-support/started-gateway.ts';

const self = 'validator-2' as ValidatorId;
const ledger = new MemoryLedger();
let nowMs = genesisTime;
const wallMs = () => nowMs;
const request = () => Promise.reject(new Error('nobody rotates here'));
let keys: ImportingKeys;
let gateway: StartedGateway;
beforeAll(async () => {
  keys = importingKeys(ledger, { self, wallMs, request });
  gateway = await startTestGateway({ self, keys, wallMs, node: new MemoryNode(ledger) });
});
afterAll(() => gateway.close());
beforeEach(() => {
  nowMs = genesisTime;
});

interface Answered {
  readonly status: number;
  readonly body: { readonly code?: string; readonly facts?: unknown; readonly detail?: string };
}
async function post(path: string, body: unknown, at = gateway, token?: string): Promise<Answered> {
  const response = await fetch(`${at.url}${apiPrefix}/keys/${path}`, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      Authorization: `Bearer ${token ?? (await at.token('admin'))}`,
    },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Answered['body'] };
}
const offer = async (kind = 'consensus', token?: string) =>
  keysRecipientSchema.parse((await post('recipient', { kind }, gateway, token)).body);
type Kind = 'consensus' | 'node';
/** By the admin, over the key that the text is; some signature if it is none. */
function signedFor(text: string, recipient: string, kind: Kind = 'consensus', by: TestKey = keyOfRole.admin) {
  const seed = decodePrivateKeyPem(text);
  const key = (seed === undefined ? '00'.repeat(32) : privateKeyOf(seed).publicKey) as PublicKey;
  const said = encodeHandOver({ validator: self, kind, recipient, key });
  return toBase64Url(signBy(by.seed, handOverSigningBytes(ledger.network, said)));
}
/** What a hand-over sends. */
const bodyOf = async (text: string, recipient: string, kind: Kind = 'consensus', by?: TestKey) => ({
  recipient,
  sealed: toBase64Url(await sealKey(text, recipient)),
  signature: signedFor(text, recipient, kind, by),
});
async function handOver(text: string, kind: Kind = 'consensus', by?: TestKey): Promise<Answered> {
  const { recipient } = await offer(kind);
  return post('import', await bodyOf(text, recipient, kind, by));
}
const newKey = () => privateKeyOf(createPrivateSeed());
const reasonOf = ({ status, body }: Answered) => [
  status,
  body.code,
  (body.facts as { readonly reason?: string }).reason,
];
const refusedFor = (reason: string) => [409, 'key-import-refused', reason];

test('the recipient is signed with the node key, and what is encrypted to it is held and proven', async () => {
  const offered = await offer();
  expect(offered).toMatchObject({ validator: self, kind: 'consensus', expiresAt: nowMs + recipientLifeMs });
  const { nodeKey } = testGenesis.validators[1]!;
  const said = recipientSigningBytes(ledger.network, offered);
  expect(verifyWithSodium(fromHex(nodeKey), said, fromBase64Url(offered.signature))).toBe(true);

  const { seed, publicKey } = newKey();
  const sent = await bodyOf(encodePrivateKeyPem(seed), offered.recipient);
  const { status, body } = await post('import', sent);
  const imported = keysImportSchema.parse(body);
  expect([status, imported]).toMatchObject([
    200,
    { key: publicKey, kind: 'consensus', owner: self, member: 'south' },
  ]);
  requirePossession(imported, publicKey, ledger.network);
  expect(keys.seeds.get(publicKey)).toEqual(seed);
  expect(keys.standings().at(-1)).toMatchObject({ publicKey, kind: 'consensus', stage: 'created' });
  expect(gateway.logged.find(({ code }) => code === 'key-imported')).toMatchObject({
    facts: { by: 'south.admin', kind: 'consensus', key: publicKey },
  });

  // Once, whatever it was used for.
  const again = await post('import', sent);
  expect(reasonOf(again)).toEqual(refusedFor('recipient-not-offered'));
  // And the key once.
  const held = await handOver(encodePrivateKeyPem(seed));
  expect(held.body.facts).toEqual({
    reason: 'key-held',
    key: publicKey,
    kind: 'consensus',
    stage: 'created',
  });
});

test('nothing of the key is in an answer or in the log, whatever becomes of it', async () => {
  const { seed } = newKey();
  const spelt = [
    Buffer.from(seed).toString('hex'),
    Buffer.from(seed).toString('base64').slice(0, 40),
    Buffer.from(seed).toString('base64url').slice(0, 40),
    encodePrivateKeyPem(seed).slice(60, 100),
  ];
  const answers = [
    await handOver(encodePrivateKeyPem(seed)),
    await handOver(encodePrivateKeyPem(seed)),
    await handOver(`${encodePrivateKeyPem(seed)}-----BEGIN`.replace('PRIVATE', 'PUBLIC')),
    await handOver(Buffer.from(seed).toString('hex')),
  ];
  expect(answers.map(({ status }) => status)).toEqual([200, 409, 409, 409]);
  const told = JSON.stringify([answers, gateway.logged]);
  expect(spelt.filter((one) => told.includes(one))).toEqual([]);
});

const rsa = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey;
test.each<[string, string, () => Promise<string> | string]>([
  ['text', 'not-a-key', () => 'hello'],
  ['a public key', 'not-a-key', () => '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n'],
  ['an RSA key', 'wrong-kind', () => String(rsa.export({ format: 'pem', type: 'pkcs8' }))],
  ['an encryption key', 'wrong-kind', async () => identityFileText(await createDecryptionKey())],
  ['the key in use', 'key-held', () => encodePrivateKeyPem(validatorKeys[1]!.seed)],
  ["another validator's key", 'key-used', () => encodePrivateKeyPem(validatorKeys[0]!.seed)],
  ["an identity's key", 'key-used', () => encodePrivateKeyPem(keyOfRole.admin.seed)],
])('%s is refused by name: %s', async (_what, reason, text) => {
  const before = keys.seeds.size;
  expect(reasonOf(await handOver(await text()))).toEqual(refusedFor(reason));
  expect(keys.seeds.size).toBe(before);
});

test('what is not encrypted to the recipient, expired, or of another session is refused by name', async () => {
  const pem = encodePrivateKeyPem(newKey().seed);
  const { publicKey: another } = await createDecryptionKey();
  const { recipient } = await offer();
  const { sealed } = await bodyOf(pem, ageRecipientOf(another));
  expect(reasonOf(await post('import', { ...(await bodyOf(pem, recipient)), sealed }))).toEqual(
    refusedFor('key-unreadable'),
  );
  const second = await offer();
  nowMs = second.expiresAt;
  const late = await bodyOf(pem, second.recipient);
  expect(reasonOf(await post('import', late))).toEqual(refusedFor('recipient-expired'));
  const other = await gateway.open(keyOfRole.admin);
  const third = await offer();
  const stolen = await bodyOf(pem, third.recipient);
  expect(reasonOf(await post('import', stolen, gateway, other))).toEqual(refusedFor('recipient-not-offered'));
  // A session has one at a time.
  await offer();
  expect(reasonOf(await post('import', stolen))).toEqual(refusedFor('recipient-not-offered'));
});

test('what is no request is refused before a recipient is used up', async () => {
  const { recipient } = await offer();
  const { seed, publicKey } = newKey();
  const good = await bodyOf(encodePrivateKeyPem(seed), recipient);
  for (const wrong of [
    {},
    { recipient },
    { recipient, sealed: good.sealed },
    { ...good, sealed: '' },
    { ...good, sealed: '+' },
    { ...good, signature: '+' },
    { ...good, recipient: 'age1' },
  ])
    expect((await post('import', wrong)).status).toBe(400);
  for (const wrong of [{}, { kind: 'identity' }, { kind: 'node', more: 1 }])
    expect((await post('recipient', wrong)).status).toBe(400);
  expect(keysImportSchema.parse((await post('import', good)).body).key).toBe(publicKey);
});

test.each<[string, TestKey]>([
  ['of nobody', stranger],
  ['of an operator of the same member', keyOfRole.operator],
  ['that is a validator’s', validatorKeys[1]!],
])('whoever has the session of an admin and signs with a key %s hands nothing over', async (_whose, by) => {
  const before = keys.seeds.size;
  const thiefs = newKey();
  const answer = await handOver(encodePrivateKeyPem(thiefs.seed), 'consensus', by);
  expect(reasonOf(answer)).toEqual(refusedFor('hand-over-unsigned'));
  expect(answer.body.facts).toMatchObject({ identity: 'south.admin', key: keyOfRole.admin.publicKey });
  expect(answer.body.detail).toContain('open your own key file');
  expect([keys.seeds.size, keys.seeds.has(thiefs.publicKey)]).toEqual([before, false]);
  // What the node does not hold, it does not rotate to.
  expect(keys.standings().some(({ publicKey }) => publicKey === thiefs.publicKey)).toBe(false);
});

test('a node of another member takes nothing, nor does one whose signer keeps the key, but of the other kind', async () => {
  const foreign = await startTestGateway({ self: 'validator-1' as ValidatorId, keys });
  expect(await post('recipient', { kind: 'consensus' }, foreign)).toMatchObject({
    status: 403,
    body: { code: 'not-own-member' },
  });
  await foreign.close();
  const remote = importingKeys(ledger, { self, wallMs, request, atSigner: ['consensus'] });
  const signing = await startTestGateway({ self, keys: remote, wallMs, node: new MemoryNode(ledger) });
  const refused = await post('recipient', { kind: 'consensus' }, signing);
  expect(reasonOf(refused)).toEqual(refusedFor('key-at-signer'));
  expect(refused.body.detail).toContain('concordat keys add signer.yaml --kind consensus');
  expect((await post('recipient', { kind: 'node' }, signing)).status).toBe(200);
  await signing.close();
});

test('no more keys wait than anybody needs', async () => {
  for (;;) {
    const answer = await post('recipient', { kind: 'node' });
    if (answer.status !== 200) {
      expect(answer.body.facts).toEqual({ reason: 'keys-full', kind: 'node', unused: 16, max: 16 });
      return;
    }
    expect((await handOver(encodePrivateKeyPem(newKey().seed), 'node')).status).toBe(200);
  }
});

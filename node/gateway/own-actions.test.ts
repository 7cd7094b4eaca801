/** What auditors and readers may submit: the key that payloads for them are encrypted to, and nothing else. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { toBase64Url } from '../../shared/codec/hex.ts';
import type { CborValue, Role } from '../../shared/types/ledger.ts';
import { readIdentity } from '../ledger/modules/identities.ts';
import { genesisTime, keyOfRole, testEnvelope } from './test-support/consortium.ts';
import { MemoryLedger } from './test-support/memory-ledger.ts';
import { MemoryNode } from './test-support/memory-node.ts';
import { type StartedGateway, startTestGateway } from './test-support/started-gateway.ts';

let gateway: StartedGateway;
beforeAll(async () => {
  const node = new MemoryNode(new MemoryLedger());
  gateway = await startTestGateway({ node, wallMs: () => node.nowMs });
  node.isEager = true;
});
afterAll(() => gateway.close());

const encryptionKey = new Uint8Array(32).fill(9);
const event = { eventId: 'e', type: 't', data: 1, labels: {}, references: [] };
const append = { stream: 'orders', expectedRevision: 'any', events: [event] };

function envelopeOf(signer: Role, action: string, args: CborValue): string {
  const { network } = gateway.ledger;
  const key = keyOfRole[signer];
  return toBase64Url(testEnvelope({ network, action, args, key, expiresAt: genesisTime + 60_000 }));
}
async function submitted(asker: Role, body: object): Promise<{ status: number; codes: unknown }> {
  const response = await fetch(`${gateway.url}/api/v1/transactions?wait=certified`, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      Authorization: `Bearer ${await gateway.token(asker)}`,
    },
    body: JSON.stringify(body),
  });
  const answer = (await response.json()) as { code?: string; results?: { status: string; code?: string }[] };
  const codes = answer.results?.map(({ status, code }) => code ?? status) ?? answer.code;
  return { status: response.status, codes };
}
const setKey = 'identities.set-encryption-key';

describe.each(['auditor', 'reader'] as const)('a signed-in %s', (role) => {
  test('registers its own encryption key', async () => {
    const envelope = envelopeOf(role, setKey, { encryptionKey });
    expect(await submitted(role, { envelope })).toMatchObject({ status: 200 });
    expect(readIdentity(gateway.ledger.state, `south.${role}`)).toMatchObject({
      encryptionKey: '09'.repeat(32),
    });
  });

  test('submits nothing else, not even what somebody else has signed', async () => {
    const own = envelopeOf(role, 'streams.append', append);
    const others = envelopeOf('submitter', 'streams.append', append);
    const othersKey = envelopeOf('submitter', setKey, { encryptionKey });
    for (const envelope of [own, others, othersKey])
      expect(await submitted(role, { envelope })).toEqual({ status: 403, codes: 'role-missing' });
    const mixed = await submitted(role, {
      envelopes: [own, envelopeOf(role, setKey, { encryptionKey }), others],
    });
    expect(mixed.codes).toEqual(['role-missing', 'certified', 'role-missing']);
  });
});

test('who writes is held to nothing of this', async () => {
  const envelope = envelopeOf('submitter', 'streams.append', append);
  expect(await submitted('submitter', { envelope })).toMatchObject({ status: 200 });
});

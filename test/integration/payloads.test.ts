/**
 * Payloads on four real validators: read everywhere, fetched by one that was killed, erased by ballots from every
 * file of every node, also of one that was away and of one that begins with nothing; the proof of the event stays.
 */
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifyWithSodium } from '../../node/crypto/sodium.ts';
import { exampleSigner, type SignedIn, signedInAs } from '../../scripts/lib/signed-in.ts';
import { apiPrefix, type Problem, type SubmitResponseJson } from '../../shared/api.ts';
import { append, type Command, signTransaction } from '../../shared/client/transaction-builder.ts';
import { fromHex, toBase64Url } from '../../shared/codec/hex.ts';
import { payloadDigest } from '../../shared/codec/payload.ts';
import { verifyProofPack } from '../../shared/protocol/verify-pack.ts';
import type { IdentityId, NetworkId, Nonce } from '../../shared/types/brands.ts';
import type { CborValue } from '../../shared/types/ledger.ts';
import { createExample, type Example, type StartedValidator } from '../support/example.ts';

const ids = ['alpha', 'beta', 'gamma', 'delta'];
let example: Example;
let session: SignedIn;
let network: NetworkId;
let validators: readonly StartedValidator[];
/** Processes that were started again, by validator. */
const pids = new Map<string, number>();

beforeAll(async () => {
  example = await createExample();
  session = signedInAs(example.data, 'alpha.admin');
  const ready = await example.run().next('ready');
  network = ready.network as NetworkId;
  validators = ready.validators as readonly StartedValidator[];
  for (const { id, pid } of validators) pids.set(id, pid);
});
afterAll(() => example.cleanUp());

const gatewayOf = (id: string): string => validators.find((one) => one.id === id)!.gateway;
const ask = (id: string, path: string, options?: Parameters<SignedIn['fetch']>[1]): Promise<Response> =>
  session.fetch(`${gatewayOf(id)}${apiPrefix}${path}`, options);

/** @returns the id of the transaction, which is certified */
async function submit(
  at: string,
  identity: string,
  command: Command,
  ...payloads: readonly Uint8Array[]
): Promise<string> {
  const { publicKey: sender, sign } = await exampleSigner(example.data, identity);
  const nonce = randomBytes(16).toString('hex') as Nonce;
  const expiresAt = Date.now() + 120_000;
  const { envelope } = await signTransaction({ network, sender, nonce, expiresAt, ...command }, sign);
  const body = JSON.stringify({ envelope: toBase64Url(envelope), payloads: payloads.map(toBase64Url) });
  const response = await ask(at, '/transactions?wait=certified&receipts=omit', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: Buffer.from(body),
  });
  const answer = (await response.json()) as SubmitResponseJson;
  expect(answer).toMatchObject({ results: [{ status: 'certified', outcome: { status: 'succeeded' } }] });
  const [result] = answer.results;
  return result?.status === 'certified' ? result.id : '';
}

const appending = (eventId: string, bytes: Uint8Array): Command => {
  const recipients = ['alpha.submitter' as IdentityId];
  const payload = { digest: payloadDigest(bytes), size: bytes.length, erasable: true, recipients };
  return append('confidential', [{ eventId, type: 'note', data: null, labels: {}, references: [], payload }]);
};

async function statusAt(id: string, bytes: Uint8Array): Promise<number | string> {
  try {
    const response = await ask(id, `/payloads/${payloadDigest(bytes)}`);
    const body = (await response.json()) as { readonly bytes?: string };
    if (response.status === 200) expect(body.bytes).toBe(toBase64Url(bytes));
    return response.status;
  } catch (error) {
    return String(error);
  }
}
const statuses = (bytes: Uint8Array, at = ids) =>
  expect.poll(() => Promise.all(at.map((id) => statusAt(id, bytes))), { timeout: 90_000, interval: 250 });

async function kill(id: string): Promise<void> {
  process.kill(pids.get(id)!, 'SIGKILL');
  await expect.poll(() => isAlive(pids.get(id)!)).toBe(false);
}
function restart(id: string): void {
  const { pid } = example.runValidator(id);
  pids.set(id, pid!);
}
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Files below the data directory with any 64 bytes of it. */
function filesWith(bytes: Uint8Array): readonly string[] {
  const parts = Array.from({ length: Math.floor(bytes.length / 64) }, (_, part) =>
    Buffer.from(bytes.subarray(64 * part, 64 * part + 64)),
  );
  const texts = parts.flatMap((part) => [part.toString('base64url'), part.toString('hex')]);
  const files = readdirSync(example.data, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
  return files.filter((file) => {
    const content = readFileSync(file);
    return [...parts, ...texts].some((part) => content.includes(part));
  });
}

const first = new Uint8Array(randomBytes(6_400));
const second = new Uint8Array(randomBytes(300_000));
const kept = new Uint8Array(randomBytes(640));
let firstId = '';

describe('payloads on four validators', () => {
  it('are read on all of them, and lie on the disk of each', async () => {
    firstId = await submit('alpha', 'alpha.submitter', appending('first', first), first);
    await statuses(first).toEqual([200, 200, 200, 200]);
    expect(filesWith(first).length).toBeGreaterThanOrEqual(ids.length);
  });

  it('come to one that was killed before they were submitted, and to one that was killed right after', async () => {
    await kill('delta');
    await submit('beta', 'beta.submitter', appending('kept', kept), kept);
    restart('delta');
    await statuses(kept).toEqual([200, 200, 200, 200]);
    await submit('gamma', 'beta.submitter', appending('second', second), second);
    await kill('gamma');
    restart('gamma');
    await statuses(second).toEqual([200, 200, 200, 200]);
  });

  it('are erased by ballots: from every file of every node, the one that was away included', async () => {
    await kill('gamma');
    const digests = [first, second].map((bytes) => fromHex(payloadDigest(bytes)));
    const actions: CborValue = [{ kind: 'payloads.erase', args: { digests, reason: 'a court order' } }];
    const expiresAt = Date.now() + 600_000;
    const propose = { action: 'governance.propose', args: { actions, reason: 'for a trial', expiresAt } };
    const vote = { action: 'governance.vote', args: { proposal: 0, approve: true } };
    await submit('alpha', 'alpha.admin', propose);
    await submit('beta', 'beta.admin', vote);
    await statuses(first, ['alpha', 'beta', 'delta']).toEqual([200, 200, 200]);
    await submit('delta', 'delta.admin', vote);
    await statuses(first, ['alpha', 'beta', 'delta']).toEqual([410, 410, 410]);
    expect(filesWith(first)).toEqual([expect.stringMatching(/gamma.payloads\.db/)]);
    restart('gamma');
    for (const bytes of [first, second]) await statuses(bytes).toEqual([410, 410, 410, 410]);
    await expect.poll(() => [first, second].map((bytes) => filesWith(bytes))).toEqual([[], []]);
    await statuses(kept).toEqual([200, 200, 200, 200]);
  });

  it('say who erased them, when and why, and the proof of the event still verifies', async () => {
    const gone = (await (await ask('gamma', `/payloads/${payloadDigest(first)}`)).json()) as Problem;
    expect(gone).toMatchObject({
      code: 'payload-erased',
      facts: { by: 'alpha', reason: 'a court order', proposal: 0, height: expect.any(Number) },
    });
    const response = await ask('gamma', `/transactions/${firstId}/pack`, {
      headers: { accept: 'application/cbor' },
    });
    const pack = new Uint8Array(await response.arrayBuffer());
    const verify = async (key: Uint8Array, message: Uint8Array, signature: Uint8Array): Promise<boolean> =>
      verifyWithSodium(key, message, signature);
    const { checks } = await verifyProofPack(pack, network, verify);
    expect(checks.length).toBeGreaterThan(3);
    expect(checks.filter(({ ok }) => !ok)).toEqual([]);
  });

  it('are no hindrance to a node that begins with nothing: it fetches what is there', async () => {
    await kill('gamma');
    const directory = join(example.data, 'gamma');
    for (const name of readdirSync(directory))
      if (/^(ledger|derived|payloads)\.db|^snapshots$/.test(name))
        rmSync(join(directory, name), { recursive: true });
    restart('gamma');
    await statuses(kept).toEqual([200, 200, 200, 200]);
    for (const bytes of [first, second]) await statuses(bytes).toEqual([410, 410, 410, 410]);
    const { payloads } = (await (await ask('gamma', '/status')).json()) as {
      readonly payloads: { readonly missing: number; readonly count: number };
    };
    expect(payloads).toMatchObject({ count: 1, missing: 0 });
    expect([first, second].map((bytes) => filesWith(bytes))).toEqual([[], []]);
  });
});

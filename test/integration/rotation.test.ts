/**
 * Four running validators get other keys one after the other while records are appended, each of them while it is the
 * primary: nothing fails, nothing is started anew, and every old key is gone. A change that is withdrawn or lapses
 * takes its key with it, also when the node was down meanwhile.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { examplePassphraseFileOf, identityKeyFileOf } from '../../node/config/data-layout.ts';
import { readPassphrase } from '../../node/config/passphrase.ts';
import {
  createKeyFile,
  createPrivateSeed,
  encodePrivateKeyPem,
  privateKeyOf,
  readKeyFile,
} from '../../node/crypto/key-files.ts';
import { keyPairOf, signWithSodium, verifyWithSodium } from '../../node/crypto/sodium.ts';
import { type AskOptions, exampleSigner, type SignedIn, signedInAs } from '../../scripts/lib/signed-in.ts';
import { bulkBody, signedAppend } from '../../scripts/lib/signed-load.ts';
import {
  type BlockJson,
  type KeySignedJson,
  type KeysPlanJson,
  type KeysRotateJson,
  keysRecipientSchema,
} from '../../shared/api.ts';
import { encodeHandOver, handOverSigningBytes, sealKey } from '../../shared/client/key-import.ts';
import { signTransaction } from '../../shared/client/transaction-builder.ts';
import { fromBase64Url, fromHex, toBase64Url } from '../../shared/codec/hex.ts';
import { sealSigningBytes } from '../../shared/codec/messages.ts';
import type { BlockHash, Epoch, Height, NetworkId, Nonce } from '../../shared/types/brands.ts';
import type { CborValue } from '../../shared/types/ledger.ts';
import { createExample, type Example, type ExampleRun, type StartedValidator } from '../support/example.ts';

/** From the build, where the processes that it starts lie beside it. */
const { runConcordat } = (await import(
  new URL('../../dist/scripts/lib/cli.js', import.meta.url).href
)) as typeof import('../../scripts/lib/cli.ts');

interface Status {
  readonly network: NetworkId;
  readonly epoch: number;
  readonly view: number;
  readonly primary: string;
  readonly certifiedHeight: number;
}

/** Sorted: the primary of epoch e in view 0 is the one at e mod 4. */
const ids = ['alpha', 'beta', 'delta', 'gamma'];
let example: Example;
let run: ExampleRun;
let validators: readonly StartedValidator[];
let network: NetworkId;
const sessions = new Map<string, SignedIn>();

beforeAll(async () => {
  example = await createExample();
  run = example.run();
  const ready = await run.next('ready');
  validators = ready.validators as readonly StartedValidator[];
  for (const id of ids) sessions.set(id, signedInAs(example.data, `${id}.admin`));
  ({ network } = await statusOf('alpha'));
});
afterAll(() => example.cleanUp());

/** As a client does: a connection that the server let go of in the same moment is opened anew, with the same bytes. */
async function fetched(id: string, path: string, options: AskOptions = {}): Promise<Response> {
  for (let tries = 1; ; tries += 1)
    try {
      return await sessions.get(id)!.fetch(`${started(id).gateway}/api/v1${path}`, options);
    } catch (error) {
      if (tries === 3) throw error;
    }
}
const started = (id: string): StartedValidator => validators.find((one) => one.id === id)!;
async function ask<Body>(id: string, path: string): Promise<Body> {
  const response = await fetched(id, path);
  if (!response.ok) throw new Error(`${id} ${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as Body;
}
const statusOf = (id: string): Promise<Status> => ask(id, '/status');
const planOf = (id: string): Promise<KeysPlanJson> => ask(id, '/keys/plan');
const stageOf = async (id: string, key: string): Promise<string | undefined> =>
  (await planOf(id)).keys.find((one) => one.key === key)?.here;

async function keys<Answer>(id: string, ...args: readonly string[]): Promise<Answer> {
  const { exitCode, stdout, stderr } = await runConcordat([
    ...['keys', ...args, '--json', '--gateway', started(id).gateway],
    ...['--data', example.data, '--identity', `${id}.admin`],
  ]);
  expect([exitCode, stderr]).toEqual([0, '']);
  return JSON.parse(stdout) as Answer;
}

let nonces = 0;
async function act(identity: string, action: string, args: CborValue): Promise<void> {
  const { publicKey, sign } = await exampleSigner(example.data, identity);
  nonces += 1;
  const nonce = nonces.toString(16).padStart(32, '0') as Nonce;
  const fields = { network, sender: publicKey, nonce, expiresAt: Date.now() + 60_000, action, args };
  expect(await statusesOf([(await signTransaction(fields, sign)).envelope])).toEqual(['certified succeeded']);
}

let sent = 0;
async function statusesOf(envelopes: readonly Uint8Array[], at = sent): Promise<readonly string[]> {
  const id = ids[at % 3]!;
  const body = bulkBody(envelopes.map((envelope) => ({ id: '' as never, envelope })));
  const response = await fetched(id, '/transactions?wait=certified', {
    method: 'POST',
    headers: { 'content-type': 'application/cbor' },
    body: body as Uint8Array<ArrayBuffer>,
  });
  const { results = [] } = (await response.json()) as {
    readonly results?: readonly { readonly status: string; readonly outcome?: { readonly status: string } }[];
  };
  return results.map(({ status, outcome }) => `${status} ${outcome?.status}`);
}

/** Five records at a time, one batch after the other, until it is stopped. */
function startLoad(): { stop(): Promise<Record<string, number>> } {
  const counts: Record<string, number> = {};
  let isOver = false;
  async function send(): Promise<void> {
    const signer = await exampleSigner(example.data, 'alpha.submitter');
    while (!isOver) {
      const shape = { network, expiresAt: Date.now() + 300_000, streams: 3, dataBytes: 50, run: 'rotation' };
      const envelopes = Array.from({ length: 5 }, () => signedAppend(signer, shape, sent++).envelope);
      for (const status of await statusesOf(envelopes)) counts[status] = (counts[status] ?? 0) + 1;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  const running = send();
  return {
    async stop() {
      isOver = true;
      await running;
      return counts;
    },
  };
}

const consensusFiles = (id: string): string[] =>
  readdirSync(join(example.data, 'keys')).filter((name) => name.startsWith(`${id}.consensus`));
const identityKeyOf = (identity: string) =>
  readKeyFile(
    identityKeyFileOf(example.data, identity),
    readPassphrase(examplePassphraseFileOf(example.data)),
  );
const publicKeyIn = async (name: string): Promise<string> =>
  (await readKeyFile(join(example.data, 'keys', name), readPassphrase(examplePassphraseFileOf(example.data))))
    .publicKey;

const consensusKeyOf = async (id: string): Promise<string> =>
  (await planOf(id)).keys.find((one) => one.owner === id && one.kind === 'consensus' && one.use === 'in-use')!
    .key;

/** The first block of the epoch whose certificate holds this validator's seal by this key; it verifies. */
async function sealedWith(id: string, key: string, epoch: number): Promise<number | undefined> {
  const { certifiedHeight } = await statusOf(id);
  for (let height = certifiedHeight; height > 0; height -= 1) {
    const { certificate } = await ask<BlockJson>(id, `/blocks/${height}`);
    if (certificate === null || certificate.epoch < epoch) return undefined;
    const seal = certificate.seals.find(({ validator }) => validator === id);
    const content = {
      epoch: certificate.epoch as Epoch,
      height: height as Height,
      block: certificate.block as BlockHash,
    };
    const signature = seal && fromBase64Url(seal.signature);
    if (signature && verifyWithSodium(fromHex(key), sealSigningBytes(network, content), signature))
      return height;
  }
  return undefined;
}

const eventually = { timeout: 90_000, interval: 100 };

describe('a change that is withdrawn', () => {
  it('erases the new key when it is withdrawn, and the old one goes on', async () => {
    const id = 'beta';
    const old = await consensusKeyOf(id);
    const { certifiedHeight } = await statusOf(id);
    const args = ['--not-before', String(certifiedHeight + 200)];
    const { key } = await keys<KeysRotateJson>(id, 'rotate', ...args);
    await expect.poll(() => stageOf(id, key), eventually).toBe('scheduled');
    expect(consensusFiles(id)).toHaveLength(2);
    await keys(id, 'rotate', '--withdraw', '--reason', 'not today');
    await expect.poll(() => consensusFiles(id), eventually).toEqual([`${id}.consensus.age`]);
    expect(await publicKeyIn(`${id}.consensus.age`)).toBe(old);
    expect((await planOf(id)).activation).toBeUndefined();
  });
});

describe('a key file that is handed over', () => {
  it('is held as one that the node made; the same command goes on where it stands, to the end', async () => {
    const id = 'gamma';
    const file = join(example.folder, 'new.age');
    const passphraseFile = join(example.folder, 'new-passphrase');
    writeFileSync(passphraseFile, 'of the new key alone\n');
    const { publicKey, seed } = await createKeyFile(file, 'of the new key alone', { workFactor: 10 });
    const use = ['rotate', '--use', file, '--use-passphrase-file', passphraseFile];
    const timing = ['--not-before', String((await statusOf(id)).certifiedHeight + 200)];
    expect((await keys<KeysRotateJson>(id, ...use, ...timing)).key).toBe(publicKey);
    const held = join(example.data, 'keys', `${id}.consensus.${publicKey.slice(0, 16)}.age`);
    const passphrase = readPassphrase(examplePassphraseFileOf(example.data));
    expect(await readKeyFile(held, passphrase)).toEqual({ publicKey, seed });
    await expect.poll(() => stageOf(id, publicKey), eventually).toBe('scheduled');
    expect(await keys<KeysRotateJson>(id, ...use, ...timing)).toMatchObject({
      key: publicKey,
      underWay: { stage: 'scheduled' },
    });
    await keys(id, 'rotate', '--withdraw', '--reason', 'not today');
    await expect.poll(() => consensusFiles(id), eventually).toEqual([`${id}.consensus.age`]);
    const { exitCode, stderr } = await runConcordat([
      ...['keys', ...use, '--gateway', started(id).gateway],
      ...['--data', example.data, '--identity', `${id}.admin`],
    ]);
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining('key-used')]);
  });
});

describe('a session of an admin without their key, such as a stolen one', () => {
  it('brings the node no key, and rotates the validator to none that its thief knows', async () => {
    const id = 'gamma';
    const post = async (path: string, body: object) => {
      const headers = { 'content-type': 'application/json' };
      const bytes = new TextEncoder().encode(JSON.stringify(body));
      return (await fetched(id, `/keys/${path}`, { method: 'POST', headers, body: bytes })).json();
    };
    const seed = createPrivateSeed();
    const { publicKey: key } = privateKeyOf(seed);
    const signatures = [seed, (await identityKeyOf('alpha.admin')).seed].map(
      (by) => (recipient: string) =>
        signWithSodium(
          keyPairOf(by).secretKey,
          handOverSigningBytes(network, encodeHandOver({ validator: id, kind: 'consensus', recipient, key })),
        ),
    );
    for (const sign of signatures) {
      const { recipient } = keysRecipientSchema.parse(await post('recipient', { kind: 'consensus' }));
      const sealed = toBase64Url(await sealKey(encodePrivateKeyPem(seed), recipient));
      expect(
        await post('import', { recipient, sealed, signature: toBase64Url(sign(recipient)) }),
      ).toMatchObject({ code: 'key-import-refused', facts: { reason: 'hand-over-unsigned' } });
    }
    expect(await post('rotate', { kind: 'consensus', key })).toMatchObject({
      code: 'rotation-refused',
      facts: { reason: 'key-not-unused' },
    });
    expect([await stageOf(id, key), consensusFiles(id)]).toEqual([undefined, [`${id}.consensus.age`]]);
  });
});

describe('all four in turn, each while it is the primary, under load', () => {
  it('get other keys: failed 0, restarts 0, and each old key is erased', async () => {
    const pids = validators.map(({ pid }) => pid);
    const load = startLoad();
    // Zero, unless the machine stood still for longer than the primary may be silent.
    let viewChanges = 0;
    for (const [epoch, id] of ids.entries()) {
      const { view, ...status } = await statusOf(id);
      expect(status).toMatchObject({ epoch, primary: ids[(epoch + view) % 4] });
      viewChanges += view;
      const old = await consensusKeyOf(id);
      const { key } = await keys<KeysRotateJson>(id, 'rotate');
      await expect.poll(() => stageOf(id, key), eventually).toBe('in-use');
      await expect.poll(() => consensusFiles(id), eventually).toEqual([`${id}.consensus.age`]);
      expect(await publicKeyIn(`${id}.consensus.age`)).toBe(key);
      expect(await stageOf(id, old)).toBeUndefined();
      await expect.poll(async () => (await statusOf(id)).epoch, eventually).toBe(epoch + 1);
      await expect.poll(() => sealedWith(id, key, epoch + 1), eventually).toBeGreaterThan(0);
    }
    const counts = await load.stop();
    expect(Object.keys(counts)).toEqual(['certified succeeded']);
    expect(counts['certified succeeded']).toBeGreaterThan(50);
    for (const id of ids) expect(await statusOf(id)).toMatchObject({ epoch: 4 });
    console.log(`four rotations: ${JSON.stringify({ ...counts, viewChanges })}`);
    for (const pid of pids) expect(process.kill(pid, 0)).toBe(true);
    for (const { logFile } of validators) {
      const log = readFileSync(logFile, 'utf8');
      expect(log.split('"node-started"')).toHaveLength(2);
      expect(log).not.toContain('"evidence"');
    }
  }, 240_000);
});

describe('a change that lapses', () => {
  it('erases the new key, also when the node was down meanwhile', async () => {
    const id = 'gamma';
    const old = await consensusKeyOf(id);
    const rotate = ['rotate', '--by-ballots', '--deadline', '3', '--reason', 'lost'];
    await keys(id, ...rotate);
    expect(consensusFiles(id)).toHaveLength(2);
    process.kill(started(id).pid, 'SIGTERM');
    await expect
      .poll(() => readFileSync(started(id).logFile, 'utf8'), eventually)
      .toContain('"node-stopped"');
    for (const other of ['alpha', 'beta'])
      await act(`${other}.admin`, 'governance.vote', { proposal: 0, approve: true });
    await expect
      .poll(async () => (await planOf('alpha')).activation, eventually)
      .toMatchObject({ status: 'approved' });
    await expect.poll(async () => (await planOf('alpha')).activation, eventually).toBeUndefined();
    example.runValidator(id);
    await expect.poll(() => consensusFiles(id), eventually).toEqual([`${id}.consensus.age`]);
    expect(await publicKeyIn(`${id}.consensus.age`)).toBe(old);
  });
});

describe('a node key', () => {
  it('is replaced by ballots while links go on; the old one counts for a while', async () => {
    const id = 'alpha';
    await keys(id, 'rotate', '--kind', 'node');
    for (const other of ['beta', 'delta'])
      await act(`${other}.admin`, 'governance.vote', { proposal: 1, approve: true });
    const ofNode = async () =>
      (await planOf(id)).keys
        .filter(({ kind, owner }) => kind === 'node' && owner === id)
        .map(({ use, here }) => `${use} ${here}`)
        .sort();
    await expect.poll(ofNode, eventually).toEqual(['in-use in-use', 'overlapping overlapping']);
    await expect
      .poll(() => readFileSync(started(id).logFile, 'utf8'), eventually)
      .toContain('"node-key-changed"');
    const peers = async () =>
      (await ask<{ readonly peers: readonly { readonly connected: boolean }[] }>(id, '/peers')).peers.filter(
        ({ connected }) => connected,
      ).length;
    await expect.poll(peers, eventually).toBe(3);
  });
});

describe('a stolen key', () => {
  it('is marked, lists what it signed since, and does not replace itself', async () => {
    const id = 'delta';
    const key = await consensusKeyOf(id);
    const { certifiedHeight } = await statusOf(id);
    const since = certifiedHeight - 10;
    await keys(id, 'suspect', key, '--since', String(since), '--reason', 'laptop stolen');
    const { rows, from } = await keys<KeySignedJson>(id, 'signed', key);
    expect(from).toBe(since);
    expect(rows.length).toBeGreaterThan(0);
    expect(rows.every((row) => row.what === 'block' && row.height >= since)).toBe(true);
    const plan = await planOf(id);
    expect(plan.next).toContainEqual({ who: id, what: 'replace-suspected-key', key });
    const { exitCode, stderr } = await runConcordat([
      ...['keys', 'rotate', '--gateway', started(id).gateway, '--data', example.data],
      ...['--identity', `${id}.admin`],
    ]);
    expect(exitCode).not.toBe(0);
    expect(stderr).toContain('key-suspected');
  });
});

import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  consensusKeyFileOf,
  encryptionKeyFileOf,
  examplePassphraseFileOf,
  identityKeyFileOf,
  keysDirectoryOf,
  nodeFileOf,
} from '../../node/config/data-layout.ts';
import { readPassphrase } from '../../node/config/passphrase.ts';
import { readEncryptionKeyFile } from '../../node/crypto/encryption-key-files.ts';
import {
  createKeyFile,
  createPrivateSeed,
  encodePrivateKeyPem,
  readKeyFile,
} from '../../node/crypto/key-files.ts';
import { encodeSignerRequest, signerFrame } from '../../node/crypto/signer-wire.ts';
import { keyPairOf } from '../../node/crypto/sodium.ts';
import { type SignedIn, signedInAs } from '../../scripts/lib/signed-in.ts';
import { apiPrefix, endpoints, keysRecipientSchema } from '../../shared/api.ts';
import { sealKey } from '../../shared/client/key-import.ts';
import type { PublicKey } from '../../shared/types/brands.ts';
import { createExample, type Example, type ExampleRun } from '../support/example.ts';
import { type Secret, spellingsOf, spellingsOfReader } from '../support/secret-watch/secrets.ts';
import { type SignerProcess, signerIn, switchToSigner } from '../support/signer-process.ts';

const concordatMain = fileURLToPath(new URL('../../dist/node/cli/main.js', import.meta.url));

let example: Example;
let session: SignedIn;
let run: ExampleRun;
let gateway: string;
let secrets: readonly Secret[];
let signer: SignerProcess;
const printed: string[] = [];
/** Of a confidential payload that is on the ledger. */
let digest: string;

beforeAll(async () => {
  example = await createExample();
  session = signedInAs(example.data, 'alpha.admin');
  run = example.run();
  await run.next('ready');
  run.kill('SIGINT');
  await run.ended;
  // Whoever looks for a fault sets the level to debug and passes the log on: it must be harmless, too.
  for (const id of ['alpha', 'beta', 'gamma', 'delta']) {
    const file = nodeFileOf(example.data, id);
    writeFileSync(file, readFileSync(file, 'utf8').replace('level: info', 'level: debug'));
  }
  await holdKeysInEveryWay();
  secrets = await readSecrets();
  run = example.run();
  const [first] = (await run.next('ready')).validators as readonly { readonly gateway: string }[];
  gateway = first!.gateway;
});
afterAll(async () => {
  await signer.end('SIGTERM');
  await example.cleanUp();
});

/** Alpha's consensus key in a signer, beta's passphrase from the environment, and another key beside delta's. */
async function holdKeysInEveryWay(): Promise<void> {
  const passphraseFile = examplePassphraseFileOf(example.data);
  const place = join(example.data, 'signer');
  const key = consensusKeyFileOf(example.data, 'alpha');
  await concordat('signer', 'create', place, '--validator', 'alpha', '--key', key, '--data', example.data);
  writeFileSync(join(place, 'signer.yaml'), 'log:\n  level: debug\n', { flag: 'a' });
  signer = signerIn(place);
  switchToSigner(nodeFileOf(example.data, 'alpha'), signer);
  const beta = nodeFileOf(example.data, 'beta');
  writeFileSync(beta, readFileSync(beta, 'utf8').replace(/ *passphrase_file:.*\n/, ''));
  process.env.CONCORDAT_PASSPHRASE = readPassphrase(passphraseFile);
  await signer.start();
  await concordat('keys', 'add', nodeFileOf(example.data, 'delta'), '--kind', 'consensus', '--json');
}

async function readSecrets(): Promise<readonly Secret[]> {
  const passphrase = readPassphrase(examplePassphraseFileOf(example.data));
  const directory = keysDirectoryOf(example.data);
  const keys = await Promise.all(
    readdirSync(directory).map(async (name) => ({
      name,
      spellings: name.startsWith('encryption_')
        ? spellingsOfReader((await readEncryptionKeyFile(join(directory, name), passphrase)).secret)
        : spellingsOf((await readKeyFile(join(directory, name), passphrase)).seed),
    })),
  );
  const content = Buffer.from(confidential);
  return [
    ...keys,
    { name: 'passphrase', spellings: [Buffer.from(passphrase)] },
    { name: 'content', spellings: [content, Buffer.from(content.subarray(0, 30).toString('base64'))] },
  ];
}

/** Content of a payload: what nobody but its readers may have. */
const confidential = 'The price is 7.35 and nobody else may know it.';

const found = (haystack: Buffer | string): readonly string[] => {
  const bytes = Buffer.from(haystack as string);
  return secrets
    .filter(({ spellings }) => spellings.some((one) => bytes.includes(one)))
    .map(({ name }) => name);
};

interface ApiAnswer {
  readonly ok: boolean;
  readonly bytes: Buffer;
}

async function answerOf(method: string, path: string, accept: string, body?: string): Promise<ApiAnswer> {
  const authorization = `Bearer ${await session.token(gateway)}`;
  const response = await fetch(`${gateway}${path}`, {
    method,
    headers: { accept, authorization, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body }),
  });
  return { ok: response.ok, bytes: Buffer.from(await response.arrayBuffer()) };
}

const concordat = (...args: string[]): Promise<string> =>
  new Promise((resolve) => {
    execFile(process.execPath, [concordatMain, ...args], (_, stdout, stderr) => {
      printed.push(stdout + stderr);
      resolve(stdout);
    });
  });

/** What it says to whoever may open its socket is looked at, too. */
async function askWhatIsRefused(path: string): Promise<void> {
  const socket = connect(path);
  const items = [{ key: '00'.repeat(32) as PublicKey, bytes: new Uint8Array(100) }];
  socket.write(signerFrame(encodeSignerRequest({ type: 'sign', id: 1, items })));
  for await (const bytes of socket) {
    printed.push((bytes as Buffer).toString('latin1'));
    if ((bytes as Buffer).includes('refused')) break;
  }
}

/** Appended, read, read with a wrong key and granted; its digest. */
async function writeAndReadConfidential(): Promise<string> {
  const data = ['--data', example.data, '--gateway', gateway, '--json'];
  const content = join(example.folder, 'content');
  const read = join(example.folder, 'read');
  writeFileSync(content, confidential);
  const append = [
    'stream',
    'append',
    'orders',
    '--type',
    'priced',
    '--event-data',
    '{}',
    '--payload',
    content,
  ];
  const appended = await concordat(...append, '--confidential-to', 'beta.submitter', '--erasable', ...data);
  const { payload = '' } = JSON.parse(appended || '{}') as { payload?: string };
  expect(payload, printed.join('\n')).toMatch(/^[0-9a-f]{64}$/);
  await concordat('payload', 'get', payload, '--out', read, ...data);
  expect(readFileSync(read, 'utf8'), printed.join('\n')).toBe(confidential);
  const file = encryptionKeyFileOf(example.data, 'gamma.auditor');
  const passphrase = ['--encryption-passphrase-file', examplePassphraseFileOf(example.data)];
  await concordat('payload', 'get', payload, '--encryption-key', file, ...passphrase, ...data);
  await concordat('payload', 'grant', payload, '--to', 'gamma.auditor', ...data);
  await concordat('payload', 'show', payload, ...data);
  expect(printed.join('')).toContain('not-a-recipient');
  return payload;
}

const filesIn = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)));

describe('private keys and passphrases', () => {
  it('would be found in any of their spellings', () => {
    expect(secrets.map(({ name }) => name)).toContain('alpha.consensus.age');
    expect(secrets).toHaveLength(8 + 1 + 7 + 7 + 2);
    expect(secrets.filter(({ name }) => name.startsWith('delta.consensus.'))).toHaveLength(2);
    const seed = Buffer.from(secrets[0]!.spellings[0]!);
    const { secretKey } = keyPairOf(seed);
    const spelt = [
      seed,
      seed.toString('hex'),
      seed.toString('base64'),
      seed.toString('base64url'),
      Buffer.from(secretKey).toString('base64'),
      encodePrivateKeyPem(seed),
      JSON.stringify([...seed]),
    ];
    expect(spelt.map(found)).toEqual(spelt.map(() => [secrets[0]!.name]));
    const reader = secrets.find(({ name }) => name === 'encryption_alpha.submitter.age');
    expect(found(`a key: ${reader!.spellings[0]!.toString()}`)).toEqual([reader!.name]);
    expect(found(`said: ${confidential}`)).toEqual(['content']);
  });

  it('are not printed where a confidential payload is written, read and granted, nor is its content', async () => {
    digest = await writeAndReadConfidential();
    expect(printed.flatMap(found)).toEqual([]);
  });

  it('are not told by a key that is handed over to a node, taken or refused', async () => {
    const file = join(example.folder, 'new.age');
    const passphraseFile = join(example.folder, 'new-passphrase');
    writeFileSync(passphraseFile, 'of the new key alone\n');
    const taken = await createKeyFile(file, 'of the new key alone', { workFactor: 10 });
    const refused = createPrivateSeed();
    secrets = [
      ...secrets,
      { name: 'handed over', spellings: spellingsOf(taken.seed) },
      { name: 'refused', spellings: spellingsOf(refused) },
      { name: 'passphrase of its file', spellings: [Buffer.from('of the new key alone')] },
    ];
    const there = ['--data', example.data, '--gateway', gateway, '--json'];
    const use = ['--use', file, '--use-passphrase-file', passphraseFile];
    // The signer keeps the consensus key, the node its node key.
    await concordat('keys', 'rotate', ...use, ...there);
    expect(printed.at(-1)).toContain('key-at-signer');
    await concordat('keys', 'rotate', '--kind', 'node', ...use, ...there);
    expect(readdirSync(keysDirectoryOf(example.data))).toContain(
      `alpha.node.${taken.publicKey.slice(0, 16)}.age`,
    );
    await concordat('keys', 'rotate', '--kind', 'node', ...use, ...there);
    expect(printed.at(-1)).toContain(`"key":"${taken.publicKey}"`);
    // Whoever forgets to encrypt it is not quoted.
    const post = async (path: string, body: object) =>
      (await answerOf('POST', `${apiPrefix}/keys/${path}`, 'application/json', JSON.stringify(body))).bytes;
    const recipientOf = async () =>
      keysRecipientSchema.parse(JSON.parse(String(await post('recipient', { kind: 'node' })))).recipient;
    const pem = encodePrivateKeyPem(refused);
    const bare = Buffer.from(pem).toString('base64url');
    const signature = 'A'.repeat(86);
    // Nor is a key that was opened here and that no admin signed for.
    const opened = await recipientOf();
    const sealed = Buffer.from(await sealKey(pem, opened)).toString('base64url');
    const answers = [await post('import', { recipient: opened, sealed, signature })];
    const recipient = await recipientOf();
    answers.push(
      await post('import', { recipient, sealed: bare, signature }),
      await post('import', { recipient, sealed: pem, signature }),
      await post('import', { recipient: pem, sealed: bare, signature }),
      await post('import', { recipient, sealed: bare, signature: pem }),
    );
    const told = answers.map((one) => /"(?:reason|code)":"(?!key-import)([a-z-]+)"/.exec(String(one))?.[1]);
    expect(told).toEqual([
      ...['hand-over-unsigned', 'key-unreadable'],
      ...['invalid-request', 'invalid-request', 'invalid-request'],
    ]);
    expect([...printed, ...answers].flatMap(found)).toEqual([]);
  });

  it('are in no answer of the API and in no output of the command line', async () => {
    const data = ['--data', example.data, '--gateway', gateway, '--json'];
    const event = ['stream', 'append', 'orders', '--type', 'note', '--event-data', '{"text":"hello"}'];
    const { id = '' } = JSON.parse((await concordat(...event, ...data)) || '{}') as { id?: string };
    expect(id, printed.join('\n')).toMatch(/^[0-9a-f]{64}$/);
    const keyFile = identityKeyFileOf(example.data, 'alpha.submitter');
    const wrong = join(example.folder, 'wrong-passphrase');
    writeFileSync(wrong, 'not the passphrase\n');
    await concordat('keys', 'show', keyFile, '--passphrase-file', examplePassphraseFileOf(example.data));
    await concordat('keys', 'show', keyFile, '--passphrase-file', wrong);
    await concordat(...event, ...data, '--key', keyFile, '--passphrase-file', wrong);
    await concordat('status', '--gateway', gateway, '--data', example.data);
    for (const id of ['alpha', 'beta', 'delta'])
      await concordat('keys', 'list', nodeFileOf(example.data, id));
    const signerFile = join(example.data, 'signer', 'signer.yaml');
    await concordat('keys', 'list', signerFile);
    await concordat('signer', 'status', signerFile, '--json');
    await askWhatIsRefused(signer.socket);
    expect(printed.join('')).toContain('malformed');
    expect(printed.flatMap(found)).toEqual([]);

    const filled: Record<string, string> = { name: 'orders', key: 'stream/orders', heightOrHash: '1' };
    filled.digest = digest;
    const { bytes } = await answerOf('GET', `${apiPrefix}/validators`, 'application/json');
    const { validators } = JSON.parse(bytes.toString()) as {
      validators: readonly { consensusKey: string }[];
    };
    filled.publicKey = validators[0]!.consensusKey;
    const query: Record<string, string> = {
      analytics: '?by=action',
      search: '?q=alpha',
      consistency: '?from=0&to=1',
      historyInclusion: '?height=0&at=1',
    };
    const refused = new Set<string>();
    for (const [name, { method, path }] of Object.entries(endpoints)) {
      const ofIdentity = path.startsWith('/identities') ? 'alpha.submitter' : id;
      const target = path.replace(/\{(\w+)\}/g, (_, part: string) =>
        encodeURIComponent(part === 'id' ? ofIdentity : filled[part]!),
      );
      for (const accept of ['application/json', 'application/cbor']) {
        const body = method === 'post' ? '{"envelope":"AAAA"}' : undefined;
        const answer = await answerOf(method, `${apiPrefix}${target}${query[name] ?? ''}`, accept, body);
        if (!answer.ok) refused.add(name);
        if (name === 'signOut') session.forget(gateway);
        expect(answer.bytes.length, name).toBeGreaterThan(0);
        expect(found(answer.bytes), name).toEqual([]);
      }
    }
    // There is no such asset, evidence, schema, proposal or activation, an export needs a query, and the bodies are malformed:
    // two kinds of error.
    expect([...refused]).toEqual([
      ...['challenge', 'signIn', 'proposal', 'dryRun', 'activation'],
      ...['evidenceRecord', 'keysRotate', 'keysRecipient', 'keysImport', 'submit', 'eventSchema', 'balances'],
      ...['exportManifest', 'export'],
    ]);
  });

  it('are in no log, and in no other file than those that keep them', async () => {
    const token = await session.token(gateway);
    run.kill('SIGINT');
    await run.ended;
    await signer.end('SIGTERM');
    expect(signer.printed()).toContain('"signature-refused"');
    expect(found(signer.printed())).toEqual([]);
    secrets = [...secrets, { name: 'session', spellings: [Buffer.from(String(token))] }];
    expect(found(run.errors() + JSON.stringify(run.events))).toEqual([]);
    const kept = /^(keys\/|example-passphrase$)/;
    const files = filesIn(example.data).filter((file) => !kept.test(file));
    for (const id of ['alpha', 'beta', 'gamma', 'delta']) expect(files).toContain(join(id, 'log'));
    expect(files).toContain('signer/signer.db');
    expect(readFileSync(join(example.data, 'alpha', 'log'), 'utf8')).toContain('"level":"debug"');
    const leaks = files.map((file) => [file, ...found(readFileSync(join(example.data, file)))]);
    expect(leaks.filter(([, ...names]) => names.length > 0)).toEqual([]);
  });
});

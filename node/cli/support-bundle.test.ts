import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { encodeGenesisDocument } from '../../shared/codec/genesis.ts';
import {
  examplePassphraseFileOf,
  genesisFileOf,
  identityKeyFileOf,
  keysDirectoryOf,
  nodeFileOf,
} from '../config/data-layout.ts';
import { nodeYamlText } from '../config/node-yaml.ts';
import { writeKeyFile } from '../crypto/key-files.ts';
import { keyOfRole, testGenesis } from '../gateway/test-support/consortium.ts';
import { type StartedGateway, startTestGateway } from '../gateway/test-support/started-gateway.ts';
import { writeRunRecord } from '../last-words.ts';
import { run } from './test-support/captured-io.ts';

let gateway: StartedGateway;
let folder: string;
let out: string;
const passphrase = 'a passphrase that nobody else uses';
const seed = new Uint8Array(32).map((_, index) => 200 - index);
/** Of a key beside the configured one, which is to replace it. */
const successorSeed = new Uint8Array(32).map((_, index) => 100 + index);

beforeEach(async () => {
  gateway = await startTestGateway();
  folder = mkdtempSync(join(tmpdir(), 'bundle-'));
  out = join(folder, 'bundle.tar.gz');
  mkdirSync(join(folder, 'validator-1', 'ledger'), { recursive: true });
  const nodeFile = nodeFileOf(folder, 'validator-1');
  const keys = { consensus: 'consensus.age', node: 'node.age', passphrase_file: 'passphrase' };
  const text = nodeYamlText({
    validator: 'validator-1',
    genesis: '../genesis',
    storage: 'ledger',
    keys,
    links: { listen: '127.0.0.1:1' },
    gateway: { listen: '127.0.0.1:2' },
    log: { file: 'log' },
  });
  writeFileSync(nodeFile, text);
  const beside = (name: string): string => join(nodeFile, '..', name);
  writeFileSync(beside('passphrase'), `${passphrase}\n`);
  mkdirSync(keysDirectoryOf(folder));
  writeFileSync(genesisFileOf(folder), encodeGenesisDocument(testGenesis));
  writeFileSync(examplePassphraseFileOf(folder), 'another passphrase\n');
  const operatorFile = identityKeyFileOf(folder, 'south.operator');
  await writeKeyFile(operatorFile, keyOfRole.operator.seed, 'another passphrase', { workFactor: 1 });
  for (const key of [keys.consensus, keys.node])
    await writeKeyFile(beside(key), seed, passphrase, { workFactor: 1 });
  await writeKeyFile(beside('consensus.0123456789abcdef.age'), successorSeed, passphrase, { workFactor: 1 });
  writeFileSync(beside('log'), `${'{"code":"old"}\n'.repeat(50_000)}{"code":"newest"}\n`);
  writeRunRecord(beside('ledger'), { validator: 'validator-1', version: '0', pid: 1, startedAt: 1 });
});
afterEach(async () => {
  await gateway.close();
  rmSync(folder, { recursive: true });
});

const bundle = () =>
  run(
    'support-bundle',
    '--out',
    out,
    '--gateway',
    gateway.url,
    '--data',
    folder,
    '--identity',
    'south.operator',
    '--validator',
    'validator-1',
  );

test('holds what helps, unpacks with tar, and holds neither key nor passphrase', async () => {
  const { exitCode, err } = await bundle();
  expect([exitCode, err]).toEqual([0, '']);
  expect(statSync(out).mode & 0o777).toBe(0o600);
  execFileSync('tar', ['-xzf', out, '-C', folder]);
  const names = execFileSync('tar', ['-tzf', out], { encoding: 'utf8' }).trim().split('\n');
  expect(names.map((name) => name.replace('concordat-support/', '')).sort()).toEqual([
    'consensus.json',
    'diagnosis.json',
    'disk.json',
    'genesis.json',
    'log.jsonl',
    'machine.json',
    'matrix.json',
    'metrics.txt',
    'metricsHistory.json',
    'node.json',
    'peers.json',
    'run.json',
    'status.json',
    'validators.json',
  ]);
  const read = (name: string): string => readFileSync(join(folder, 'concordat-support', name), 'utf8');
  expect(JSON.parse(read('diagnosis.json'))).toMatchObject({ commits: true });
  expect(read('metrics.txt')).toContain('concordat_height 0');
  expect(read('log.jsonl').trimEnd().split('\n').at(-1)).toBe('{"code":"newest"}');
  expect(read('log.jsonl').split('\n')[0]).toBe('{"code":"old"}');
  const content = gunzipSync(readFileSync(out)).toString('latin1');
  const key = Buffer.from(seed);
  for (const secret of [
    passphrase,
    key.toString('hex'),
    key.toString('base64url'),
    key.toString('latin1'),
    'AGE ENCRYPTED',
  ])
    expect(content.includes(secret)).toBe(false);
});

test.each([
  ['the passphrase', () => passphrase],
  ['a private key as hex', () => Buffer.from(seed).toString('hex')],
  ['a successor’s private key', () => Buffer.from(successorSeed).toString('base64')],
  ['somebody’s PEM', () => '-----BEGIN PRIVATE KEY-----'],
  ['an age file', () => '-----BEGIN AGE ENCRYPTED FILE-----'],
])('is not written if %s got into the log', async (_, secret) => {
  appendFileSync(join(folder, 'validator-1', 'log'), `{"code":"oops","text":"${secret()}"}\n`);
  const { exitCode, err } = await bundle();
  expect([exitCode, err]).toEqual([4, expect.stringContaining('[secret-found]')]);
  expect(() => statSync(out)).toThrow();
});

test('a gateway that does not answer is told in the bundle; a file that exists stays', async () => {
  const args = ['support-bundle', '--out', out, '--gateway', 'http://127.0.0.1:1'];
  expect((await run(...args)).out).toContain('diagnosis.failed.json');
  expect((await run(...args)).err).toContain('[file-exists]');
});

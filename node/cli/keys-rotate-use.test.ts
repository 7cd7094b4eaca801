/** `keys rotate --use`: a key file is handed over to the node, once, and the same command goes on where the key stands. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { fromHex } from '../../shared/codec/hex.ts';
import { heightOf, type TransactionId, type ValidatorId } from '../../shared/types/brands.ts';
import { createKeyFile, type PrivateKey } from '../crypto/key-files.ts';
import { genesisTime, possessionOf } from '../gateway/test-support/consortium.ts';
import { type ImportingKeys, importingKeys } from '../gateway/test-support/importing-keys.ts';
import { MemoryLedger } from '../gateway/test-support/memory-ledger.ts';
import { MemoryNode } from '../gateway/test-support/memory-node.ts';
import { type StartedGateway, startTestGateway } from '../gateway/test-support/started-gateway.ts';
import type { RotationAnswer, RotationRequest } from '../rotation/rotation.ts';
import { run } from './test-support/captured-io.ts';
import { createExampleData, type ExampleData } from './test-support/example-data.ts';

const self = 'validator-2' as ValidatorId;
const transaction = 'ab'.repeat(32) as TransactionId;
const passphrase = 'another passphrase';
const wallMs = () => genesisTime;

let ledger: MemoryLedger;
let keys: ImportingKeys;
let gateway: StartedGateway;
let example: ExampleData;
let folder: string;
let file: string;
let made: PrivateKey;
const requests: RotationRequest[] = [];
let answer: (request: RotationRequest) => RotationAnswer;
const answered = async (wanted: RotationRequest): Promise<RotationAnswer> => {
  requests.push(wanted);
  return answer(wanted);
};

beforeEach(async () => {
  requests.length = 0;
  answer = ({ key }) => ({ key: key!, transaction });
  ledger = new MemoryLedger();
  keys = importingKeys(ledger, { self, wallMs, request: answered });
  gateway = await startTestGateway({ self, keys, wallMs, node: new MemoryNode(ledger) });
  gateway.node.isEager = true;
  example = await createExampleData();
  folder = mkdtempSync(join(tmpdir(), 'concordat-use-'));
  file = join(folder, 'new.age');
  made = await createKeyFile(file, passphrase, { workFactor: 1 });
  writeFileSync(join(folder, 'passphrase'), `${passphrase}\n`);
});
afterEach(async () => {
  await gateway.close();
  example.remove();
  rmSync(folder, { recursive: true });
});
const rotate = (...args: string[]) => {
  const there = ['--gateway', gateway.url, '--data', example.directory, '--identity', 'south.admin'];
  return run('keys', 'rotate', ...there, ...args);
};
const useFile = (...args: string[]) =>
  rotate('--use', file, '--use-passphrase-file', join(folder, 'passphrase'), ...args);

test('the key of the file is handed over and asked for; repeated, it is not handed over again', async () => {
  const first = await useFile('--no-wait', '--json');
  expect([first.exitCode, first.err]).toEqual([0, '']);
  expect(JSON.parse(first.out)).toEqual({ key: made.publicKey, transaction });
  expect(keys.seeds.get(made.publicKey)).toEqual(made.seed);
  answer = ({ key }) => ({ key: key!, underWay: { stage: 'scheduled', activation: 3, at: heightOf(40) } });
  const again = await useFile('--no-wait');
  expect([again.exitCode, again.err]).toEqual([0, '']);
  expect(again.out).toContain('This key was asked for before, and is on its way.');
  expect(requests).toEqual([
    { kind: 'consensus', key: made.publicKey },
    { kind: 'consensus', key: made.publicKey },
  ]);
  expect(gateway.logged.filter(({ code }) => code === 'key-imported')).toHaveLength(1);
});

test('a key that is in use already is said to be, and nothing is asked for', async () => {
  const used = keys.standings().find(({ stage }) => stage === 'in-use')!.publicKey;
  const { exitCode, out } = await rotate('--use', used, '--json');
  expect([exitCode, JSON.parse(out)]).toEqual([0, { key: used, inUse: true }]);
  expect(requests).toEqual([]);
});

test('a key that was proposed before, and waits for ballots, is not proposed again', async () => {
  const key = made.publicKey;
  const possession = possessionOf(ledger.network, made, 'node', self);
  const args = { id: self, key: fromHex(key), possession };
  answer = () => ({ key, action: { kind: 'validators.replace-node-key', args } });
  const first = await useFile('--kind', 'node');
  expect([first.exitCode, first.err]).toEqual([0, '']);
  expect(first.out).toContain(`Proposed ${key}`);
  const again = await useFile('--kind', 'node', '--json');
  expect([again.exitCode, again.err]).toEqual([0, '']);
  expect(JSON.parse(again.out)).toEqual({ key, proposal: 0 });
});

test('a file that is no key, a passphrase that does not open it, and a key of the ledger are refused by name', async () => {
  const missing = await rotate(
    '--use',
    join(folder, 'none.age'),
    '--use-passphrase-file',
    join(folder, 'passphrase'),
  );
  expect(missing.err).toContain('[key-file-missing]');
  writeFileSync(join(folder, 'passphrase'), 'not it\n');
  const closed = await useFile();
  expect(closed.err).toContain('[key-file-wrong-passphrase]');
  writeFileSync(join(folder, 'passphrase'), `${example.passphrase}\n`);
  const identity = join(example.directory, 'keys', 'identity_south.admin.age');
  const used = await rotate('--use', identity, '--use-passphrase-file', join(folder, 'passphrase'));
  expect([used.exitCode, used.err]).toEqual([1, expect.stringContaining('[key-import-refused]')]);
  expect(used.err).toContain('key-used');
  expect(requests).toEqual([]);
});

test('nothing is handed over without a trusted network id', async () => {
  const there = ['--gateway', gateway.url, '--data', folder, '--no-wait'];
  const own = ['--key', join(example.directory, 'keys', 'identity_south.admin.age')];
  const open = ['--passphrase-file', join(example.directory, 'example-passphrase')];
  const use = ['--use', file, '--use-passphrase-file', join(folder, 'passphrase')];
  const unpinned = await run('keys', 'rotate', ...there, ...own, ...open, ...use);
  expect(unpinned.err).toContain('[network-not-pinned]');
  const pinned = await run('keys', 'rotate', ...there, ...own, ...open, ...use, '--network', ledger.network);
  expect([pinned.exitCode, pinned.err]).toEqual([0, '']);
  expect(keys.seeds.has(made.publicKey)).toBe(true);
});

/** `keys list|add|erase` and `signer create|status`, on a network that `network init` founded. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { completeNetwork } from '../config/complete-network.ts';
import { consensusKeyFileOf, examplePassphraseFileOf, nodeFileOf } from '../config/data-layout.ts';
import { parseNetwork } from '../config/network-yaml.ts';
import { createStores } from '../storage/storage.ts';
import { run } from './test-support/captured-io.ts';

const networkYaml = `name: Keys
members: [{ id: m, name: M }]
validators: [{ id: v1, member: m, links: 127.0.0.1:7101, gateway: 'http://127.0.0.1:8101' }]
`;
let data: string;
beforeAll(async () => {
  data = mkdtempSync(join(tmpdir(), 'cli-keys-'));
  await completeNetwork(parseNetwork(networkYaml, 'network.yaml'), data, {
    file: 'network.yaml',
    nowMs: 1_767_225_600_000,
    prepareStorage: (directory) => createStores(directory),
    scryptWorkFactor: 10,
  });
});
afterAll(() => rmSync(data, { recursive: true }));

interface KeyRow {
  readonly kind: string;
  readonly publicKey: string;
  readonly file: string;
}

describe('keys', () => {
  test('of a node are listed, made beside the configured ones, and erased unless the genesis names them', async () => {
    const config = nodeFileOf(data, 'v1');
    const listed = async () =>
      (JSON.parse((await run('keys', 'list', config, '--json')).out) as { keys: KeyRow[] }).keys;
    const before = await listed();
    expect(before).toMatchObject([
      { kind: 'node', configured: true, registered: true },
      { kind: 'consensus', configured: true, registered: true },
    ]);
    const added = JSON.parse((await run('keys', 'add', config, '--kind', 'node', '--json')).out) as KeyRow;
    expect(await listed()).toContainEqual({ ...added, configured: false, registered: false });
    const [own] = before;
    const refused = await run('keys', 'erase', config, own!.publicKey, '--json');
    expect([refused.exitCode, JSON.parse(refused.err)]).toMatchObject([
      4,
      { error: { code: 'key-in-use', next: expect.stringMatching(/ledger does not name/) } },
    ]);
    expect((await run('keys', 'erase', config, added.publicKey)).exitCode).toBe(0);
    expect(await listed()).toEqual(before);
    expect((await run('keys', 'erase', config, 'short')).exitCode).toBe(2);
  }, 30_000);
});

describe('keys create and show', () => {
  test('make signing and encryption keys, and tell one from the other', async () => {
    const passphrase = ['--passphrase-file', examplePassphraseFileOf(data)];
    const signing = join(data, 'signing.age');
    const encryption = join(data, 'encryption.age');
    const made = async (...args: string[]) =>
      JSON.parse((await run('keys', 'create', ...args, ...passphrase, '--json')).out) as KeyRow;
    const { publicKey, ...rest } = await made(signing);
    expect([publicKey, rest]).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/), { file: signing }]);
    const other = await made(encryption, '--kind', 'encryption');
    expect(other).toEqual({
      file: encryption,
      publicKey: expect.stringMatching(/^[0-9a-f]{64}$/),
      recipient: expect.stringMatching(/^age1[02-9ac-hj-np-z]{58}$/),
    });
    const shown = async (file: string) =>
      JSON.parse((await run('keys', 'show', file, ...passphrase, '--json')).out) as unknown;
    expect(await shown(signing)).toEqual({ file: signing, publicKey });
    expect(await shown(encryption)).toEqual(other);
    const again = await run('keys', 'create', encryption, '--kind', 'encryption', ...passphrase);
    expect([again.exitCode, again.err]).toEqual([4, expect.stringContaining('[key-file-exists]')]);
    expect((await run('keys', 'create', join(data, 'x'), '--kind', 'x')).exitCode).toBe(2);
  }, 90_000);
});

describe('a signer', () => {
  test('is made once, and missed by name while it does not run', async () => {
    const place = join(data, 'signer');
    const words = ['--validator', 'v1', '--data', data, '--key', consensusKeyFileOf(data, 'v1')];
    const made = await run('signer', 'create', place, ...words);
    expect([made.exitCode, made.out]).toEqual([0, expect.stringContaining('signer start')]);
    const config = join(place, 'signer.yaml');
    const keys = await run('keys', 'list', config, '--passphrase-file', examplePassphraseFileOf(data));
    expect([keys.exitCode, keys.out]).toEqual([0, expect.stringMatching(/^consensus .* registered /)]);
    const again = await run('signer', 'create', place, ...words);
    expect([again.exitCode, again.err]).toEqual([4, expect.stringContaining('[signer-store-exists]')]);
    const status = await run('signer', 'status', config);
    expect([status.exitCode, status.err]).toEqual([4, expect.stringContaining('[signer-unreachable]')]);
    const stranger = await run('signer', 'create', place, ...words, '--validator', 'stranger');
    expect([stranger.exitCode, stranger.err]).toEqual([4, expect.stringContaining('[validator-unknown]')]);
  });
});

/** `observer init|list|add|remove`: what an operator types, and what the ledger's actions become of it. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { fromBase64Url, fromHex } from '../../shared/codec/hex.ts';
import { possessionSigningBytes } from '../../shared/codec/key-possession.ts';
import { genesisFileOf, nodeFileOf, nodeKeyFileOf } from '../config/data-layout.ts';
import { readGenesis } from '../config/genesis-file.ts';
import { readNodeConfig } from '../config/node-yaml.ts';
import { readKeyFile } from '../crypto/key-files.ts';
import { verifyWithSodium } from '../crypto/sodium.ts';
import { run } from './test-support/captured-io.ts';
import { createExampleData, type ExampleData } from './test-support/example-data.ts';

let example: ExampleData;
let data: string;
let passphraseFile: string;
beforeAll(async () => {
  example = await createExampleData([]);
  data = mkdtempSync(join(tmpdir(), 'cli-observer-'));
  passphraseFile = join(data, 'passphrase');
  writeFileSync(passphraseFile, 'a passphrase of the tests\n');
});
afterAll(() => {
  example.remove();
  rmSync(data, { recursive: true });
});

const init = (id: string, ...more: readonly string[]) =>
  run(
    ...['observer', 'init', id, '--member', 'north', '--genesis', genesisFileOf(example.directory)],
    ...['--data', data, '--links-listen', '127.0.0.1:7109', '--gateway-listen', '127.0.0.1:8109'],
    ...['--passphrase-file', passphraseFile, ...more],
  );

describe('observer init', () => {
  test('makes key, genesis and node.yaml, and the proposal that lets it in; again, it changes nothing', async () => {
    const place = ['--address', 'wss://127.0.0.1:7109', '--own-gateway', 'http://127.0.0.1:8109'];
    const first = await init('mirror', ...place, '--bootstrap', 'wss://127.0.0.1:7102', '--json');
    expect([first.exitCode, first.err]).toEqual([0, '']);
    const { network, nodeKey, nodeFile, proposal } = JSON.parse(first.out) as Record<string, string>;
    expect(readGenesis(genesisFileOf(data)).genesis.network).toBe(network);
    expect(readNodeConfig(nodeFile!)).toMatchObject({
      validator: 'mirror',
      observes: true,
      genesisFile: genesisFileOf(data),
      nodeKeyFile: nodeKeyFileOf(data, 'mirror'),
      passphraseFile,
      bootstrap: ['wss://127.0.0.1:7102'],
    });
    const held = await readKeyFile(nodeKeyFileOf(data, 'mirror'), 'a passphrase of the tests');
    expect(held.publicKey).toBe(nodeKey);
    const { actions } = parse(readFileSync(proposal!, 'utf8')) as {
      readonly actions: readonly [{ readonly kind: string; readonly args: Record<string, string> }];
    };
    const [{ kind, args }] = actions;
    const { possession, ...said } = args;
    expect([kind, said]).toEqual([
      'observers.add',
      {
        id: 'mirror',
        member: 'north',
        nodeKey,
        address: 'wss://127.0.0.1:7109',
        gateway: 'http://127.0.0.1:8109',
      },
    ]);
    const claim = { key: nodeKey as never, kind: 'node', owner: 'mirror', member: 'north' } as const;
    const message = possessionSigningBytes(network as never, claim);
    expect(verifyWithSodium(fromHex(nodeKey!), message, fromBase64Url(possession!))).toBe(true);

    writeFileSync(nodeFile!, `${readFileSync(nodeFile!, 'utf8')}# mine\n`);
    const again = await init('mirror', ...place);
    expect([again.exitCode, again.out]).toEqual([0, expect.stringMatching(/^mirror is here already/)]);
    expect(again.out).toContain(`npx concordat proposal create ${proposal} --reason TEXT`);
    expect(readFileSync(nodeFile!, 'utf8')).toContain('# mine');
    const keys = JSON.parse((await run('keys', 'list', nodeFile!, '--json')).out) as { keys: unknown[] };
    expect(keys.keys).toMatchObject([{ kind: 'node', publicKey: nodeKey, registered: false }]);
  }, 90_000);

  test('beyond loopback it names the certificate that the gateway needs', async () => {
    const made = await init('far', '--gateway-listen', '10.0.0.7:8109');
    expect(made.exitCode).toBe(0);
    expect(readNodeConfig(nodeFileOf(data, 'far')).gatewayTls?.certificateFile).toBe(
      join(data, 'far', 'gateway-certificate.pem'),
    );
  }, 90_000);

  test.each([
    ['a validator', 'validator-1', 'validator-exists'],
    ['no id', 'Mirror!', 'invalid-id'],
  ])('refuses the id of %s and makes nothing', async (_, id, code) => {
    const refused = await init(id, '--json');
    expect(JSON.parse(refused.err)).toMatchObject({ error: { code } });
    expect(existsSync(nodeFileOf(data, id))).toBe(false);
  });

  test('a key that is gone is not made again', async () => {
    rmSync(nodeKeyFileOf(data, 'far'));
    expect(JSON.parse((await init('far', '--json')).err)).toMatchObject({
      error: { code: 'keys-incomplete' },
    });
  });
});

describe('observer add and remove', () => {
  const network = () => readGenesis(genesisFileOf(data)).genesis.network;

  test('print what another member proposes', async () => {
    const keyFile = nodeKeyFileOf(data, 'mirror');
    const added = await run(
      ...['observer', 'add', 'mirror', '--member', 'north', '--new-key', keyFile],
      ...['--new-key-passphrase-file', passphraseFile, '--own-gateway', 'https://mirror.example:8109'],
      ...['--print', '--network', network(), '--json'],
    );
    expect(JSON.parse(added.out)).toMatchObject({
      actions: [{ kind: 'observers.add', args: { id: 'mirror', gateway: 'https://mirror.example:8109' } }],
    });
    const removed = await run('observer', 'remove', 'mirror', '--print', '--json');
    expect(JSON.parse(removed.out)).toEqual({
      actions: [{ kind: 'observers.remove', args: { id: 'mirror' } }],
    });
  }, 90_000);
});

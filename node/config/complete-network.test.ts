import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decode, encode } from '../../shared/codec/dag-cbor.ts';
import { encodeGenesisDocument } from '../../shared/codec/genesis.ts';
import type { CborMap } from '../../shared/codec/structure.ts';
import type { Incarnation } from '../../shared/types/brands.ts';
import { everyMember } from '../../shared/types/governance.ts';
import { readEncryptionKeyFile } from '../crypto/encryption-key-files.ts';
import { readKeyFile } from '../crypto/key-files.ts';
import { testKey } from '../gateway/test-support/consortium.ts';
import { newestProtocol } from '../ledger/protocols.ts';
import { completeNetwork } from './complete-network.ts';
import {
  consensusKeyFileOf,
  encryptionKeyFileOf,
  examplePassphraseFileOf,
  genesisFileOf,
  identityKeyFileOf,
  nodeFileOf,
} from './data-layout.ts';
import { readGenesis } from './genesis-file.ts';
import { parseNetwork } from './network-yaml.ts';
import { readNodeConfig } from './node-yaml.ts';
import { readPassphrase } from './passphrase.ts';

const yaml = `
name: Test
members: [{ id: one, name: One }]
validators:
  - { id: v1, member: one, links: "127.0.0.1:7001", gateway: "http://127.0.0.1:8001" }
  - { id: v2, member: one, links: "127.0.0.1:7002", gateway: "https://ledger.example:8002" }
identities:
  - { id: one.clerk, member: one, roles: [submitter] }
`;
let data: string;
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'concordat-config-'));
});
afterEach(() => rmSync(data, { recursive: true }));

const prepared: string[] = [];
const complete = (text = yaml, nowMs = 1_000) =>
  completeNetwork(parseNetwork(text, 'network.yaml'), data, {
    file: 'network.yaml',
    nowMs,
    scryptWorkFactor: 8,
    prepareStorage: (directory) => {
      prepared.push(directory);
      return (directory.endsWith('v1') ? '1' : '2').repeat(32) as Incarnation;
    },
  });

function contents(): { readonly [file: string]: string } {
  const files = readdirSync(data, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files.map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(paths.map((path) => [path, readFileSync(path, 'hex')]));
}

describe('completing a network', () => {
  it('makes keys, vote stores, genesis and local files that fit together', async () => {
    const completed = await complete();
    expect(completed.founded).toBe(true);
    const { document, genesis } = readGenesis(genesisFileOf(data));
    expect(genesis.network).toBe(completed.genesis.network);
    expect(document.time).toBe(1_000);
    expect(document.validators.map(({ incarnation }) => incarnation)).toEqual([
      '1'.repeat(32),
      '2'.repeat(32),
    ]);
    const passphrase = readPassphrase(examplePassphraseFileOf(data));
    const consensus = await readKeyFile(consensusKeyFileOf(data, 'v1'), passphrase);
    expect(document.validators[0]?.consensusKey).toBe(consensus.publicKey);
    const clerk = await readKeyFile(identityKeyFileOf(data, 'one.clerk'), passphrase);
    expect(document.identities[0]?.key).toBe(clerk.publicKey);
    const encryption = await readEncryptionKeyFile(encryptionKeyFileOf(data, 'one.clerk'), passphrase);
    expect(document.identities[0]?.encryptionKey).toBe(encryption.publicKey);
    expect(completed.nodes.map(({ nodeFile }) => nodeFile)).toEqual([
      nodeFileOf(data, 'v1'),
      nodeFileOf(data, 'v2'),
    ]);
  });

  it('makes no encryption key for an identity whose key is elsewhere, and takes the one that is written', async () => {
    const key = testKey(1).publicKey;
    const written = 'ab'.repeat(32);
    const elsewhere = `  - { id: one.far, member: one, roles: [submitter], key: "${key}" }
  - { id: one.near, member: one, roles: [submitter], encryption_key: "${written}" }`;
    await complete(`${yaml}${elsewhere}\n`);
    const [, far, near] = readGenesis(genesisFileOf(data)).document.identities;
    expect(far).toEqual({ id: 'one.far', member: 'one', roles: ['submitter'], key });
    expect(near?.encryptionKey).toBe(written);
    const names = readdirSync(join(data, 'keys')).filter((name) => name.startsWith('encryption_'));
    expect(names).toEqual(['encryption_one.clerk.age']);
  });

  it('writes a node.yaml that leads to every file', async () => {
    await complete();
    const config = readNodeConfig(nodeFileOf(data, 'v1'));
    expect(config).toMatchObject({
      validator: 'v1',
      genesisFile: genesisFileOf(data),
      storageDirectory: join(data, 'v1'),
      consensusKeyFile: consensusKeyFileOf(data, 'v1'),
      links: { host: '127.0.0.1', port: 7001 },
      gateway: { host: '127.0.0.1', port: 8001 },
      verifierWorkers: 1,
    });
    expect(config.gatewayTls).toBeUndefined();
    expect(readNodeConfig(nodeFileOf(data, 'v2')).gatewayTls?.keyFile).toBe(
      join(data, 'v2', 'gateway-key.pem'),
    );
  });

  it('keeps secrets to the owner and marks the passphrase as an example', async () => {
    await complete();
    const secrets = [
      examplePassphraseFileOf(data),
      ...readdirSync(join(data, 'keys')).map((name) => join(data, 'keys', name)),
    ];
    expect(secrets).toHaveLength(7);
    for (const file of secrets) expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(examplePassphraseFileOf(data), 'utf8')).toMatch(/^# .*example/);
  });

  it('changes nothing when it is done again, later and in other spelling', async () => {
    await complete();
    const before = contents();
    const again = await complete(yaml.replace('name: Test', '# A remark\nname: "Test"'), 2_000);
    expect(again.founded).toBe(false);
    expect(contents()).toEqual(before);
  });

  it('takes up the keys of a run that was interrupted before the genesis', async () => {
    await complete();
    const before = contents();
    rmSync(genesisFileOf(data));
    await complete();
    expect(contents()).toEqual(before);
  });

  it("leaves an operator's node.yaml alone", async () => {
    await complete();
    const file = nodeFileOf(data, 'v1');
    const changed = readFileSync(file, 'utf8').replace('level: info', 'level: debug');
    writeFileSync(file, changed);
    await complete();
    expect(readFileSync(file, 'utf8')).toBe(changed);
  });

  it.each([
    ['a parameter', 'name: Test', 'name: Test\nparameters: { window: 8 }', 'parameters.window', '8', '16'],
    [
      'an address',
      '127.0.0.1:7001',
      '127.0.0.1:7009',
      'validators[0].address',
      '"wss://127.0.0.1:7009"',
      '"wss://127.0.0.1:7001"',
    ],
    [
      'a threshold',
      'name: Test',
      'name: Test\ngovernance: { thresholds: { payloads.erase: 1/2 } }',
      'governance.thresholds.payloads.erase.more[0]',
      '1',
      '2',
    ],
    ['a role', '[submitter]', '[submitter, auditor]', 'identities[0].roles[1]', '"auditor"', 'nothing'],
    ['the time', 'name: Test', 'name: Test\ntime: 2026-01-31T12:00:00Z', 'time', '1769860800000', '1000'],
  ])(
    'refuses %s that changed since, and says what differs',
    async (_what, from, to, path, found, expected) => {
      await complete();
      const before = contents();
      await expect(complete(yaml.replace(from, to))).rejects.toMatchObject({
        code: 'network-changed',
        facts: { problems: expect.arrayContaining([{ path, found, expected }]) },
      });
      expect(contents()).toEqual(before);
    },
  );

  it('refuses to go on without a key of the founded network', async () => {
    await complete();
    rmSync(consensusKeyFileOf(data, 'v1'));
    await expect(complete()).rejects.toMatchObject({ code: 'keys-incomplete' });
  });

  it('refuses a network that an older version founded, and leaves it as it is', async () => {
    const { document } = await complete();
    const { governance: _, recovery: __, ...older } = decode(encodeGenesisDocument(document)) as CborMap;
    writeFileSync(genesisFileOf(data), encode({ ...older, version: 1 }));
    const before = contents();
    await expect(complete()).rejects.toMatchObject({
      code: 'founded-by-older-version',
      facts: { file: genesisFileOf(data) },
    });
    expect(contents()).toEqual(before);
  });

  it('refuses a genesis of a version that is not known yet as unreadable', async () => {
    const { document } = await complete();
    const newer = { ...(decode(encodeGenesisDocument(document)) as CborMap), version: 3 };
    writeFileSync(genesisFileOf(data), encode(newer));
    await expect(complete()).rejects.toMatchObject({ code: 'genesis-damaged' });
  });

  it('founds with thresholds, recovery and the streams of readers as they are described', async () => {
    const reader = '  - { id: one.reader, member: one, roles: [reader], streams: [orders, "ports/*"] }';
    const consent = 'governance: { thresholds: { default: 2/3 } }\nrecovery: { threshold: all }';
    await complete(`${yaml}${reader}\n${consent}\n`);
    const { document } = readGenesis(genesisFileOf(data));
    expect(document.governance.thresholds['members.add']).toEqual({ more: [2, 3] });
    expect(document.recovery.threshold).toEqual(everyMember);
    expect(document.identities.at(-1)?.streams).toEqual(['orders', 'ports/*']);
  });

  it('founds with the newest protocol, unless another is named, and takes up what was founded before', async () => {
    const { document } = await complete();
    expect(document.protocol).toBe(newestProtocol);
    expect(document.governance.thresholds['members.suspend']).toEqual({ more: [2, 3] });
    await expect(complete(`${yaml}\nprotocol: 1\n`)).rejects.toMatchObject({
      code: 'network-changed',
      facts: { problems: [{ path: 'protocol', found: '1', expected: `${newestProtocol}` }] },
    });
    rmSync(genesisFileOf(data));
    const first = await complete(`${yaml}\nprotocol: 1\n`);
    expect(first.document).not.toHaveProperty('protocol');
    expect(first.document.governance.thresholds['members.suspend']).toEqual({ more: [1, 2] });
    expect((await complete()).founded).toBe(false);
  });

  it('refuses a damaged genesis', async () => {
    await complete();
    writeFileSync(genesisFileOf(data), 'nonsense');
    await expect(complete()).rejects.toMatchObject({ code: 'genesis-damaged' });
  });

  it('makes nothing for a validator whose public keys and incarnation are given', async () => {
    const { document } = await complete();
    const { consensusKey, nodeKey } = document.validators[0]!;
    rmSync(data, { recursive: true });
    prepared.length = 0;
    const given = `consensus_key: "${consensusKey}", node_key: "${nodeKey}", incarnation: "${'9'.repeat(32)}"`;
    const completed = await complete(yaml.replace('{ id: v1,', `{ id: v1, ${given},`));
    expect(completed.nodes.map(({ validator }) => validator.id)).toEqual(['v2']);
    expect(completed.document.validators[0]).toMatchObject({
      consensusKey,
      nodeKey,
      incarnation: '9'.repeat(32),
    });
    expect(prepared.map((directory) => directory.slice(-2))).toEqual(['v2']);
  });
});

describe('node.yaml', () => {
  it('is refused with a gateway beyond loopback and no TLS, and taken with it', async () => {
    await complete();
    const file = nodeFileOf(data, 'v1');
    const open = readFileSync(file, 'utf8').replace('127.0.0.1:8001', '0.0.0.0:8001');
    writeFileSync(file, open);
    expect(() => readNodeConfig(file)).toThrow(
      /gateway-needs-tls[\s\S]*gateway\.listen \(line \d+\): found "0\.0\.0\.0:8001"/,
    );
    writeFileSync(
      file,
      open.replace('0.0.0.0:8001', '0.0.0.0:8001\n  tls: { key: k.pem, certificate: c.pem }'),
    );
    expect(readNodeConfig(file).gatewayTls).toEqual({
      keyFile: join(data, 'v1', 'k.pem'),
      certificateFile: join(data, 'v1', 'c.pem'),
    });
  });
});

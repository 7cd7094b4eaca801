import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Incarnation } from '../../shared/types/brands.ts';
import { readEncryptionKeyFile } from '../crypto/encryption-key-files.ts';
import { assembleNetwork, requireComplete } from './assemble-network.ts';
import { completeNetwork } from './complete-network.ts';
import { encryptionKeyFileOf } from './data-layout.ts';
import { ConfigError } from './errors.ts';
import { parseNetwork } from './network-yaml.ts';
import { readNodeConfig } from './node-yaml.ts';
import { type MemberPart, memberPartText, prepareMember } from './prepare-member.ts';

const passphrase = 'a passphrase of its own';
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'concordat-founding-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const dataOf = (member: string): string => join(folder, member);
const fileOf = (name: string, text: string): string => {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
};
const incarnationOf = (directory: string): Incarnation =>
  (directory.includes('north') ? 'a' : 'b').repeat(32) as Incarnation;

const prepare = (member: string, port: number, secret = passphrase): Promise<MemberPart> =>
  prepareMember(
    {
      member,
      name: `The ${member}`,
      validators: [{ id: member, links: `127.0.0.1:${port}`, gateway: `http://127.0.0.1:${port + 100}` }],
      identities: [{ id: `${member}.admin`, roles: ['admin', 'operator'] }],
    },
    dataOf(member),
    { passphrase: secret, prepareStorage: incarnationOf, scryptWorkFactor: 1 },
  );

const problemsOf = (run: () => unknown): readonly string[] => {
  try {
    run();
  } catch (error) {
    if (error instanceof ConfigError)
      return [error.code, ...(error.facts.problems ?? []).map(({ path }) => path)];
    throw error;
  }
  return [];
};

describe('a member of a future consortium', () => {
  it('makes keys and vote store at home, and shows public halves alone', async () => {
    const part = await prepare('north', 7001);
    const keys = readdirSync(join(dataOf('north'), 'keys'));
    expect(keys.sort()).toEqual([
      'encryption_north.admin.age',
      'identity_north.admin.age',
      'north.consensus.age',
      'north.node.age',
    ]);
    const reading = await readEncryptionKeyFile(
      encryptionKeyFileOf(dataOf('north'), 'north.admin'),
      passphrase,
    );
    expect(part.identities).toMatchObject([{ encryption_key: reading.publicKey }]);
    for (const file of keys) expect(statSync(join(dataOf('north'), 'keys', file)).mode & 0o777).toBe(0o600);
    expect(memberPartText(part)).not.toContain('AGE');
    expect(statSync(join(dataOf('north'), 'north')).mode & 0o777).toBe(0o700);
    expect(part.validators[0]).toMatchObject({ id: 'north', incarnation: 'a'.repeat(32) });
  });

  it('takes up what is there when it is asked again, under the same passphrase only', async () => {
    const part = await prepare('north', 7001);
    expect(await prepare('north', 7001)).toEqual(part);
    await expect(prepare('north', 7001, 'another')).rejects.toMatchObject({
      code: 'key-file-wrong-passphrase',
    });
  });
});

describe('the parts of all', () => {
  const common = 'name: Two of us\n';
  const partFile = async (member: string, port: number): Promise<string> =>
    fileOf(`${member}.yaml`, memberPartText(await prepare(member, port)));

  it('make one description, with which each founds the same network from its own directory', async () => {
    const parts = [await partFile('north', 7001), await partFile('south', 7002)];
    const { text, description } = assembleNetwork(fileOf('common.yaml', common), parts, 1_800_000_000_123);
    expect(description.time).toBe(1_800_000_000_000);
    requireComplete(description, 'network.yaml');
    const secret = fileOf('secret', passphrase);
    const founded = [];
    for (const member of ['north', 'south']) {
      founded.push(
        await completeNetwork(parseNetwork(text, 'network.yaml'), dataOf(member), {
          file: 'network.yaml',
          passphraseFile: secret,
          prepareStorage: () => {
            throw new Error('nothing is left to be made');
          },
          nowMs: 0,
        }),
      );
    }
    const [north, south] = founded;
    expect(north!.genesis.network).toBe(south!.genesis.network);
    expect([north, south].map((one) => one!.nodes.map(({ validator }) => validator.id))).toEqual([
      ['north'],
      ['south'],
    ]);
    expect(existsSync(join(dataOf('north'), 'example-passphrase'))).toBe(false);
    expect(readNodeConfig(north!.nodes[0]!.nodeFile)).toMatchObject({ passphraseFile: secret });
  });

  it('are refused with what is missing or twice in the whole', async () => {
    const north = await partFile('north', 7001);
    const base = fileOf('common.yaml', common);
    const assemble = (...parts: readonly string[]) => problemsOf(() => assembleNetwork(base, parts, 0));
    expect(assemble(north, north)[0]).toBe('config-invalid');
    const bare = fileOf(
      'bare.yaml',
      'members: [{ id: east, name: East }]\nidentities: [{ id: east.a, member: east, roles: [admin] }]\n',
    );
    expect(assemble(north, bare)).toEqual(['description-incomplete', 'identities[1].key']);
    expect(assemble(north, fileOf('odd.yaml', 'name: Mine\n'))).toEqual(['config-invalid', 'name']);
    expect(assemble(north, join(folder, 'absent.yaml'))).toEqual(['config-file-missing']);
  });

  it('speak each for one member, and give nobody else an admin or a validator', async () => {
    const base = fileOf('common.yaml', common);
    const assemble = (...parts: readonly string[]) => problemsOf(() => assembleNetwork(base, parts, 0));
    const [north, south] = [await partFile('north', 7001), await prepare('south', 7002)];
    const slipped = { ...south.identities[0]!, id: 'north.extra', member: 'north' };
    const more = { ...south, identities: [...south.identities, slipped] };
    const guest = fileOf('guest.yaml', memberPartText(more));
    expect(assemble(north, guest)).toEqual(['config-invalid', 'identities[1].member']);
    const two = { ...south, members: [...south.members, { id: 'shadow', name: 'Shadow' }] };
    expect(assemble(north, fileOf('two.yaml', memberPartText(two)))).toEqual(['config-invalid', 'members']);
  });

  it('a description that leaves something open is no founding of a consortium', () => {
    const open = parseNetwork(
      'name: Open\nmembers: [{ id: one, name: One }]\nvalidators: [{ id: v, member: one, links: "127.0.0.1:1", gateway: "http://127.0.0.1:2" }]\n',
      'network.yaml',
    );
    expect(problemsOf(() => requireComplete(open, 'network.yaml'))).toEqual([
      'description-incomplete',
      'time',
      'validators[0].consensus_key',
      'validators[0].node_key',
      'validators[0].incarnation',
    ]);
  });
});

/** `network prepare`, `network assemble` and `network init --consortium`, as four organisations type them. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { prepareMember } from '../config/prepare-member.ts';
import { createStores } from '../storage/storage.ts';
import { run } from './test-support/captured-io.ts';

let folder: string;
let secret: string;
const passphrase = 'one that is long enough';

/** Key files that open quickly: the command takes up what is there. */
const makeKeys = (member: string) =>
  prepareMember(
    {
      member,
      name: '',
      validators: [{ id: member, links: '', gateway: '' }],
      identities: [`${member}.admin`, `${member}.app`].map((id) => ({ id, roles: [] })),
    },
    at(member),
    { passphrase, prepareStorage: createStores, scryptWorkFactor: 1 },
  );

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'concordat-founding-'));
  secret = at('secret');
  writeFileSync(secret, `${passphrase}\n`);
  writeFileSync(at('common.yaml'), 'name: The two of us\n');
  for (const member of ['north', 'south']) await makeKeys(member);
});
afterAll(() => rmSync(folder, { recursive: true }));

const at = (name: string): string => join(folder, name);
const prepare = (member: string, port: number, ...more: readonly string[]) =>
  run(
    ...['network', 'prepare', member, '--name', `The ${member}`, '--validator', member],
    ...['--links', `127.0.0.1:${port}`, '--gateway', `http://127.0.0.1:${port + 100}`],
    ...['--admin', `${member}.admin`, '--auditor', `${member}.admin`, '--submitter', `${member}.app`],
    ...['--data', at(member), '--passphrase-file', secret, '--out', at(`${member}.yaml`), ...more],
  );
const init = (member: string, file = 'network.yaml') =>
  run(
    ...['network', 'init', at(file), '--consortium', '--json'],
    ...['--data', at(member), '--passphrase-file', secret],
  );

test('each prepares, one assembles, all found the same network', async () => {
  for (const [index, member] of ['north', 'south'].entries()) {
    expect((await prepare(member, 7001 + index)).exitCode).toBe(0);
  }
  const parts = [at('north.yaml'), at('south.yaml')];
  const assembled = await run(
    'network',
    'assemble',
    at('common.yaml'),
    ...parts,
    '--out',
    at('network.yaml'),
  );
  expect([assembled.exitCode, assembled.out]).toEqual([
    0,
    expect.stringContaining('2 members, 2 validators, 4 identities'),
  ]);
  // Whoever put it together names another key for north: all ids would agree, and north would have lost its vote.
  const other = (await makeKeys('other')).identities[0]!.key;
  const text = readFileSync(at('network.yaml'), 'utf8');
  const own = (await makeKeys('north')).identities[0]!.key;
  expect(text).toContain(own);
  writeFileSync(at('swapped.yaml'), text.replace(own, other));
  const swapped = await init('north', 'swapped.yaml');
  expect([swapped.exitCode, swapped.out + swapped.err]).toEqual([
    4,
    expect.stringContaining('description-of-others'),
  ]);
  expect(existsSync(at('north/genesis'))).toBe(false);
  const founded = await Promise.all(['north', 'south'].map((member) => init(member)));
  const [north, south] = founded.map(({ out }) => JSON.parse(out));
  expect(north.network).toMatch(/^[0-9a-f]{64}$/);
  expect(south.network).toBe(north.network);
  expect(
    [north, south].map(({ nodes }) => nodes.map((node: { validator: string }) => node.validator)),
  ).toEqual([['north'], ['south']]);
  const again = await init('north');
  expect(JSON.parse(again.out)).toMatchObject({ network: north.network, founded: false });
});

test('what is written is not overwritten, what is wrong is named, and nothing is made', async () => {
  expect(await prepare('north', 7001)).toMatchObject({
    exitCode: 4,
    err: expect.stringContaining('file-exists'),
  });
  expect((await prepare('north', 7001, '--force')).exitCode).toBe(0);
  expect(await prepare('North', 7003)).toMatchObject({
    exitCode: 2,
    err: expect.stringContaining('It looks like'),
  });
  const bad = await prepare('west', 7004, '--links', 'nowhere');
  expect([bad.exitCode, bad.err]).toEqual([2, expect.stringContaining('host:port')]);
  expect(existsSync(at('west'))).toBe(false);
  writeFileSync(
    at('open.yaml'),
    'name: Open\nmembers: [{ id: east, name: East }]\nvalidators: [{ id: east, member: east, links: "127.0.0.1:1", gateway: "http://127.0.0.1:2" }]\n',
  );
  const open = await init('east', 'open.yaml');
  expect([open.exitCode, open.out + open.err]).toEqual([
    4,
    expect.stringContaining('description-incomplete'),
  ]);
  expect(existsSync(at('east'))).toBe(false);
});

/** What --reset deletes in a data directory, and what it leaves alone. */
import { cpSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { genesisFileOf } from '../../node/config/data-layout.ts';
import { writeGenesis } from '../../node/config/genesis-file.ts';
import { parseNetwork } from '../../node/config/network-yaml.ts';
import { buildGenesis } from '../../node/ledger/genesis.ts';
import { exampleDocument } from '../../node/ledger/test-support.ts';
import { makeBackup } from '../../node/storage/make-backup.ts';
import { restoreBackup } from '../../node/storage/restore-backup.ts';
import { openExample, type TemporaryDirectory, temporaryDirectory } from '../../node/storage/test-support.ts';
import { markAsMadeHere, planReset, resetData } from './reset.ts';

const description = parseNetwork(
  `
name: Test
members: [{ id: one, name: One }]
validators:
  - { id: alpha, member: one, links: "127.0.0.1:7001", gateway: "http://127.0.0.1:8001" }
identities:
  - { id: one.clerk, member: one, roles: [submitter] }
`,
  'network.yaml',
);
const silent = { update: () => undefined };

let root: TemporaryDirectory;
let data: string;
const place = (name: string): string => join(data, name);
beforeEach(() => {
  root = temporaryDirectory();
  data = join(root.path, 'data');
  mkdirSync(data);
});
afterEach(() => root.remove());

/** As `npm start` leaves it after a while. */
function found(): void {
  markAsMadeHere(data);
  writeGenesis(genesisFileOf(data), exampleDocument);
  mkdirSync(place('keys'));
  writeFileSync(place('example-passphrase'), 'x');
  openExample(place('alpha')).close();
}

test('what npm start made goes, with its directory', () => {
  found();
  const plan = planReset(data, description)!;
  expect(plan.leaves).toEqual([]);
  expect(plan.deletes.slice(-2)).toEqual(['genesis', 'made-by-npm-start']);
  resetData(data, plan);
  expect(existsSync(data)).toBe(false);
});

test('a directory restored from a backup goes with the rest; the backup itself stays, and what is foreign', async () => {
  found();
  await makeBackup(place('alpha'), place('backup'), { createdAt: 0, software: 'test', progress: silent });
  await restoreBackup(place('backup'), place('alpha-2'), { progress: silent, verify: async () => undefined });
  const former = place('former');
  mkdirSync(former);
  writeFileSync(join(former, 'node.yaml'), nodeYaml);
  writeFileSync(place(`client.${'ab'.repeat(8)}.epochs`), 'remembered');
  const other = buildGenesis({ ...exampleDocument, name: 'Another network' });
  openExample(place('other'), { genesis: other }).close();
  mkdirSync(place('notes'));
  writeFileSync(place('notes.txt'), 'mine');
  mkdirSync(place('broken'));
  writeFileSync(join(place('broken'), 'ledger.db'), 'no database');
  const foreign = join(root.path, 'elsewhere');
  mkdirSync(foreign);
  writeGenesis(join(foreign, 'genesis'), { ...exampleDocument, name: 'Another network' });
  mkdirSync(place('guest'));
  writeFileSync(join(place('guest'), 'node.yaml'), nodeYaml.replace('../genesis', join(foreign, 'genesis')));

  const plan = planReset(data, description)!;
  expect([...plan.deletes].sort()).toEqual([
    'alpha',
    'alpha-2',
    `client.${'ab'.repeat(8)}.epochs`,
    'example-passphrase',
    'former',
    'genesis',
    'keys',
    'made-by-npm-start',
  ]);
  expect([...plan.leaves].sort()).toEqual(['backup', 'broken', 'guest', 'notes', 'notes.txt', 'other']);
  resetData(data, plan);
  expect(readdirSync(data).sort()).toEqual([...plan.leaves].sort());
});

test('a copy of a ledger without node.yaml is known by its first block', () => {
  found();
  cpSync(place('alpha'), place('copy'), { recursive: true });
  expect(planReset(data, description)?.deletes).toContain('copy');
});

test('nothing is deleted of what somebody else made, or where nothing is', () => {
  expect(planReset(data, description)).toBeUndefined();
  expect(planReset(place('nowhere'), description)).toBeUndefined();
  writeFileSync(place('genesis'), 'precious');
  expect(() => planReset(data, description)).toThrow('was not made by npm start');
});

const nodeYaml = `validator: former
genesis: ../genesis
storage: .
keys: { consensus: ../keys/former.consensus.age, node: ../keys/former.node.age }
links: { listen: "127.0.0.1:7001" }
gateway: { listen: "127.0.0.1:8001" }
`;

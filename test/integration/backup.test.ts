/** Backup of a node that runs under load, and its restore: verified whole, killed anywhere, never a second vote. */
import { execFile, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import SqliteDatabase from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { nodeFileOf } from '../../node/config/data-layout.ts';
import { manifestFileName, manifestText, readManifest } from '../../node/storage/backup-manifest.ts';
import { exampleSigner, type SignedIn, signedInAs } from '../../scripts/lib/signed-in.ts';
import { bulkBody, signedAppend } from '../../scripts/lib/signed-load.ts';
import type { DiagnosisJson } from '../../shared/api.ts';
import { toHex } from '../../shared/codec/hex.ts';
import { sha256 } from '../../shared/crypto/sha256.ts';
import type { NetworkId } from '../../shared/types/brands.ts';
import { createExample, type Example, type ExampleRun, type StartedValidator } from '../support/example.ts';

const cliScript = fileURLToPath(new URL('../../dist/node/cli/main.js', import.meta.url));
const moduleOf = (name: string) => new URL(`../../dist/node/storage/${name}.js`, import.meta.url).href;

let example: Example;
let session: SignedIn;
let run: ExampleRun;
let validators: readonly StartedValidator[];
let network: NetworkId;
let sent = 0;

beforeAll(async () => {
  example = await createExample();
  session = signedInAs(example.data, 'alpha.admin');
  run = example.run();
  const ready = await run.next('ready');
  validators = ready.validators as readonly StartedValidator[];
  network = String(ready.network) as NetworkId;
  await append(200);
});
afterAll(() => example.cleanUp());

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}
const cli = (...args: string[]): Promise<Ended> =>
  new Promise((resolve) => {
    execFile(process.execPath, [cliScript, ...args], (error, out, err) =>
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), out, err }),
    );
  });
const place = (name: string): string => join(example.folder, name);
const gatewayOf = (id: string): string => validators.find((validator) => validator.id === id)!.gateway;
const statusOf = async (id: string) =>
  (await (await session.fetch(`${gatewayOf(id)}/api/v1/status`)).json()) as {
    readonly mode: string;
    readonly height: number;
    readonly block: string;
  };

const causesBy = async (id: string) => {
  const response = await session.fetch(`${gatewayOf(id)}/api/v1/diagnosis`);
  return ((await response.json()) as DiagnosisJson).causes;
};

async function append(count: number): Promise<void> {
  const signer = await exampleSigner(example.data, 'alpha.submitter');
  const shape = { network, expiresAt: Date.now() + 300_000, streams: 3, dataBytes: 200, run: 'backup' };
  const transactions = Array.from({ length: count }, () => signedAppend(signer, shape, sent++));
  const response = await session.fetch(
    `${gatewayOf('alpha')}/api/v1/transactions?wait=certified&receipts=omit`,
    {
      method: 'POST',
      headers: { 'content-type': 'application/cbor' },
      body: bulkBody(transactions) as Uint8Array<ArrayBuffer>,
    },
  );
  expect(response.status).toBe(200);
}

/** A process that kills itself without warning in the middle of `work`, which sees the module as `m`. */
function killedIn(module: string, work: string): Promise<string | null> {
  const script = `const m = await import(${JSON.stringify(moduleOf(module))});
    const die = () => process.kill(process.pid, 'SIGKILL');
    const options = { createdAt: 0, software: 'test', progress: { update: die } };
    ${work}`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'ignore' });
  return new Promise((resolve) => child.once('exit', (_code, signal) => resolve(signal)));
}

describe('a backup of a running node', () => {
  it('is made under load, without votes, and verifies as a ledger of its own', async () => {
    let loading = true;
    const load = (async () => {
      while (loading) await append(50);
    })();
    const { code, out, err } = await cli(
      'backup',
      join(example.data, 'delta'),
      '--out',
      place('b1'),
      '--json',
    );
    loading = false;
    await load;
    expect(code, err).toBe(0);
    const made = JSON.parse(out) as { readonly height: number; readonly network: string };
    expect(made).toMatchObject({ network, directory: place('b1') });
    expect(made.height).toBeGreaterThan(0);
    expect(existsSync(join(place('b1'), 'votes.db'))).toBe(false);
    const verified = await cli('ledger', 'verify', place('b1'), '--network', network, '--json');
    expect(JSON.parse(verified.out)).toMatchObject({ ok: true, height: made.height });
  });

  it('that is killed leaves nothing that could be restored', async () => {
    const work = `await m.makeBackup(${JSON.stringify(join(example.data, 'delta'))}, ${JSON.stringify(place('b2'))}, options);`;
    expect(await killedIn('make-backup', work)).toBe('SIGKILL');
    expect(existsSync(place('b2'))).toBe(false);
    const refused = await cli('restore', `${place('b2')}.partial`, '--into', place('r2'));
    expect([refused.code, refused.err]).toEqual([4, expect.stringContaining('[not-a-backup]')]);
    expect(existsSync(place('r2'))).toBe(false);
  });
});

describe('a restore', () => {
  it('refuses a damaged backup by name', async () => {
    cpSync(place('b1'), place('b3'), { recursive: true });
    const file = join(place('b3'), 'ledger.db');
    const bytes = readFileSync(file);
    bytes[Math.floor(bytes.length / 2)]! ^= 1;
    writeFileSync(file, bytes);
    const refused = await cli('restore', place('b3'), '--into', place('r3'));
    expect([refused.code, refused.err]).toEqual([4, expect.stringContaining('[backup-damaged]')]);
    expect(existsSync(place('r3'))).toBe(false);
  });

  it('refuses a ledger that was changed together with its manifest', async () => {
    cpSync(place('b1'), place('b4'), { recursive: true });
    const file = join(place('b4'), 'ledger.db');
    const database = new SqliteDatabase(file);
    database.exec("UPDATE entries SET sender = 'beta.submitter' WHERE number = 7");
    database.pragma('wal_checkpoint(TRUNCATE)');
    database.close();
    const bytes = readFileSync(file);
    const { files: _files, ...manifest } = readManifest(place('b1'));
    const files = [{ name: 'ledger.db', bytes: bytes.length, sha256: toHex(sha256(bytes)) }];
    writeFileSync(join(place('b4'), manifestFileName), manifestText({ ...manifest, files }));
    const refused = await cli('restore', place('b4'), '--into', place('r4'), '--json');
    expect(refused.code).toBe(1);
    expect(JSON.parse(refused.err.split('\n').at(-2)!)).toMatchObject({
      error: { code: 'data-damaged', facts: { table: 'entries', key: 7 } },
    });
    expect(existsSync(place('r4'))).toBe(false);
  });

  it('that is killed leaves no directory', async () => {
    const work = `await m.restoreBackup(${JSON.stringify(place('b1'))}, ${JSON.stringify(place('r5'))}, { progress: { update() {} }, verify: die });`;
    expect(await killedIn('restore-backup', work)).toBe('SIGKILL');
    expect(existsSync(place('r5'))).toBe(false);
    expect(existsSync(`${place('r5')}.partial`)).toBe(true);
  });

  it('makes a node that follows and serves, and never signs (D3)', async () => {
    const into = place('r5');
    const { code, out, err } = await cli(
      'restore',
      place('b1'),
      '--into',
      into,
      '--network',
      network,
      '--json',
    );
    expect(code, err).toBe(0);
    expect(existsSync(`${into}.partial`)).toBe(false);
    const { incarnation } = JSON.parse(out) as { readonly incarnation: string };
    expect(JSON.parse(out)).toMatchObject({ mayVote: false });

    process.kill(validators.find(({ id }) => id === 'delta')!.pid, 'SIGTERM');
    await run.next('ended');
    const folder = join(example.data, 'restored');
    mkdirSync(folder);
    const config = parse(readFileSync(nodeFileOf(example.data, 'delta'), 'utf8')) as object;
    writeFileSync(join(folder, 'node.yaml'), stringify({ ...config, storage: into, log: { file: 'log' } }));
    const node = example.runValidator('restored');
    await expect
      .poll(async () => (await statusOf('delta').catch(() => undefined))?.mode, { timeout: 90_000 })
      .toBe('observing');
    await append(100);
    const { block } = await statusOf('alpha');
    await expect.poll(async () => (await statusOf('delta')).block, { timeout: 90_000 }).toBe(block);
    // Its peers ran on, and heard it claim more over the link before: nothing that it did is against a rule.
    const diagnoses = await Promise.all(['alpha', 'beta', 'gamma', 'delta'].map(causesBy));
    expect(diagnoses.flat().filter(({ code }) => code === 'peer-misbehaved')).toEqual([]);
    expect(diagnoses[3]).toContainEqual(
      expect.objectContaining({ code: 'votes-lost', facts: { validator: 'delta', incarnation } }),
    );

    const gone = new Promise((resolve) => node.once('exit', resolve));
    node.kill('SIGTERM');
    expect(await gone).toBe(0);
    const votes = new SqliteDatabase(join(into, 'votes.db'), { readonly: true });
    expect(votes.prepare('SELECT count(*) FROM records').pluck().get()).toBe(0);
    expect(String(votes.prepare("SELECT value FROM facts WHERE name = 'incarnation'").pluck().get())).toBe(
      incarnation,
    );
    votes.close();
    const ledger = new SqliteDatabase(join(into, 'ledger.db'), { readonly: true });
    expect(Number(ledger.prepare('SELECT max(height) FROM blocks').pluck().get())).toBeGreaterThan(0);
    ledger.close();
  });
});

/** A validator whose ledger was damaged while it was down serves the same rows as its peers again. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import SqliteDatabase from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { nodeFileOf } from '../../node/config/data-layout.ts';
import { readNodeConfig } from '../../node/config/node-yaml.ts';
import { verifyWithSodium } from '../../node/crypto/sodium.ts';
import type { LocalNetwork } from '../../scripts/lib/local-network.ts';
import { bulkBody, type LoadSigner, signedAppend } from '../../scripts/lib/signed-load.ts';
import type { BlockJson, CauseJson } from '../../shared/api.ts';
import type { VerifySignature } from '../../shared/crypto/ed25519.ts';
import { verifyReceipt } from '../../shared/protocol/verify-receipt.ts';

/** From the build, where the processes that they start lie beside them. */
const built = (path: string): Promise<unknown> => import(new URL(`../../dist/${path}`, import.meta.url).href);
const { LocalNetwork: Networks } = (await built(
  'scripts/lib/local-network.js',
)) as typeof import('../../scripts/lib/local-network.ts');
const { verifiedLedger } = (await built('scripts/lib/cli.js')) as typeof import('../../scripts/lib/cli.ts');

let network: LocalNetwork;
let directory: string;
let signer: LoadSigner;
let sent = 0;
let height = 0;
const victim = 3;
const healthy = 0;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'concordat-repair-'));
  network = await Networks.found(
    { directory, validators: 4, port: 22_300, gatewayPort: 22_400 },
    () => undefined,
  );
  signer = await network.signer();
  await network.startAll();
  for (let round = 0; round < 8; round += 1) await append(10);
  height = (await status(healthy)).height;
  await vi.waitFor(async () => expect((await status(victim)).height).toBe(height), { timeout: 90_000 });
});
afterAll(async () => {
  await network.stop();
  rmSync(directory, { recursive: true, force: true });
});

async function append(count: number): Promise<void> {
  const { network: id } = network.completed.genesis;
  const shape = { network: id, expiresAt: Date.now() + 300_000, streams: 3, dataBytes: 60, run: 'repair' };
  const transactions = Array.from({ length: count }, () => signedAppend(signer, shape, sent++));
  const response = await network.session.fetch(
    `${network.gateways[healthy]}/api/v1/transactions?wait=certified&receipts=omit`,
    {
      method: 'POST',
      headers: { 'content-type': 'application/cbor' },
      body: bulkBody(transactions) as Uint8Array<ArrayBuffer>,
    },
  );
  expect(response.status).toBe(200);
}

const get = async (index: number, path: string): Promise<unknown> =>
  (await network.session.fetch(`${network.gateways[index]}/api/v1/${path}`)).json();
const status = (index: number) =>
  get(index, 'status') as Promise<{ readonly height: number; readonly mode: string }>;
const causes = async (index: number): Promise<readonly CauseJson[]> =>
  ((await get(index, 'diagnosis')) as { readonly causes: readonly CauseJson[] }).causes;

/** A quorum of seals is not the same one everywhere. */
const withoutCertificate = (answer: unknown): unknown =>
  JSON.parse(JSON.stringify(answer, (key, value: unknown) => (key === 'certificate' ? undefined : value)));

/** Whatever is stored of every block and transaction. */
async function served(index: number): Promise<unknown> {
  const answers: unknown[] = [];
  for (let at = 1; at <= height; at += 1) {
    const block = (await get(index, `blocks/${at}?include=envelopes`)) as BlockJson;
    const records = await Promise.all(block.transactionIds.map((id) => get(index, `transactions/${id}`)));
    answers.push(withoutCertificate([block, records]));
  }
  return answers;
}

/** The receipt of every transaction proves it. */
async function expectReceipts(index: number): Promise<void> {
  for (let at = 1; at <= height; at += 1) {
    const { transactionIds } = (await get(index, `blocks/${at}`)) as BlockJson;
    for (const id of transactionIds) {
      const response = await network.session.fetch(
        `${network.gateways[index]}/api/v1/transactions/${id}/receipt`,
        {
          headers: { accept: 'application/cbor' },
        },
      );
      const bytes = new Uint8Array(await response.arrayBuffer());
      expect(await verifyReceipt(bytes, network.trusted, verifySignature)).toMatchObject({ ok: true });
    }
  }
}

const verifySignature: VerifySignature = async (key, message, signature) =>
  verifyWithSodium(key, message, signature);

const storageOf = (index: number): string =>
  readNodeConfig(nodeFileOf(directory, network.idOf(index))).storageDirectory;

/** Changes rows of the stopped validator's ledger, as a failing disk would. */
function damage(...changes: readonly string[]): void {
  const database = new SqliteDatabase(join(storageOf(victim), 'ledger.db'));
  for (const sql of changes) expect(database.prepare(sql).run().changes).toBeGreaterThan(0);
  database.close();
}

async function repairedCount(): Promise<number> {
  const text = await (await network.session.fetch(`${network.gateways[victim]}/metrics`)).text();
  return Number(/^concordat_blocks_repaired_total(?:\{[^}]*\})? (\d+)/m.exec(text)?.[1]);
}

describe('a validator whose ledger was damaged while it was down', () => {
  it('finds it, fetches it from its peers and serves what they serve', async () => {
    const expected = await served(healthy);
    await network.end(victim);
    damage(
      "UPDATE entries SET outcome = x'01' WHERE number = 3",
      "UPDATE entries SET envelope = x'01' WHERE number = 4",
      "UPDATE blocks SET header = x'00' WHERE height = 2",
      'UPDATE blocks SET hash = zeroblob(32) WHERE height = 3',
    );
    network.start(victim);
    await network.ready();
    await expect
      .poll(async () => (await causes(victim)).find(({ code }) => code === 'data-damaged')?.facts, {
        timeout: 90_000,
      })
      .toMatchObject({ validator: network.idOf(victim), damaged: 0 });
    expect(await served(victim)).toEqual(expected);
    await expectReceipts(victim);
    expect(await repairedCount()).toBeGreaterThanOrEqual(2);
    expect(network.logOf(victim)).toContain('"data-repaired"');
    await verifiedLedger(network.dataOf(victim));
  });

  it('is put right before the start where the start needs what is damaged', async () => {
    const expected = await served(healthy);
    await network.end(victim);
    damage(
      "UPDATE blocks SET certificate = x'00' WHERE height = (SELECT max(height) FROM blocks)",
      "UPDATE entries SET events = x'01' WHERE number IN (0, 20)",
    );
    // State and index are derived from all blocks again.
    for (const ending of ['', '-wal', '-shm'])
      rmSync(join(storageOf(victim), `derived.db${ending}`), { force: true });
    network.start(victim);
    await network.ready();
    expect(await served(victim)).toEqual(expected);
    await expectReceipts(victim);
    await append(5);
    await expect.poll(async () => (await status(victim)).mode, { timeout: 90_000 }).toBe('voting');
  });

  it('names what no peer can give', async () => {
    await network.end(victim);
    damage("UPDATE entries SET outcome = x'01' WHERE number = 3");
    for (const peer of [0, 1, 2]) await network.end(peer);
    network.start(victim);
    await expect
      .poll(async () => causes(victim).catch(() => []), { timeout: 90_000 })
      .toContainEqual(
        expect.objectContaining({
          code: 'data-damaged',
          severity: 'impair',
          facts: expect.objectContaining({ damaged: 1, repaired: 0 }),
        }),
      );
    for (const peer of [0, 1, 2]) network.start(peer);
    await network.ready();
    await expect.poll(async () => repairedCount().catch(() => 0), { timeout: 90_000 }).toBe(1);
    expect(await served(victim)).toEqual(await served(healthy));
  });
});

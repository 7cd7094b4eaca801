/** Exports: the file is what the manifest says, whole or broken off, and a CAR is one for readers of others. */
import { createHash } from 'node:crypto';
import { CarReader } from '@ipld/car';
import * as dagCbor from '@ipld/dag-cbor';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { apiPrefix, type ExportManifestJson, exportManifestSchema, problemSchema } from '../../shared/api.ts';
import { toHex } from '../../shared/codec/hex.ts';
import { decodeEnvelope, decodeStreamEvent } from '../../shared/codec/ledger.ts';
import type { MemberId } from '../../shared/types/brands.ts';
import { appendArgs, genesisTime, keyOfRole, testEnvelope } from './test-support/consortium.ts';
import { MemoryLedger } from './test-support/memory-ledger.ts';
import { type StartedGateway, startTestGateway } from './test-support/started-gateway.ts';

const eventCount = 230;
const formula = '=HYPERLINK("http://example.org")';

/** A ledger that can lose its disk in the middle of a file, or decide something meanwhile. */
class FailingLedger extends MemoryLedger {
  pagesLeft = Number.POSITIVE_INFINITY;
  readonly meanwhile: (() => void)[] = [];

  override transactions(...asked: Parameters<MemoryLedger['transactions']>) {
    this.pagesLeft -= 1;
    this.meanwhile.shift()?.();
    if (this.pagesLeft < 0) throw Object.assign(new Error('damaged'), { code: 'data-damaged' });
    return super.transactions(...asked);
  }
}

let gateway: StartedGateway;
const ledger = new FailingLedger();

beforeAll(async () => {
  const { MemoryNode } = await import('./test-support/memory-node.ts');
  gateway = await startTestGateway({ node: new MemoryNode(ledger) });
  const { network } = ledger;
  const expiresAt = genesisTime + 300_000;
  const wait = (action: string, args: Parameters<typeof testEnvelope>[0]['args']): void => {
    const transaction = decodeEnvelope(testEnvelope({ network, action, args, expiresAt }));
    gateway.node.pool.set(transaction.id, transaction);
  };
  for (let number = 0; number < eventCount; number++) {
    const data = { text: 'two\r\nlines, "quoted"', big: 2n ** 60n, bytes: new Uint8Array([255]) };
    wait('streams.append', appendArgs(number % 2 === 0 ? 'orders/Ä' : formula, `e${number}`, 'any', data));
    if (number % 50 === 49) gateway.node.certify();
  }
  wait('assets.transfer', { asset: 'gold', to: 'nobody', amount: 1 });
  gateway.node.certify();
});
afterAll(() => gateway.close());

const ask = (path: string): Promise<Response> => gateway.ask(`${apiPrefix}/export${path}`);
const manifestOf = async (query: string): Promise<ExportManifestJson> =>
  exportManifestSchema.parse(await (await ask(`/manifest${query}`)).json());

/** The file of a manifest; it must be what the manifest says. */
async function fileOf(manifest: ExportManifestJson): Promise<Uint8Array> {
  const response = await gateway.ask(manifest.path);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-disposition')).toBe(`attachment; filename="${manifest.file}"`);
  const bytes = new Uint8Array(await response.arrayBuffer());
  expect(bytes.length).toBe(manifest.bytes);
  expect(createHash('sha256').update(bytes).digest('hex')).toBe(manifest.sha256);
  return bytes;
}
const exported = async (query: string) => {
  const manifest = await manifestOf(query);
  return { manifest, bytes: await fileOf(manifest) };
};
const textOf = (bytes: Uint8Array): string => new TextDecoder('utf-8', { fatal: true }).decode(bytes);
const rowsOfCsv = (bytes: Uint8Array): Record<string, string>[] =>
  parse(textOf(bytes), { columns: true, relax_quotes: false, record_delimiter: '\r\n' });

describe('the manifest', () => {
  test('fixes the range, and names the block at its end', async () => {
    const manifest = await manifestOf('?of=events&format=csv');
    expect(manifest).toMatchObject({
      network: ledger.network,
      node: 'validator-1',
      count: eventCount,
      range: { fromHeight: 0, toHeight: 5, toBlock: ledger.block(ledger.indexedHeight())?.hash },
      file: 'events-0-5.csv',
    });
    expect(manifest.path).toContain('toHeight=5');
  });

  test('is the same for the same range, however the ledger grows', async () => {
    const { count, sha256 } = await manifestOf('?of=transactions&format=json&toHeight=2');
    expect(count).toBe(100);
    const other = await manifestOf('?of=transactions&toHeight=2&fromHeight=0&format=json');
    expect(other.sha256).toBe(sha256);
    expect((await manifestOf('?of=transactions&format=json')).count).toBe(eventCount + 1);
  });

  test.each([
    ['?of=events&format=csv&sender=north.submitter', 'invalid-request'],
    ['?of=transactions&format=csv&type=note', 'invalid-request'],
    ['?of=transactions&format=xml', 'invalid-request'],
    ['?of=transactions&format=csv&fromHeight=3&toHeight=2', 'invalid-request'],
    ['?of=transactions&format=csv&toHeight=6', 'height-not-reached'],
  ])('%s is refused, and so is its file', async (query, code) => {
    expect(problemSchema.parse(await (await ask(`/manifest${query}`)).json()).code).toBe(code);
    expect(problemSchema.parse(await (await ask(query)).json()).code).toBe(code);
  });
});

describe('CSV', () => {
  test('holds every transaction, in order, as RFC 4180 has it', async () => {
    const { manifest, bytes } = await exported('?of=transactions&format=csv');
    const rows = rowsOfCsv(bytes);
    expect(rows).toHaveLength(manifest.count);
    expect(rows.map(({ height, index }) => [height, index])).toEqual(
      ledger
        .transactions({}, { limit: 1_000, ascending: true })
        .rows.map(({ height, index }) => [String(height), String(index)]),
    );
    expect(rows.at(-1)).toMatchObject({
      action: 'assets.transfer',
      status: 'failed',
      sender: 'north.submitter',
    });
    const { events } = JSON.parse(rows[0]?.args ?? '');
    expect(events[0].data).toEqual({ text: 'two\r\nlines, "quoted"', big: String(2n ** 60n), bytes: '_w' });
  });

  test('never gives a spreadsheet a formula', async () => {
    const { bytes } = await exported(`?of=events&format=csv&stream=${encodeURIComponent(formula)}`);
    const rows = rowsOfCsv(bytes);
    expect(rows).toHaveLength(eventCount / 2);
    expect(new Set(rows.map(({ stream }) => stream))).toEqual(new Set([`'${formula}`]));
  });

  test('of nothing is the line of names', async () => {
    const { manifest, bytes } = await exported('?of=events&format=csv&type=absent');
    expect(manifest.count).toBe(0);
    expect(textOf(bytes).split('\r\n')).toHaveLength(2);
  });
});

describe('JSON', () => {
  test('holds rows as the API answers them', async () => {
    const { bytes } = await exported('?of=events&format=json&streamPrefix=orders&fromHeight=2&toHeight=3');
    const rows = JSON.parse(textOf(bytes));
    const answer = await gateway.ask(`${apiPrefix}/streams/${encodeURIComponent('orders/Ä')}?from=25&to=74`);
    const { events } = (await answer.json()) as { readonly events: unknown };
    expect(rows).toEqual(events);
  });

  test('of nothing is an empty array', async () => {
    const { bytes } = await exported('?of=transactions&format=json&action=assets.burn');
    expect(JSON.parse(textOf(bytes))).toEqual([]);
  });
});

describe('CAR', () => {
  interface Entry {
    readonly [name: string]: unknown;
  }
  /** Follows the links from the root, as a reader of others finds them. */
  async function readCar(bytes: Uint8Array) {
    const reader = await CarReader.fromBytes(bytes);
    const [root, ...others] = await reader.getRoots();
    expect(others).toEqual([]);
    const blockOf = async (cid: unknown): Promise<Uint8Array> => {
      const block = await reader.get(cid as never);
      if (block === undefined) throw new Error(`no block ${String(cid)}`);
      return block.bytes;
    };
    for await (const { cid, bytes: held } of reader.blocks()) {
      expect(toHex(cid.multihash.digest)).toBe(createHash('sha256').update(held).digest('hex'));
    }
    const tree = dagCbor.decode<{ readonly pages: readonly unknown[] } & Entry>(await blockOf(root));
    const entries: Entry[] = [];
    for (const page of tree.pages) entries.push(...dagCbor.decode<Entry[]>(await blockOf(page)));
    return { root: String(root), tree, entries, blockOf };
  }

  test('holds envelopes and outcomes as they were signed and hashed', async () => {
    const { manifest, bytes } = await exported('?of=transactions&format=car');
    const { root, tree, entries, blockOf } = await readCar(bytes);
    expect(root).toBe(manifest.root);
    expect(tree).toMatchObject({
      kind: 'concordat-export',
      query: { of: 'transactions' },
      range: { fromHeight: 0, toHeight: 5 },
      count: eventCount + 1,
    });
    expect(entries).toHaveLength(eventCount + 1);
    for (const entry of entries) {
      const { id } = decodeEnvelope(await blockOf(entry.envelope));
      expect(toHex(entry.transaction as Uint8Array)).toBe(id);
      expect(await blockOf(entry.outcome)).toEqual(
        Uint8Array.from(ledger.transaction(id)?.outcomeBytes ?? []),
      );
    }
  });

  test('holds events as their streams have them', async () => {
    const { manifest, bytes } = await exported('?of=events&format=car&stream=orders%2F%C3%84');
    const { entries, blockOf } = await readCar(bytes);
    expect(entries).toHaveLength(manifest.count);
    for (const [revision, entry] of entries.entries()) {
      expect(decodeStreamEvent(await blockOf(entry.event))).toMatchObject({ stream: 'orders/Ä', revision });
    }
  });
});

describe('never cut in silence', () => {
  const query = '?of=transactions&format=csv&status=succeeded';

  test('what cannot be read has no manifest and no file', async () => {
    ledger.pagesLeft = 1;
    expect(problemSchema.parse(await (await ask(`/manifest${query}`)).json()).code).toBe('data-damaged');
    ledger.pagesLeft = 1;
    expect((await ask(query)).status).toBe(500);
    ledger.pagesLeft = Number.POSITIVE_INFINITY;
  });

  test('a file that cannot be read to its end breaks off', async () => {
    const manifest = await manifestOf(query);
    ledger.pagesLeft = 1;
    const response = await gateway.ask(manifest.path);
    expect(response.status).toBe(200);
    await expect(response.arrayBuffer()).rejects.toThrow();
    ledger.pagesLeft = Number.POSITIVE_INFINITY;
    expect(gateway.logged).toContainEqual(
      expect.objectContaining({ level: 'error', code: 'gateway-failed' }),
    );
    await fileOf(manifest);
  });
});

test('few are read at once, fewer of one member; who hangs up makes room', async () => {
  const { Exports } = await import('./export/exports.ts');
  const { planOf } = await import('./export/plan.ts');
  const exports = new Exports(ledger, ledger.network);
  const plan = (format: 'csv' | 'json') => planOf(ledger, { of: 'events', format });
  const [north, south, west] = ['north', 'south', 'west'] as MemberId[] as [MemberId, MemberId, MemberId];
  const stays = () => false;
  await exports.summary(plan('csv'), north, stays);
  const ofNorth = [exports.file(plan('csv'), north, stays), exports.file(plan('csv'), north, stays)];
  for (const file of ofNorth) await file.next();
  const refusal = { code: 'rate-limited', extras: { retryAfterSeconds: 5 } };
  await expect(exports.summary(plan('json'), north, stays)).rejects.toMatchObject({
    ...refusal,
    facts: { member: north },
  });
  const ofSouth = [exports.file(plan('csv'), south, stays), exports.file(plan('csv'), south, stays)];
  for (const file of ofSouth) await file.next();
  await expect(exports.summary(plan('json'), west, stays)).rejects.toMatchObject(refusal);
  await ofNorth[0]?.return(undefined);
  await expect(exports.summary(plan('json'), west, () => true)).rejects.toMatchObject({
    code: 'client-closed-request',
  });
  expect((await exports.summary(plan('json'), west, stays)).count).toBe(eventCount);
  for (const file of [ofNorth[1], ...ofSouth]) await file?.return(undefined);
});

describe('whoever is out in the middle of a file gets no more of it', () => {
  const path = '?of=transactions&format=json';
  const ended: { readonly [how: string]: () => void } = {
    revoked: () => ledger.changeIdentity('south.auditor', { status: 'revoked' }),
    'without the role': () => ledger.changeIdentity('south.auditor', { roles: ['reader'] }),
  };

  test.each(Object.keys(ended))('%s', async (how) => {
    ledger.changeIdentity('south.auditor', { status: 'active', roles: ['auditor'] });
    await manifestOf(path);
    const headers = { Authorization: `Bearer ${await gateway.open(keyOfRole.auditor)}` };
    const fetched = () => fetch(`${gateway.url}${apiPrefix}/export${path}`, { headers });
    expect((await (await fetched()).arrayBuffer()).byteLength).toBeGreaterThan(0);
    ledger.meanwhile.push(() => undefined, ended[how]!);
    const response = await fetched();
    expect(response.status).toBe(200);
    await expect(response.arrayBuffer()).rejects.toThrow();
    ledger.changeIdentity('south.auditor', { status: 'active', roles: ['auditor'] });
    expect((await (await fetched()).arrayBuffer()).byteLength).toBeGreaterThan(0);
  });
});

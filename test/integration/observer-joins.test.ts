/**
 * An observer comes to a ledger whose validators have pruned the bodies of its old blocks: nobody can give it every
 * block, so that it joins by their snapshot. Then it serves what is there, with proof, and says by name what is not.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import type { Consortium } from '../../scripts/lib/consortium.ts';
import { signedAppend } from '../../scripts/lib/signed-load.ts';
import type { BlocksJson, Problem, TransactionsJson } from '../../shared/api.ts';
import { clientAt } from '../support/client.ts';
import { freePorts } from '../support/example.ts';
import { createObserver, type ObserverProcess, untilReady } from '../support/observer.ts';

const built = (file: string): string => new URL(`../../dist/scripts/${file}`, import.meta.url).href;
/** From the build, where the processes that they start lie beside them. */
const lib = (await import(built('lib/consortium.js'))) as typeof import('../../scripts/lib/consortium.ts');
const { LocalNetwork } = (await import(
  built('lib/local-network.js')
)) as typeof import('../../scripts/lib/local-network.ts');
const { writeSyntheticLedger } = (await import(
  built('bench-join/synthetic-ledger.js')
)) as typeof import('../../scripts/bench-join/synthetic-ledger.ts');
const { runConcordat, verifiedLedger } = (await import(
  built('lib/cli.js')
)) as typeof import('../../scripts/lib/cli.ts');

const folder = mkdtempSync(join(tmpdir(), 'concordat-observer-joins-'));
const said: string[] = [];
const say = (line: string): void => void said.push(line);
let consortium: Consortium | undefined;
let observer: ObserverProcess | undefined;

afterAll(async () => {
  await Promise.all([consortium?.stop(), observer?.end('SIGTERM')]);
  rmSync(folder, { recursive: true });
}, 60_000);

/** More than a node replays without a snapshot; the snapshot lies behind the tip, and behind what is pruned. */
const shape = { records: 640, recordsPerBlock: 1, streams: 8, snapshotEvery: 600, blockMs: 100 };
const keptBlocks = 64;

it('joins by snapshot a ledger that nobody has whole, and proves what it serves', async () => {
  const data = join(folder, 'data');
  mkdirSync(data);
  const ports = await freePorts(8);
  const places = [0, 1, 2, 3].map((at) => ({
    links: `127.0.0.1:${ports[at]}`,
    gateway: `127.0.0.1:${ports[at + 4]}`,
  }));
  const timeMs = Date.now() - (shape.records + 100) * shape.blockMs;
  const options = { directory: data, validators: 4, port: 0, places, admins: true, timeMs };
  const network = await LocalNetwork.found(options, say);
  const id = network.completed.genesis.network;
  const tip = await writeSyntheticLedger(network, shape, () => undefined);
  // The fourth stays away: it has nothing, and three are a quorum.
  for (const { nodeFile } of network.completed.nodes.slice(0, 3)) {
    const pruned = await runConcordat(['node', 'prune', nodeFile, '--keep', String(keptBlocks), '--json']);
    expect([pruned.exitCode, pruned.stderr]).toEqual([0, '']);
    expect(JSON.parse(pruned.stdout)).toMatchObject({ bodiesFrom: tip - keptBlocks + 1, snapshot: 600 });
  }
  consortium = new lib.Consortium(network, say);
  for (const index of [0, 1, 2]) network.start(index);
  observer = await createObserver({ folder, data }, 'mirror', 'v1');
  const { gateway, directory, proposal } = observer;
  await network.ready();
  observer.start();
  await consortium.decide('v1', 'proposal', 'create', proposal, '--reason', 'Reads for the branch');
  await untilReady(gateway, 120_000);

  const log = readFileSync(join(directory, 'log'), 'utf8');
  const lines = log.split('\n').filter((line) => line.includes('"snapshot-installed"'));
  expect(lines.map((line) => (JSON.parse(line) as { height: number }).height)).toEqual([600]);
  const ask = (path: string): Promise<Response> =>
    network.session.fetch(`${gateway}/api/v1${path}`) as Promise<Response>;
  const read = async <Body>(path: string): Promise<Body> => (await (await ask(path)).json()) as Body;
  expect(await read('/status')).toMatchObject({ node: 'mirror', standing: 'observer', mode: 'observing' });

  // The headers of what was pruned are here and sealed; what it held is not, and that is said.
  const headers = '/blocks?order=oldest&limit=101';
  const [own, other] = await Promise.all([
    read<BlocksJson>(headers),
    consortium.ask<BlocksJson>(headers, 'v2'),
  ]);
  expect(own.rows.map(({ hash }) => hash)).toEqual(other.rows.map(({ hash }) => hash));
  expect(own.rows.at(-1)?.certificate?.seals).toHaveLength(3);
  const gone = await ask(`/blocks/${own.rows.at(-1)!.height}`);
  expect([gone.status, ((await gone.json()) as Problem).code]).toEqual([410, 'pruned']);

  // Of the blocks behind the snapshot, which it executed itself, and of one that it forwards now.
  const { rows } = await read<TransactionsJson>('/transactions?action=streams.append&limit=1');
  const signer = await network.signer();
  const load = { network: id, expiresAt: Date.now() + 300_000, streams: 8, dataBytes: 20, run: 'late' };
  const late = signedAppend(signer, load, 1);
  await clientAt({ data, identity: 'loader', gateways: [gateway] }).submitAndWait(late.envelope);
  for (const record of [rows[0]!.id, late.id]) {
    const pack = join(folder, `${record}.pack`);
    const place = ['--gateway', gateway, '--data', data, '--identity', 'watcher'];
    const got = await runConcordat(['pack', 'get', record, '--out', pack, ...place]);
    expect([got.exitCode, got.stderr]).toEqual([0, '']);
    const verified = await runConcordat(['pack', 'verify', pack, '--network', id, '--json']);
    expect([verified.exitCode, JSON.parse(verified.stdout)]).toMatchObject([0, { ok: true }]);
  }

  await observer.end('SIGTERM');
  expect(await verifiedLedger(directory)).toMatchObject({ ok: true });
  expect(observer.printed()).not.toContain('"level":"error"');
}, 300_000);

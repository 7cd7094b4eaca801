/**
 * A quorum of four real validators is gone for good, and the members bring the network back: it resumes with two new
 * machines, the ledger says what happened, packs span the break, and a node whose operator accepted nothing stays where
 * it is and says so by name.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ChainEvent } from '../../console/src/features/verify/chain/protocol.ts';
import { runChain } from '../../console/src/workers/chain-run.ts';
import { chainSource } from '../../console/src/workers/chain-source.ts';
import { verifySignature } from '../../node/cli/light-client.ts';
import type { Consortium } from '../../scripts/drill-recovery/consortium.ts';
import type { Recovered } from '../../scripts/drill-recovery/recover.ts';
import type { EpochsJson } from '../../shared/api.ts';

/** From the build, where the processes that they start lie beside them. */
const built = (path: string): Promise<unknown> => import(new URL(`../../dist/${path}`, import.meta.url).href);
const { Consortium: Consortiums, founders } = (await built(
  'scripts/drill-recovery/consortium.js',
)) as typeof import('../../scripts/drill-recovery/consortium.ts');
const { accept, joinAs, makeBundle, makeStatement } = (await built(
  'scripts/drill-recovery/recover.js',
)) as typeof import('../../scripts/drill-recovery/recover.ts');

const directory = mkdtempSync(join(tmpdir(), 'concordat-recovery-'));
/** Two dozen commands, each a process that opens keys. */
const patienceMs = 400_000;
let consortium: Consortium;
let recovered: Recovered;
let before: readonly string[];
beforeAll(async () => {
  consortium = await Consortiums.found(directory, 22_700);
  await consortium.start(...founders);
  before = await consortium.append(5, 'alpha');
  for (const id of ['delta', 'gamma']) {
    await consortium.kill(id);
    consortium.destroy(id);
  }
  await consortium.stop('alpha', 'beta');
  const statements = await Promise.all([
    makeStatement(consortium, 'alpha'),
    makeStatement(consortium, 'beta'),
    joinAs(consortium, 'echo', 'delta'),
    joinAs(consortium, 'foxtrot', 'gamma'),
  ]);
  recovered = await makeBundle(consortium, {
    statements,
    validators: ['alpha', 'beta', 'echo', 'foxtrot'],
    reason: 'two sites are gone',
    signers: ['alpha', 'beta', 'delta'],
  });
}, patienceMs);
afterAll(async () => {
  await consortium.stopAll();
  rmSync(directory, { recursive: true, force: true });
}, patienceMs);

const eventually = { timeout: 120_000, interval: 250 };
const logOf = (id: string): string => readFileSync(join(consortium.dataOf(id), 'log'), 'utf8');

it(
  'who made a statement votes no more, and without an acceptance there is no network',
  async () => {
    expect(before).toHaveLength(5);
    consortium.spawn('alpha');
    await expect.poll(() => logOf('alpha'), eventually).toContain('incarnation-not-registered');
    await consortium.stop('alpha');
  },
  patienceMs,
);

it(
  'goes on with the new set, and says on the ledger what happened',
  async () => {
    await Promise.all(['alpha', 'echo', 'foxtrot'].map((id) => accept(consortium, id, recovered)));
    await consortium.start('alpha', 'echo', 'foxtrot');
    await expect.poll(() => consortium.append(2, 'echo').then(({ length }) => length), eventually).toBe(2);
    await expect
      .poll(async () => (await consortium.statusOf('foxtrot')).epoch, eventually)
      .toBe(recovered.epoch);
    const { rows } = (await (await consortium.ask('foxtrot', '/epochs')).json()) as EpochsJson;
    expect(rows.map(({ epoch, lastHeight }) => [epoch, lastHeight])).toEqual([
      [0, recovered.height],
      [1, undefined],
    ]);
    expect(rows[1]?.link).toHaveProperty('recovery');
    for (const id of before)
      expect((await consortium.ask('foxtrot', `/transactions/${id}`)).status).toBe(200);
  },
  patienceMs,
);

it(
  'a pack spans the break, is verified offline, and shows it',
  async () => {
    const [id] = await consortium.append(1, 'foxtrot');
    const response = await consortium.ask('echo', `/transactions/${id}/pack`);
    const file = consortium.fileOf('after.pack');
    writeFileSync(file, new Uint8Array(await response.arrayBuffer()));
    const verdict = await consortium.command('pack', 'verify', file, '--network', consortium.network);
    expect(verdict).toMatchObject({ ok: true, breaks: [{ reason: 'two sites are gone', of: 4 }] });
  },
  patienceMs,
);

it(
  'the console’s check of the whole chain leads over the break to the tip, and tells it',
  async () => {
    const { gateway } = consortium.machines.get('foxtrot')!;
    const { certifiedHeight: target } = await consortium.statusOf('foxtrot');
    const events: ChainEvent[] = [];
    const ports = {
      source: chainSource(gateway, `Bearer ${await consortium.session.token(gateway)}`),
      verify: verifySignature,
      nowMs: Date.now,
      load: async () => undefined,
      save: async () => undefined,
      tell: (event: ChainEvent) => events.push(event),
      isStopped: () => false,
    };
    await runChain(ports, { network: consortium.network, target });
    expect(events.at(-1)).toMatchObject({
      type: 'verified',
      progress: {
        epoch: recovered.epoch,
        breaks: [{ digest: recovered.recovery, base: recovered.base, height: recovered.height }],
      },
    });
  },
  patienceMs,
);

it(
  'a node without its operator’s acceptance refuses the new epoch by name; with it, it follows',
  async () => {
    consortium.spawn('beta');
    await expect.poll(() => logOf('beta'), eventually).toContain('"recovery-not-accepted"');
    expect(logOf('beta')).toContain(recovered.recovery);
    expect(await consortium.statusOf('beta')).toMatchObject({ epoch: 0, certifiedHeight: recovered.height });
    await consortium.stop('beta');
    await accept(consortium, 'beta', recovered);
    await consortium.start('beta');
    await expect.poll(async () => (await consortium.statusOf('beta')).epoch, eventually).toBe(1);
    const { certifiedHeight } = await consortium.statusOf('alpha');
    await expect
      .poll(async () => (await consortium.statusOf('beta')).certifiedHeight, eventually)
      .toBeGreaterThanOrEqual(certifiedHeight);
  },
  patienceMs,
);

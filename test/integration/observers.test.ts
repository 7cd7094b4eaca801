/**
 * Observers as processes, beside five validators: let in by ballots, they serve what they can prove, forward what they
 * accept, and keep that promise over a SIGKILL. A validator that the members remove goes on as one.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { exampleSigner } from '../../scripts/lib/signed-in.ts';
import { signedAppend } from '../../scripts/lib/signed-load.ts';
import type { Client } from '../../shared/client/client.ts';
import type { NetworkId } from '../../shared/types/brands.ts';
import { clientAt } from '../support/client.ts';
import { createExample, type Example, type ExampleRun, type StartedValidator } from '../support/example.ts';
import {
  createObserver,
  decide,
  type ObserverProcess,
  proposalOf,
  untilReady,
  whyNotReady,
} from '../support/observer.ts';

/** From the build, where the command lies beside it. */
const { runConcordat, verifiedLedger } = (await import(
  new URL('../../dist/scripts/lib/cli.js', import.meta.url).href
)) as typeof import('../../scripts/lib/cli.ts');

let example: Example;
let run: ExampleRun;
let validators: readonly StartedValidator[];
let network: NetworkId;
let mirror: ObserverProcess;
let lens: ObserverProcess;
let sent = 0;

/** The network must keep four when one leaves. */
const withEcho = (yaml: string): string =>
  yaml
    .replace(/( {4}name: Delta Relief Logistics\n)/, '$1  - id: echo\n    name: Echo Bank\n')
    .replace(
      /( {4}gateway: http:\/\/127\.0\.0\.1:8104\n)/,
      '$1  - id: echo\n    member: echo\n    links: 127.0.0.1:7105\n    gateway: http://127.0.0.1:8105\n',
    )
    .replace(
      /( {4}member: delta\n {4}roles: \[admin, operator\]\n)/,
      '$1  - id: echo.admin\n    member: echo\n    roles: [admin, operator]\n',
    );

// Seven processes, and keys that take their time to open: a busy machine needs minutes.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 300_000 });

beforeAll(async () => {
  example = await createExample(withEcho);
  run = example.run();
  const ready = await run.next('ready');
  validators = ready.validators as readonly StartedValidator[];
  network = ready.network as NetworkId;
  [mirror, lens] = await Promise.all([
    createObserver(example, 'mirror', 'alpha'),
    createObserver(example, 'lens', 'beta'),
  ]);
});
afterAll(async () => {
  await Promise.all([mirror?.end('SIGTERM'), lens?.end('SIGTERM')]);
  await example.cleanUp();
});

const validator = (id: string): StartedValidator => validators.find((one) => one.id === id)!;
const clientOf = (...gateways: readonly string[]): Client =>
  clientAt({ data: example.data, identity: 'alpha.submitter', gateways });
const auditorOf = (gateway: string): Client =>
  clientAt({ data: example.data, identity: 'gamma.auditor', gateways: [gateway] });

async function append(): Promise<{ readonly id: string; readonly envelope: Uint8Array }> {
  const signer = await exampleSigner(example.data, 'alpha.submitter');
  sent += 1;
  const shape = { network, expiresAt: Date.now() + 300_000, streams: 1, dataBytes: 20, run: 'observers' };
  return signedAppend(signer, shape, sent);
}
const certified = (gateway: string, id: string): Promise<boolean> =>
  auditorOf(gateway)
    .get('transaction', { id })
    .then(
      ({ status }) => status === 'certified',
      () => false,
    );
const soon = { timeout: 90_000, interval: 250 };

/** Nobody hears them and they hear nobody, until they go on: every link with them ends in silence. */
async function silenced(ids: readonly string[], meanwhile: () => Promise<void>): Promise<void> {
  for (const id of ids) process.kill(validator(id).pid, 'SIGSTOP');
  try {
    await meanwhile();
  } finally {
    for (const id of ids) process.kill(validator(id).pid, 'SIGCONT');
  }
}

describe('an observer', () => {
  it('is let in by ballots, and is not ready before', async () => {
    mirror.start();
    await expect.poll(() => whyNotReady(mirror.gateway), soon).toContain('validators-not-reached');
    lens.start();
    const file = proposalOf([mirror, lens], join(example.folder, 'observers.yaml'));
    await decide(example, 'proposal', 'create', file);
    await untilReady(mirror.gateway);
    await untilReady(lens.gateway);
    // It is let in by the block that names it, and may stand a block before it yet.
    const named = async () => {
      const { observers = [] } = await auditorOf(lens.gateway).get('validators');
      return observers.map(({ id, member, gateway }) => [id, member, gateway]);
    };
    await expect.poll(named, soon).toEqual([
      ['lens', 'beta', lens.gateway],
      ['mirror', 'alpha', mirror.gateway],
    ]);
    // Two validators suffice to be ready; links to the others follow.
    await expect
      .poll(() => clientOf(mirror.gateway).get('status'), soon)
      .toMatchObject({
        node: 'mirror',
        standing: 'observer',
        mode: 'observing',
        quorum: { n: 5, q: 4, reachable: 5 },
      });
  });

  it('shows itself to operators: status, doctor and the matrix of every node', async () => {
    const as = ['--data', example.data, '--identity', 'alpha.admin', '--gateway', mirror.gateway];
    const told = await runConcordat(['status', ...as]);
    expect(told.stdout).toMatch(/node +mirror \(observer\)/);
    // A busy machine is a cause of its own: what is asked here is who answers, and that nobody lost a vote.
    const doctor = async () => {
      const { stdout } = await runConcordat(['doctor', '--json', ...as]);
      const verdict = JSON.parse(stdout) as {
        readonly commits: boolean;
        readonly nodes: readonly { readonly diagnosis: { readonly node: string } }[];
        readonly causes: readonly { readonly code: string }[];
      };
      const isLost = verdict.causes.some(({ code }) => code === 'votes-lost');
      return [verdict.commits, isLost, verdict.nodes.map(({ diagnosis }) => diagnosis.node).sort()];
    };
    const everybody = ['alpha', 'beta', 'delta', 'echo', 'gamma', 'lens', 'mirror'];
    await expect.poll(doctor, soon).toEqual([true, false, everybody]);
    const operator = clientAt({
      data: example.data,
      identity: 'beta.admin',
      gateways: [validator('beta').gateway],
    });
    await expect
      .poll(async () => (await operator.get('matrix')).followers, soon)
      .toMatchObject([
        { validator: 'lens', standing: 'observer', seen: { connected: true } },
        { validator: 'mirror', standing: 'observer', lag: 0, seen: { connected: true } },
      ]);
    const { quorum } = await operator.get('status');
    expect(quorum).toMatchObject({ n: 5, reachable: 5 });
  });

  it('forwards, and serves with proof what was certified', async () => {
    const record = await append();
    const { height, receipt } = await clientOf(mirror.gateway).submitAndWait(record.envelope);
    expect(receipt.certificate.seals.length).toBeGreaterThanOrEqual(4);
    await expect.poll(() => certified(lens.gateway, record.id), soon).toBe(true);
    const pack = join(example.folder, 'record.pack');
    const place = ['--gateway', lens.gateway, '--data', example.data];
    const got = await runConcordat(['pack', 'get', record.id, '--out', pack, ...place]);
    expect([got.exitCode, got.stderr]).toEqual([0, '']);
    const verified = await runConcordat(['pack', 'verify', pack, '--network', network, '--json']);
    expect([verified.exitCode, JSON.parse(verified.stdout)]).toMatchObject([0, { height }]);
  });

  it('feeds a subscription that goes on without a gap when it is killed and started again', async () => {
    const following = clientOf(mirror.gateway);
    const seen: number[] = [];
    const events = new Set<string>();
    const ended = (async () => {
      for await (const update of following.subscribe({ topic: 'events', from: 0 })) {
        if (update.type !== 'event') continue;
        seen.push(update.position);
        events.add(update.event.eventId);
        if (events.has(`observers-${sent}`) && sent >= 40) return;
      }
    })();
    const writer = clientOf(validator('alpha').gateway, validator('beta').gateway);
    while (sent < 20) await writer.submitAndWait((await append()).envelope);
    await expect.poll(() => events.has('observers-20'), soon).toBe(true);
    await mirror.end('SIGKILL');
    while (sent < 30) await writer.submitAndWait((await append()).envelope);
    mirror.start();
    while (sent < 40) await writer.submitAndWait((await append()).envelope);
    await ended;
    expect(seen).toEqual(seen.map((_, index) => seen[0]! + index));
    expect(events.size).toBe(40);
  });

  it('keeps over a SIGKILL what it accepted while it reached nobody', async () => {
    await untilReady(mirror.gateway);
    const record = await append();
    const all = validators.map(({ id }) => id);
    await silenced(all, async () => {
      await expect.poll(() => whyNotReady(mirror.gateway), soon).toContain('validators-not-reached');
      const [accepted] = await clientOf(mirror.gateway).submit([record.envelope]);
      expect(accepted).toMatchObject({ status: 'accepted', id: record.id });
      await mirror.end('SIGKILL');
    });
    await clientOf(validator('alpha').gateway).submitAndWait((await append()).envelope);
    expect(await certified(validator('alpha').gateway, record.id)).toBe(false);
    mirror.start();
    await expect.poll(() => certified(validator('alpha').gateway, record.id), soon).toBe(true);
    await expect.poll(() => certified(mirror.gateway, record.id), soon).toBe(true);
  });
});

describe('a validator that the members remove', () => {
  it('hands over what it had accepted, and goes on as an observer', async () => {
    const echo = validator('echo');
    const record = await append();
    await silenced(['alpha', 'beta', 'gamma', 'delta'], async () => {
      // With nobody there it still promises; its word is on its disk when it dies.
      await sleep(7_000);
      const [accepted] = await clientOf(echo.gateway).submit([record.envelope]);
      expect(accepted).toMatchObject({ status: 'accepted', id: record.id });
      process.kill(echo.pid, 'SIGKILL');
    });
    await decide(example, 'validator', 'remove', 'echo');
    const epochOf = async (id: string) => (await auditorOf(validator(id).gateway).get('status')).epoch;
    await expect.poll(() => epochOf('alpha'), soon).toBe(1);
    expect(await certified(validator('alpha').gateway, record.id)).toBe(false);

    example.runValidator('echo');
    await expect.poll(() => certified(validator('alpha').gateway, record.id), soon).toBe(true);
    await untilReady(echo.gateway);
    await expect
      .poll(() => clientOf(echo.gateway).get('status'), soon)
      .toMatchObject({
        node: 'echo',
        standing: 'former',
        mode: 'observing',
        epoch: 1,
        quorum: { n: 4, q: 3, reachable: 4 },
      });
    const { height } = await clientOf(echo.gateway).submitAndWait((await append()).envelope);
    expect(height).toBeGreaterThan(0);
  });
});

it('observers hold the same ledger as validators, and every proof of it verifies offline', async () => {
  await Promise.all([mirror.end('SIGTERM'), lens.end('SIGTERM')]);
  for (const { directory } of [mirror, lens]) {
    expect(existsSync(join(directory, 'votes.db'))).toBe(true);
    expect(await verifiedLedger(directory)).toMatchObject({ ok: true });
  }
  expect([mirror.printed(), lens.printed()].join('')).not.toContain('"level":"error"');
});

/**
 * Two validators and two observers behind HAProxy, with the file that docs/operations gives, under load: one gateway
 * dies by SIGKILL. Clients repeat the same bytes and see no error, subscriptions no gap.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { parse, stringify } from 'yaml';
import { nodeFileOf } from '../../node/config/data-layout.ts';
import { exampleSigner } from '../../scripts/lib/signed-in.ts';
import { signedAppend } from '../../scripts/lib/signed-load.ts';
import type { Client } from '../../shared/client/client.ts';
import type { NetworkId } from '../../shared/types/brands.ts';
import { clientAt } from '../support/client.ts';
import { createExample, type Example, freePorts, type StartedValidator } from '../support/example.ts';
import { type BalancedGateways, checkedAsDocumented, hasHaproxy, startHaproxy } from '../support/haproxy.ts';
import { createObserver, decide, type ObserverProcess, proposalOf, untilReady } from '../support/observer.ts';
import { serverCertificate } from '../support/server-certificate.ts';

/** From the build, where the command lies beside it. */
const { runConcordat } = (await import(
  new URL('../../dist/scripts/lib/cli.js', import.meta.url).href
)) as typeof import('../../scripts/lib/cli.ts');

vi.setConfig({ testTimeout: 240_000, hookTimeout: 300_000 });

const loaders = 8;
const followers = 4;

describe.skipIf(!hasHaproxy)('two validators and two observers behind HAProxy', () => {
  let example: Example;
  let network: NetworkId;
  let proxy: BalancedGateways;
  let mirror: ObserverProcess;
  let lens: ObserverProcess;

  beforeAll(async () => {
    example = await createExample();
    const [port = 0] = await freePorts(1);
    const origin = `http://127.0.0.1:${port}`;
    await runConcordat(['network', 'init', example.networkFile, '--data', example.data]);
    [mirror, lens] = await Promise.all([
      createObserver(example, 'mirror', 'alpha'),
      createObserver(example, 'lens', 'beta'),
    ]);
    const behind = [nodeFileOf(example.data, 'alpha'), nodeFileOf(example.data, 'beta')];
    for (const file of [...behind, mirror.nodeFile, lens.nodeFile]) putBehind(file, origin);
    const ready = await example.run().next('ready');
    const validators = ready.validators as readonly StartedValidator[];
    network = ready.network as NetworkId;
    mirror.start();
    lens.start();
    const file = proposalOf([mirror, lens], join(example.folder, 'observers.yaml'));
    await decide(example, 'proposal', 'create', file);
    for (const { gateway } of [mirror, lens]) await untilReady(gateway);
    const hostOf = (id: string) => new URL(validators.find((one) => one.id === id)!.gateway).host;
    proxy = await startHaproxy({
      directory: example.folder,
      port,
      gateways: [hostOf('alpha'), hostOf('beta'), new URL(mirror.gateway).host, new URL(lens.gateway).host],
    });
  });
  afterAll(async () => {
    await proxy?.stop();
    await Promise.all([mirror?.end('SIGTERM'), lens?.end('SIGTERM')]);
    await example?.cleanUp();
  });

  it('the file as it is written, with TLS on both sides, is one that HAProxy takes', async () => {
    const directory = join(example.folder, 'certificates');
    mkdirSync(directory);
    const { keyPem, certificatePem } = await serverCertificate(new Date(Date.now() + 86_400_000));
    writeFileSync(join(directory, 'ledger.pem'), `${certificatePem}\n${keyPem}`);
    writeFileSync(join(directory, 'gateways.pem'), certificatePem);
    expect(checkedAsDocumented(directory)).toMatchObject({ status: 0 });
  });

  it('one gateway dies: no client sees an error, no subscriber a gap; when it is back it is sent clients again', async () => {
    const figures = { submitted: 0, acknowledged: 0, errorsAfterRetry: 0, retries: 0, longestGapMs: 0 };
    const errors: string[] = [];
    const positions = Array.from({ length: followers }, (): number[] => []);
    const seen = Array.from({ length: followers }, () => new Set<string>());
    const acknowledged = new Set<string>();
    let lastAckMs = performance.now();
    let isOver = false;
    let number = 0;
    const signer = await exampleSigner(example.data, 'alpha.submitter');

    /** Each has an address of its own, as clients on machines of their own have: they stick to gateways by it. */
    const client = (place: number): Client =>
      clientAt({
        data: example.data,
        identity: 'alpha.submitter',
        gateways: [proxy.url],
        localAddress: `127.0.0.${10 + place}`,
        onFailure: () => {
          figures.retries += 1;
        },
      });

    async function load(own: Client): Promise<void> {
      while (!isOver) {
        const shape = { network, expiresAt: Date.now() + 300_000, streams: 4, dataBytes: 50, run: 'haproxy' };
        number += 1;
        const mine = number;
        figures.submitted += 1;
        try {
          await own.submitAndWait(signedAppend(signer, shape, mine).envelope);
          figures.acknowledged += 1;
          acknowledged.add(`haproxy-${mine}`);
          const nowMs = performance.now();
          figures.longestGapMs = Math.max(figures.longestGapMs, Math.round(nowMs - lastAckMs));
          lastAckMs = nowMs;
        } catch (error) {
          figures.errorsAfterRetry += 1;
          errors.push(String(error));
        }
      }
    }
    async function follow(own: Client, index: number): Promise<void> {
      for await (const update of own.subscribe({ topic: 'events', from: 0 })) {
        if (update.type === 'event') {
          positions[index]!.push(update.position);
          seen[index]!.add(update.event.eventId);
        }
        if (isOver && [...acknowledged].every((id) => seen[index]!.has(id))) return;
      }
    }

    const writers = Array.from({ length: loaders }, (_, place) => client(place));
    const nodes = await Promise.all(writers.map(async (own) => (await own.get('session')).node));
    // All four serve; the one that dies has clients of its own.
    expect(new Set(nodes)).toEqual(new Set(['alpha', 'beta', 'mirror', 'lens']));
    const following = Array.from({ length: followers }, (_, at) => follow(client(loaders + at), at));
    lastAckMs = performance.now();
    const loading = writers.map(load);
    await sleep(4_000);
    await mirror.end('SIGKILL');
    await sleep(6_000);
    const whileAway = await Promise.all(writers.map(async (own) => (await own.get('session')).node));
    isOver = true;
    await Promise.all(loading);
    await Promise.all(following);
    console.log(`behind HAProxy, one of four gateways killed: ${JSON.stringify(figures)}`);

    expect(errors).toEqual([]);
    expect(figures.acknowledged).toBe(figures.submitted);
    expect(figures.acknowledged).toBeGreaterThan(loaders);
    expect(whileAway).not.toContain('mirror');
    for (const own of positions) expect(own).toEqual(own.map((_, index) => own[0]! + index));

    // Back again, it is sent clients: those that come from addresses that stick to nobody yet.
    mirror.start();
    await untilReady(mirror.gateway);
    let place = loaders + followers;
    const nextNode = async () => {
      place += 1;
      return (await client(place).get('session')).node;
    };
    await expect.poll(nextNode, { timeout: 90_000, interval: 500 }).toBe('mirror');
  });

  it('gateways see the clients, and not HAProxy', () => {
    const log = ['alpha', 'beta'].map((id) => readFileSync(join(example.data, id, 'log'), 'utf8')).join('');
    const lines = log.split('\n').filter((line) => line.includes('"code":"signed-in"'));
    const addresses = lines.map((line) => (JSON.parse(line) as { readonly address: string }).address);
    const clients = addresses.filter((address) => /^127\.0\.0\.[12]\d$/.test(address));
    expect(clients.length).toBeGreaterThan(0);
  });
});

/** As docs/operations/haproxy.md says. */
function putBehind(nodeFile: string, origin: string): void {
  const config = parse(readFileSync(nodeFile, 'utf8')) as { readonly gateway: object };
  const gateway = { ...config.gateway, origins: [origin], trusted_proxies: ['127.0.0.1'] };
  writeFileSync(nodeFile, stringify({ ...config, gateway }));
}

import { readFileSync } from 'node:fs';
import { get } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createHistogram } from '../../runtime/telemetry/histogram.ts';
import { type StartedGateway, startTestGateway } from '../test-support/started-gateway.ts';
import { renderMetrics } from './exposition.ts';

let gateway: StartedGateway;
let text: string;
beforeAll(async () => {
  gateway = await startTestGateway();
  gateway.node.facts = {
    refusals: [{ validator: 'validator-2' as never, rule: 'M1', count: 7, reason: 'forged', agoMs: 5 }],
    sinceCertifiedMs: 1_500,
    damage: { damaged: [3 as never], repaired: 2 },
    host: {
      loopDelayMs: 2,
      disk: { path: '/', freeBytes: 1e12, totalBytes: 2e12 },
      certificates: [{ name: 'gateway certificate', expiresAt: 1_900_000_000_000 }],
    },
  };
  const response = await gateway.ask(`/metrics`);
  expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
  text = await response.text();
});
afterAll(() => gateway.close());

const nameOf = (sample: string): string => /^[a-zA-Z_:][a-zA-Z0-9_:]*/.exec(sample)?.[0] ?? '';
const samples = (): string[] =>
  text
    .trimEnd()
    .split('\n')
    .filter((line) => !line.startsWith('#'));

describe('/metrics', () => {
  test('every line is one that Prometheus reads, and every metric has its help and type once', () => {
    const sample = /^[a-z][a-z0-9_]*(\{[a-z_]+="[^"]*"(,[a-z_]+="[^"]*")*\})? -?[0-9.e+-]+$/;
    for (const line of samples()) expect(line).toMatch(sample);
    const typed = [...text.matchAll(/^# TYPE (\S+) (counter|gauge|histogram)$/gm)].map(([, name]) => name);
    expect(new Set(typed).size).toBe(typed.length);
    const described = new Set(typed);
    for (const line of samples()) {
      const name = nameOf(line);
      expect(described.has(name) || described.has(name.replace(/_(bucket|sum|count)$/, ''))).toBe(true);
    }
  });

  test('tells what the validator knows', () => {
    const lines = samples();
    expect(lines).toContain('concordat_height 0');
    expect(lines).toContain('concordat_commits 1');
    expect(lines).toContain('concordat_blocks_damaged 1');
    expect(lines).toContain('concordat_blocks_repaired_total 2');
    expect(lines).toContain('concordat_messages_rejected_total{peer="validator-2",rule="M1"} 7');
    expect(lines).toContain('concordat_last_certified_age_seconds 1.5');
    expect(lines).toContain('concordat_peer_up{peer="validator-2"} 1');
    expect(lines).toContain('concordat_commit_seconds_bucket{file="votes",le="0.0025"} 1');
    expect(lines).toContain('concordat_disk_used_bytes{part="ledger"} 2000');
    expect(lines).toContain(
      'concordat_certificate_expiry_timestamp_seconds{name="gateway certificate"} 1900000000',
    );
    expect(
      Number(lines.find((line) => line.startsWith('process_resident_memory_bytes'))?.split(' ')[1]),
    ).toBeGreaterThan(1e6);
  });

  test('asks for a role, except at the listener of its own', async () => {
    expect((await fetch(`${gateway.url}/metrics`)).status).toBe(401);
    const listen = { host: '0.0.0.0', port: 0 };
    await expect(startTestGateway({ metricsListen: listen })).rejects.toThrow('metrics-beyond-loopback');
  });

  test('the listener of its own answers an address of this machine, and no name that a site let point at it', async () => {
    const local = await startTestGateway({ metricsListen: { host: '127.0.0.1', port: 0 } });
    const url = new URL(local.metricsUrl ?? '');
    const statusFor = (host: string): Promise<number | undefined> =>
      new Promise((resolve, reject) =>
        get(url, { headers: { host } }, (answer) => {
          answer.resume();
          resolve(answer.statusCode);
        }).once('error', reject),
      );
    expect(await statusFor(url.host)).toBe(200);
    expect(await statusFor(`localhost:${url.port}`)).toBe(200);
    expect(await statusFor(`rebound.example:${url.port}`)).toBe(421);
    await local.close();
  });

  test('is not held back by the limit for clients there', async () => {
    const slow = await startTestGateway({
      limits: { requestsPerSecond: 1, requestsBurst: 1 },
      metricsListen: { host: '127.0.0.1', port: 0 },
    });
    const statuses: number[] = [];
    for (let count = 0; count < 5; count++) statuses.push((await fetch(slow.metricsUrl ?? '')).status);
    expect(statuses).toEqual([200, 200, 200, 200, 200]);
    await slow.close();
  });
});

test('a histogram counts what is at or below each bound; labels are escaped', () => {
  const histogram = createHistogram([1, 10]);
  for (const value of [0.5, 1, 5, 50]) histogram.observe(value);
  const labels = { reason: 'a "quoted" \\ line\nbreak' };
  const rendered = renderMetrics([
    { name: 'sizes', help: 'Sizes.', type: 'histogram', samples: [{ histogram: histogram.snapshot() }] },
    { name: 'odd', help: 'Odd.', type: 'gauge', samples: [{ labels, value: 1 }] },
  ]);
  expect(rendered.split('\n')).toEqual([
    '# HELP sizes Sizes.',
    '# TYPE sizes histogram',
    'sizes_bucket{le="1"} 2',
    'sizes_bucket{le="10"} 3',
    'sizes_bucket{le="+Inf"} 4',
    'sizes_sum 56.5',
    'sizes_count 4',
    '# HELP odd Odd.',
    '# TYPE odd gauge',
    'odd{reason="a \\"quoted\\" \\\\ line\\nbreak"} 1',
    '',
  ]);
});

describe('the Grafana dashboard', () => {
  const file = new URL('../../../docs/operations/grafana-dashboard.json', import.meta.url);
  const dashboard = JSON.parse(readFileSync(file, 'utf8')) as {
    readonly panels: readonly {
      readonly title: string;
      readonly targets: readonly { readonly expr: string }[];
    }[];
    readonly annotations: { readonly list: readonly { readonly expr: string }[] };
  };
  const expressions = [
    ...dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
    ...dashboard.annotations.list.map(({ expr }) => expr),
  ];
  const metricsIn = (expression: string): string[] =>
    expression.match(/\b(concordat|process|nodejs)_[a-z0-9_]+/g) ?? [];

  test('names only metrics that exist', () => {
    const exported = new Set([
      ...samples().map(nameOf),
      ...[...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name = '']) => name),
    ]);
    expect(expressions.length).toBeGreaterThan(25);
    for (const expression of expressions) {
      const named = metricsIn(expression);
      expect(named.length, expression).toBeGreaterThan(0);
      for (const name of named) expect(exported.has(name), `${name} in ${expression}`).toBe(true);
    }
  });

  test('shows each of our own metrics that changes, or has a reason not to', () => {
    const unseen = [
      'concordat_executed_height',
      'concordat_indexed_height',
      'concordat_epoch',
      'concordat_view_changing',
      'concordat_primary',
      'concordat_voting',
      'concordat_ready',
      'concordat_slots',
      'concordat_pool_bytes',
      'concordat_peer_height',
      'concordat_peer_view',
      'concordat_peer_sent_bytes_total',
      'concordat_peer_received_bytes_total',
      // The panel of causes shows both, as data-damaged.
      'concordat_blocks_damaged',
      'concordat_blocks_repaired_total',
      'concordat_disk_size_bytes',
    ];
    const shown = new Set(
      expressions.flatMap(metricsIn).map((name) => name.replace(/_(bucket|sum|count)$/, '')),
    );
    const own = [...text.matchAll(/^# TYPE (concordat_\S+)/gm)].map(([, name = '']) => name);
    expect(own.filter((name) => !shown.has(name))).toEqual(unseen);
  });
});

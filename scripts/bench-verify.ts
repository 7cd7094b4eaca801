/**
 * `npm run bench:verify`: how fast Chromium verifies a whole chain, as a reader of the console has it. A validator
 * process serves a ledger of real blocks (headers, links, a quorum of seals each); the page /verify/chain asks for
 * them over HTTP and verifies every header, link, history root and seal in its worker. Chromium, the server and its
 * database share this machine.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Browser, chromium, type Page } from 'playwright-core';
import { installNativeSha256 } from '../node/crypto/sha256-install.ts';
import { quorum } from '../shared/protocol/quorum.ts';
import { verifyMicroseconds } from './bench/machine-speed.ts';
import { writeSyntheticLedger } from './bench-join/synthetic-ledger.ts';
import { LocalNetwork } from './lib/local-network.ts';
import { median } from './lib/statistics.ts';

const help = `usage: npm run bench:verify [-- OPTIONS]

  --blocks N        blocks in the chain (10000)
  --runs N          times that it is verified; the median counts (3)
  --port N          first port of the links (22000)
  --gateway-port N  first port of the gateways (22100)
  --chromium PATH   the browser (/usr/bin/chromium)
  --json            the report as JSON alone on standard output
  --help            this text`;

const { values } = parseArgs({
  options: {
    blocks: { type: 'string', default: '10000' },
    runs: { type: 'string', default: '3' },
    port: { type: 'string', default: '22000' },
    'gateway-port': { type: 'string', default: '22100' },
    chromium: { type: 'string', default: '/usr/bin/chromium' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const validators = 4;
const targetBlocksPerSecond = 2_000;
const blocks = Number(values.blocks);
const blockMs = 100;
const note = (line: string): void => void process.stderr.write(`${line}\n`);

/** What the page says of its own run. */
interface RunFigures {
  readonly blocks: number;
  readonly ms: number;
}

async function main(): Promise<void> {
  if (values.help) return void process.stdout.write(`${help}\n`);
  if (!existsSync(values.chromium)) throw new Error(`there is no browser at ${values.chromium}`);
  installNativeSha256();
  const directory = mkdtempSync(join(tmpdir(), 'concordat-bench-verify-'));
  const options = {
    directory,
    validators,
    port: Number(values.port),
    gatewayPort: Number(values['gateway-port']),
    timeMs: Date.now() - (blocks + 10) * blockMs,
  };
  const network = await LocalNetwork.found(options, (validator, line) => note(`${validator}: ${line}`));
  try {
    await serve(network);
    const browser = await chromium.launch({
      executablePath: values.chromium,
      args: [
        '--headless',
        '--no-sandbox',
        '--disable-gpu',
        '--no-first-run',
        '--disable-background-networking',
      ],
    });
    try {
      report(await measure(network, browser));
    } finally {
      await browser.close();
    }
  } finally {
    await network.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** One validator serves: it needs no others to show what is certified. */
async function serve(network: LocalNetwork): Promise<void> {
  const shape = { records: blocks, recordsPerBlock: 1, streams: 100, snapshotEvery: blocks + 1, blockMs };
  await writeSyntheticLedger(network, shape, (written) => {
    if (process.stderr.isTTY) process.stderr.write(`\rledger: ${written} of ${blocks} blocks   `);
  });
  network.start(0);
  for (let attempt = 0; attempt < 600; attempt++) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    const response = await fetch(`${network.gateways[0]}/api/v1/genesis`).catch(() => undefined);
    if (response?.ok) return;
  }
  throw new Error('the validator does not serve its ledger');
}

async function measure(network: LocalNetwork, browser: Browser): Promise<readonly RunFigures[]> {
  const gateway = network.gateways[0]!;
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(await network.session.link(gateway));
  await page.getByRole('button', { name: 'It is the same' }).click();
  const runs: RunFigures[] = [];
  for (let run = 0; run < Number(values.runs); run++) {
    await page.goto(`${gateway}/verify/chain`);
    if (run > 0) await page.getByRole('button', { name: 'Start over' }).click();
    await page.getByRole('button', { name: 'Verify the chain' }).click();
    runs.push(await figuresOf(page));
  }
  return runs;
}

async function figuresOf(page: Page): Promise<RunFigures> {
  const figures = page.locator('[data-run-blocks][data-phase=verified]');
  await figures.waitFor({ timeout: 600_000 });
  const read = async (name: string) => Number(await figures.getAttribute(name));
  return { blocks: await read('data-run-blocks'), ms: await read('data-run-ms') };
}

function report(runs: readonly RunFigures[]): void {
  const rates = runs.map((run) => Math.round((run.blocks / run.ms) * 1000));
  const blocksPerSecond = median(rates);
  const seals = quorum(validators);
  const figures = {
    blocks,
    validators,
    sealsPerBlock: seals,
    blocksPerSecond,
    sealsPerSecond: blocksPerSecond * seals,
    runs: rates,
    libsodiumVerifyMicroseconds: verifyMicroseconds(),
    target: targetBlocksPerSecond,
    met: blocksPerSecond >= targetBlocksPerSecond,
  };
  if (values.json) return void process.stdout.write(`${JSON.stringify(figures)}\n`);
  process.stdout.write(
    [
      `A chain of ${blocks} blocks with ${seals} seals each of ${validators} validators, from a validator's gateway over HTTP,`,
      `every header, link, history root and seal verified by /verify/chain in Chromium:`,
      `  ${blocksPerSecond} blocks/s, ${figures.sealsPerSecond} seals/s (median of ${rates.join(', ')}; target ${targetBlocksPerSecond}: ${figures.met ? 'met' : 'missed'})`,
      `  for comparison, libsodium verifies one signature in ${figures.libsodiumVerifyMicroseconds} µs on one core here`,
      '',
    ].join('\n'),
  );
}

await main();

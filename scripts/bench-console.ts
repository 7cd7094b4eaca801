/**
 * `npm run bench:console`: how soon Chromium shows whether the network commits, how much JavaScript that takes, and how
 * smoothly a list of all blocks scrolls. A validator process serves a ledger of real blocks over loopback; it, its
 * database and Chromium share this machine, so measure on a quiet one.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { type Browser, type BrowserContext, type CDPSession, chromium, type Response } from 'playwright-core';
import { installNativeSha256 } from '../node/crypto/sha256-install.ts';
import { framesWhileScrolling, rowCount, toTheEnd, watchForVerdict } from './bench-console/page-scripts.ts';
import { writeSyntheticLedger } from './bench-join/synthetic-ledger.ts';
import { LocalNetwork } from './lib/local-network.ts';
import { median, percentile, rounded } from './lib/statistics.ts';

const help = `usage: npm run bench:console [-- OPTIONS]

  --blocks N        blocks in the list (100000)
  --runs N          cold loads; the median counts (5)
  --seconds N       of scrolling (10)
  --port N          first port of the links (23700)
  --gateway-port N  first port of the gateways (23800)
  --chromium PATH   the browser (/usr/bin/chromium)
  --json            the report as JSON alone on standard output
  --help            this text`;

const { values } = parseArgs({
  options: {
    blocks: { type: 'string', default: '100000' },
    runs: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '10' },
    port: { type: 'string', default: '23700' },
    'gateway-port': { type: 'string', default: '23800' },
    chromium: { type: 'string', default: '/usr/bin/chromium' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const targets = { coldLoadMs: 1_500, scriptKiB: 250, framesPerSecond: 55 };
const blocks = Number(values.blocks);
const blockMs = 100;
const width = 1440;
const height = 900;
const note = (line: string): void => void process.stderr.write(`${line}\n`);

async function main(): Promise<void> {
  if (values.help) return void process.stdout.write(`${help}\n`);
  if (!existsSync(values.chromium)) throw new Error(`there is no browser at ${values.chromium}`);
  installNativeSha256();
  const directory = mkdtempSync(join(tmpdir(), 'concordat-bench-console-'));
  const network = await LocalNetwork.found(
    {
      directory,
      validators: 4,
      port: Number(values.port),
      gatewayPort: Number(values['gateway-port']),
      timeMs: Date.now() - (blocks + 10) * blockMs,
    },
    (validator, line) => note(`${validator}: ${line}`),
  );
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
      const signedIn = await stateOfReader(network, browser);
      const loads: ColdLoad[] = [];
      for (let run = 0; run < Number(values.runs); run++)
        loads.push(await coldLoad(network, browser, signedIn));
      report(loads, await scroll(network, browser, signedIn));
    } finally {
      await browser.close();
    }
  } finally {
    await network.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** One validator serves: it needs no others to show what is certified, and to say that it cannot go on alone. */
async function serve(network: LocalNetwork): Promise<void> {
  const shape = { records: blocks, recordsPerBlock: 1, streams: 100, snapshotEvery: blocks + 1, blockMs };
  await writeSyntheticLedger(network, shape, (written) => {
    if (process.stderr.isTTY) process.stderr.write(`\rledger: ${written} of ${blocks} blocks   `);
  });
  network.start(0);
  for (let attempt = 0; attempt < 3_000; attempt++) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    const response = await fetch(`${network.gateways[0]}/api/v1/genesis`).catch(() => undefined);
    if (response?.ok) return;
  }
  throw new Error('the validator does not serve its ledger');
}

type ReaderState = Awaited<ReturnType<BrowserContext['storageState']>>;

/** Of somebody who has been here before: a session, and the network that was compared; nothing cached. */
async function stateOfReader(network: LocalNetwork, browser: Browser): Promise<ReaderState> {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(await network.session.link(network.gateways[0]!));
  await page.getByRole('button', { name: 'It is the same' }).click();
  await page.getByRole('heading', { name: 'Overview' }).waitFor();
  const state = await context.storageState();
  await context.close();
  return state;
}

interface ColdLoad {
  /** From the navigation until the sentence of the verdict stands in the page. */
  readonly ms: number;
  /** Of all scripts that were loaded until then. */
  readonly scriptKiB: number;
}

async function coldLoad(
  network: LocalNetwork,
  browser: Browser,
  storageState: ReaderState,
): Promise<ColdLoad> {
  const context = await browser.newContext({ storageState, viewport: { width, height } });
  const page = await context.newPage();
  await page.addInitScript(watchForVerdict);
  const scripts: Response[] = [];
  page.on('response', (response) => {
    if (new URL(response.url()).pathname.endsWith('.js')) scripts.push(response);
  });
  await page.goto(network.gateways[0]!);
  await page.locator('section[aria-label=Verdict] p strong').waitFor();
  const loaded = await Promise.all([...scripts].map((script) => script.body()));
  const ms = await page.evaluate<number>('globalThis.verdictMs');
  const bytes = loaded.reduce((sum, script) => sum + gzipSync(script).length, 0);
  await context.close();
  return { ms, scriptKiB: bytes / 1024 };
}

interface Scrolling {
  /** Rows that the page had fetched: all of them. */
  readonly rows: number;
  readonly loadSeconds: number;
  readonly framesPerSecond: number;
  /** Of all frames, 99 took no longer. */
  readonly p99FrameMs: number;
  readonly mainThread: MainThread;
}

/** What a frame cost the page's main thread: a shared machine changes it far less than it changes frames a second. */
interface MainThread {
  readonly scriptMs: number;
  readonly styleMs: number;
  readonly layoutMs: number;
  /** All tasks: these three, painting, and what else the browser does there. */
  readonly taskMs: number;
}

/** Everything is fetched as a reader does, by scrolling to the end of what is there; then the whole list is crossed. */
async function scroll(
  network: LocalNetwork,
  browser: Browser,
  storageState: ReaderState,
): Promise<Scrolling> {
  const context = await browser.newContext({ storageState, viewport: { width, height } });
  const page = await context.newPage();
  await page.goto(`${network.gateways[0]}/blocks`);
  await page.getByRole('table', { name: 'Certified blocks, newest first' }).waitFor();
  const startedMs = Date.now();
  await page.evaluate(toTheEnd);
  const loadSeconds = (Date.now() - startedMs) / 1000;
  const rows = await page.evaluate<number>(rowCount);
  const metrics = await context.newCDPSession(page);
  // Time that the thread had a processor, not that went by: others use this machine, too.
  await metrics.send('Performance.enable', { timeDomain: 'threadTicks' });
  const before = await spentMs(metrics);
  const frames = await page.evaluate<readonly number[]>(framesWhileScrolling(Number(values.seconds) * 1000));
  const after = await spentMs(metrics);
  await context.close();
  const perFrame = (metric: string): number =>
    ((after.get(metric) ?? 0) - (before.get(metric) ?? 0)) / frames.length;
  const total = frames.reduce((sum, ms) => sum + ms, 0);
  return {
    rows,
    loadSeconds,
    framesPerSecond: (frames.length / total) * 1000,
    p99FrameMs: percentile(frames, 0.99),
    mainThread: {
      scriptMs: perFrame('ScriptDuration'),
      styleMs: perFrame('RecalcStyleDuration'),
      layoutMs: perFrame('LayoutDuration'),
      taskMs: perFrame('TaskDuration'),
    },
  };
}

/** Since the page began, by the names of the DevTools protocol. */
async function spentMs(session: CDPSession): Promise<ReadonlyMap<string, number>> {
  const { metrics } = await session.send('Performance.getMetrics');
  return new Map(metrics.map(({ name, value }) => [name, value * 1_000]));
}

const mainThreadText = ({ scriptMs, styleMs, layoutMs, taskMs }: MainThread): string =>
  `${rounded(taskMs)} ms of the main thread for each frame: script ${rounded(scriptMs)}, style ${rounded(styleMs)}, layout ${rounded(layoutMs)}`;

function report(loads: readonly ColdLoad[], scrolling: Scrolling): void {
  const coldLoadMs = Math.round(median(loads.map(({ ms }) => ms)));
  const scriptKiB = Math.round(Math.max(...loads.map((load) => load.scriptKiB)));
  const framesPerSecond = rounded(scrolling.framesPerSecond);
  const met = {
    coldLoad: coldLoadMs <= targets.coldLoadMs,
    script: scriptKiB <= targets.scriptKiB,
    frames: framesPerSecond >= targets.framesPerSecond,
  };
  const figures = {
    coldLoadMs,
    coldLoadsMs: loads.map(({ ms }) => Math.round(ms)),
    scriptKiB,
    rows: scrolling.rows,
    loadSeconds: rounded(scrolling.loadSeconds),
    framesPerSecond,
    p99FrameMs: rounded(scrolling.p99FrameMs),
    mainThreadMsPerFrame: Object.fromEntries(
      Object.entries(scrolling.mainThread).map(([name, ms]) => [name, rounded(ms)]),
    ),
    targets,
    met,
  };
  if (values.json) return void process.stdout.write(`${JSON.stringify(figures)}\n`);
  const verdict = (isMet: boolean): string => (isMet ? 'met' : 'missed');
  process.stdout.write(
    [
      `The console in Chromium, ${width} × ${height}, over loopback, served by a validator of this machine:`,
      `  ${coldLoadMs} ms from the navigation to the sentence of the verdict, nothing cached (median of ${figures.coldLoadsMs.join(', ')}; target ${targets.coldLoadMs}: ${verdict(met.coldLoad)})`,
      `  ${scriptKiB} KiB of JavaScript until then, gzip (target ${targets.scriptKiB}: ${verdict(met.script)})`,
      `  ${framesPerSecond} frames/s across a list of ${scrolling.rows} blocks, 99 % of the frames within ${figures.p99FrameMs} ms (target ${targets.framesPerSecond}: ${verdict(met.frames)})`,
      `  ${mainThreadText(scrolling.mainThread)}`,
      `  ${figures.loadSeconds} s to fetch all of them, 200 at a time`,
      '',
    ].join('\n'),
  );
}

await main();

/**
 * Takes pictures of every place of the console of a running network, in both themes and two widths.
 * usage: node dist/scripts/console-shots.js [--base http://127.0.0.1:8101] [--out shots]
 *   [--data data] [--identity alpha.admin]: whose key signs in
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Browser, chromium } from 'playwright-core';
import { signedInAs } from './lib/signed-in.ts';

const themes = ['light', 'dark'] as const;
const widths = [1440, 390] as const;

const { values } = parseArgs({
  options: {
    base: { type: 'string', default: 'http://127.0.0.1:8101' },
    out: { type: 'string', default: 'shots' },
    data: { type: 'string', default: 'data' },
    identity: { type: 'string', default: 'alpha.admin' },
    chromium: { type: 'string', default: '/usr/bin/chromium' },
  },
});

const session = signedInAs(values.data, values.identity);
mkdirSync(values.out, { recursive: true });
const browser = await chromium.launch({
  executablePath: values.chromium,
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
});
try {
  const places = await placesOf(values.base);
  for (const theme of themes) {
    for (const width of widths) await takeAll(browser, places, theme, width);
  }
} finally {
  await browser.close();
}

interface Place {
  readonly name: string;
  readonly path: string;
  /** Key to press once the page is there. */
  readonly key?: string;
  /** Button to press, where it is shown at this width. */
  readonly press?: string;
}

async function placesOf(base: string): Promise<readonly Place[]> {
  const [transaction] = await rowsOf(base, 'transactions');
  const [stream] = await rowsOf(base, 'streams');
  const [proposal] = await rowsOf(base, 'proposals');
  const { node } = await answerOf(base, 'status');
  const fixed = [
    'blocks',
    'blocks/1',
    'transactions',
    'streams',
    'events',
    'analytics',
    'export',
    'network',
    'metrics',
    'proposals',
    'proposals/new',
    'members',
    'keys',
    'verify',
    'verify/chain',
    'verify/stream',
    'verify/state',
    'verify/heights',
    'verify/nodes',
    'consensus',
    'evidence',
    'submit',
    'settings',
    'no-such-page',
  ];
  return [
    { name: 'overview', path: '/' },
    { name: 'search', path: '/', key: '/' },
    { name: 'help', path: '/', key: '?' },
    ...fixed.map((path) => ({ name: path.replace('/', '-'), path: `/${path}` })),
    { name: 'validator', path: `/validators/${node}` },
    { name: 'keys-rotate', path: `/keys/rotate/${node}` },
    { name: 'keys-all', path: '/keys?at=all' },
    { name: 'identity', path: `/identities/${values.identity}` },
    { name: 'more', path: '/', press: 'More' },
    ...(proposal === undefined ? [] : [{ name: 'proposal', path: `/proposals/${proposal.number}` }]),
    { name: 'block-verified', path: '/blocks/1', key: 'v' },
    ...(transaction === undefined
      ? []
      : [
          { name: 'transaction', path: `/tx/${transaction.id}` },
          { name: 'transaction-verified', path: `/tx/${transaction.id}`, key: 'v' },
        ]),
    ...(stream === undefined
      ? []
      : [{ name: 'stream', path: `/streams/${encodeURIComponent(String(stream.stream))}` }]),
  ];
}

interface Row {
  readonly [member: string]: unknown;
}

async function rowsOf(base: string, list: string): Promise<readonly Row[]> {
  const { rows } = await answerOf(base, `${list}?limit=1`);
  return rows as readonly Row[];
}

async function answerOf(base: string, path: string): Promise<Row> {
  const response = await session.fetch(`${base}/api/v1/${path}`);
  if (!response.ok) throw new Error(`${response.url} answered ${response.status}`);
  return (await response.json()) as Row;
}

async function takeAll(
  browser: Browser,
  places: readonly Place[],
  theme: (typeof themes)[number],
  width: (typeof widths)[number],
): Promise<void> {
  const context = await browser.newContext({
    colorScheme: theme,
    viewport: { width, height: width === 390 ? 844 : 900 },
    ...(width === 390 ? { isMobile: true, hasTouch: true } : {}),
  });
  const page = await context.newPage();
  await page.goto(await session.link(values.base));
  await page.getByRole('button', { name: 'It is the same' }).click();
  await page.waitForTimeout(1_000);
  for (const { name, path, key, press } of places) {
    await page.goto(`${values.base}${path}`);
    await page.waitForTimeout(1_000);
    if (key !== undefined) {
      await page.keyboard.press(key);
      await page.waitForTimeout(1_000);
    }
    if (press !== undefined) {
      const button = page.getByRole('button', { name: press });
      if (!(await button.isVisible())) continue;
      await button.click();
      await page.waitForTimeout(500);
    }
    const file = join(values.out, `${name}-${width}-${theme}.png`);
    await page.screenshot({ path: file });
    console.log(file);
  }
  await context.close();
}

/** Takes pictures of every place of the console of a running network, in both themes and two widths. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Browser, chromium, type Page } from 'playwright-core';
import { plainPlaces } from './lib/console-places.ts';
import { signedInAs } from './lib/signed-in.ts';

const themes = ['light', 'dark'] as const;
const widths = [1440, 390] as const;

const help = `usage: npm run console:shots [-- OPTIONS], beside a network that runs (npm start)

  --base URL       the gateway that serves the console (http://127.0.0.1:8101)
  --out DIR        where the pictures go (shots)
  --data DIR       the network's data directory, where the key lies (data)
  --identity ID    who signs in (alpha.admin)
  --full           each page in its whole height, not the window alone
  --only TEXT      places whose name contains it (all)
  --chromium PATH  the browser (/usr/bin/chromium)
  --help           this text`;

const { values } = parseArgs({
  options: {
    base: { type: 'string', default: 'http://127.0.0.1:8101' },
    out: { type: 'string', default: 'shots' },
    data: { type: 'string', default: 'data' },
    identity: { type: 'string', default: 'alpha.admin' },
    full: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    chromium: { type: 'string', default: '/usr/bin/chromium' },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) {
  console.log(help);
  process.exit(0);
}
const session = signedInAs(values.data, values.identity);
mkdirSync(values.out, { recursive: true });
const browser = await chromium.launch({
  executablePath: values.chromium,
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
});
try {
  const places = (await placesOf(values.base)).filter(({ name }) => name.includes(values.only));
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
  /** And another one after it. */
  readonly next?: string;
  /** Button to press, where it is shown at this width. */
  readonly press?: string;
}

async function placesOf(base: string): Promise<readonly Place[]> {
  const [transaction] = await rowsOf(base, 'transactions');
  const [stream] = await rowsOf(base, 'streams');
  const [asset] = await rowsOf(base, 'assets');
  const [proposal] = await rowsOf(base, 'proposals');
  const { node } = await answerOf(base, 'status');
  const named = (name: string, path: string, row: Row | undefined): readonly Place[] =>
    row === undefined ? [] : [{ name, path }];
  return [
    { name: 'search', path: '/', key: '/' },
    { name: 'help', path: '/', key: '?' },
    { name: 'peek', path: '/blocks', key: 'j', next: ' ' },
    { name: 'more', path: '/', press: 'More' },
    ...plainPlaces.map((path) => ({ name: nameOf(path), path })),
    { name: 'no-such-page', path: '/no-such-page' },
    { name: 'block', path: '/blocks/1' },
    { name: 'block-verified', path: '/blocks/1', key: 'v' },
    { name: 'chain-verified', path: '/verify/chain', press: 'Verify the chain' },
    { name: 'validator', path: `/validators/${node}` },
    { name: 'keys-rotate', path: `/keys/rotate/${node}` },
    { name: 'keys-all', path: '/keys?at=all' },
    { name: 'identity', path: `/identities/${values.identity}` },
    ...named('transaction', `/tx/${transaction?.id}`, transaction),
    ...named('transaction-verified', `/tx/${transaction?.id}`, transaction).map((place) => ({
      ...place,
      key: 'v',
    })),
    ...named('stream', `/streams/${encodeURIComponent(String(stream?.stream))}`, stream),
    ...named('asset', `/assets/${asset?.asset}`, asset),
    ...named('proposal', `/proposals/${proposal?.number}`, proposal),
  ];
}

function nameOf(path: string): string {
  return path.slice(1).replaceAll('/', '-') || 'overview';
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
  const height = width === 390 ? 844 : 900;
  const context = await browser.newContext({
    colorScheme: theme,
    viewport: { width, height },
    ...(width === 390 ? { isMobile: true, hasTouch: true } : {}),
  });
  const page = await context.newPage();
  await page.goto(await session.link(values.base));
  await page.getByRole('button', { name: 'It is the same' }).click();
  await page.waitForTimeout(1_000);
  for (const { name, path, key, next, press } of places) {
    await page.goto(`${values.base}${path}`);
    await page.waitForTimeout(1_000);
    if (key !== undefined) {
      await page.keyboard.press(key);
      if (next !== undefined) await page.keyboard.press(next);
      await page.waitForTimeout(1_000);
    }
    if (press !== undefined) {
      const button = page.getByRole('button', { name: press });
      if (!(await button.isVisible())) continue;
      await button.click();
      await page.waitForTimeout(1_000);
    }
    if (values.full) await page.setViewportSize({ width, height: await heightOf(page) });
    const file = join(values.out, `${name}-${width}-${theme}.png`);
    await page.screenshot({ path: file });
    await page.setViewportSize({ width, height });
    console.log(file);
  }
  await context.close();
}

/** Of the whole page. A picture of more than the window would leave the bar at the bottom amid it, and forget touch. */
function heightOf(page: Page): Promise<number> {
  return page.evaluate<number>('Math.max(innerHeight, document.documentElement.scrollHeight)');
}

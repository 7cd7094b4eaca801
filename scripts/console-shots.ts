/** Takes pictures of every place of the console of a running network, in both themes and two widths. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Browser, chromium, type Page } from 'playwright-core';
import { plainPlaces } from './lib/console-places.ts';
import { signedInAs } from './lib/signed-in.ts';

const themes = ['light', 'dark'] as const;
const widths = [1440, 390] as const;

/** On a touch screen it is transparent at first, for as long as a keyboard may come up. */
const dialog = ':not([style*="opacity: 0"]) > [role=dialog]';
const verified = 'text=/^Verified in this browser/';
/** What is waited for, on a machine that does much else as well. */
const patienceMs = 60_000;
/** What is drawn once its data is there: charts, a certificate that is checked. */
const drawnMs = 500;

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
  /** Button to press. */
  readonly press?: string;
  /** Selector of what is there then. */
  readonly shows?: string;
  /** The one width at which it exists. */
  readonly width?: (typeof widths)[number];
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
    { name: 'search', path: '/', key: '/', shows: dialog },
    { name: 'help', path: '/', key: '?', shows: dialog },
    { name: 'peek', path: '/blocks', key: 'j', next: ' ', shows: '[data-peek]' },
    { name: 'more', path: '/', press: 'More', shows: dialog, width: 390 },
    ...plainPlaces.map((path) => ({ name: nameOf(path), path })),
    { name: 'no-such-page', path: '/no-such-page' },
    { name: 'block', path: '/blocks/1' },
    { name: 'block-verified', path: '/blocks/1', key: 'v', shows: verified },
    { name: 'chain-verified', path: '/verify/chain', press: 'Verify the chain', shows: verified },
    { name: 'validator', path: `/validators/${node}` },
    { name: 'keys-rotate', path: `/keys/rotate/${node}` },
    { name: 'keys-all', path: '/keys?at=all' },
    { name: 'identity', path: `/identities/${values.identity}` },
    ...named('transaction', `/tx/${transaction?.id}`, transaction),
    ...named('transaction-verified', `/tx/${transaction?.id}`, transaction).map((place) => ({
      ...place,
      key: 'v',
      shows: verified,
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
    reducedMotion: 'reduce',
    viewport: { width, height },
    ...(width === 390 ? { isMobile: true, hasTouch: true } : {}),
  });
  const page = await context.newPage();
  page.setDefaultTimeout(patienceMs);
  await page.goto(await session.link(values.base));
  await page.getByRole('button', { name: 'It is the same' }).click();
  await page.getByRole('heading', { name: 'Overview' }).waitFor();
  for (const { name, path, key, next, press, shows, width: only = width } of places) {
    if (only !== width) continue;
    await page.goto(`${values.base}${path}`);
    await untilLoaded(page);
    if (key !== undefined) await page.keyboard.press(key);
    if (next !== undefined) await page.keyboard.press(next);
    if (press !== undefined) await page.getByRole('button', { name: press }).click();
    if (shows !== undefined) await page.locator(shows).first().waitFor();
    await untilLoaded(page);
    if (values.full) await page.setViewportSize({ width, height: await heightOf(page) });
    const file = join(values.out, `${name}-${width}-${theme}.png`);
    await page.screenshot({ path: file });
    await page.setViewportSize({ width, height });
    console.log(file);
  }
  await context.close();
}

/** A page with a heading, in which nothing is on its way any more. */
async function untilLoaded(page: Page): Promise<void> {
  await page.locator('h1').first().waitFor({ state: 'attached' });
  await page.waitForTimeout(drawnMs);
  // Of skeletons; the end of a list says the same of what is older.
  await page
    .locator('.visually-hidden', { hasText: /^Loading / })
    .first()
    .waitFor({ state: 'detached' });
}

/** Of the whole page. A picture of more than the window would leave the bar at the bottom amid it, and forget touch. */
function heightOf(page: Page): Promise<number> {
  return page.evaluate<number>('Math.max(innerHeight, document.documentElement.scrollHeight)');
}

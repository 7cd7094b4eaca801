/** The system's Chromium, driven by playwright-core, with axe. */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { expect } from 'vitest';
import { keepStorage } from './secret-watch/browser-storage.ts';

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';

/** Without a browser the tests that need one are skipped, in one visible line. */
export const hasBrowser = existsSync(executablePath);
if (!hasBrowser) console.log(`skipped: no browser at ${executablePath}`);

export async function launchBrowser(): Promise<Browser> {
  const browser = await chromium.launch({
    executablePath,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
  return keepStorage(browser);
}

export interface Visit {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Errors that the page reported: exceptions, CSP violations, failed requests. */
  readonly errors: string[];
}

/**
 * A new visitor, who has stored nothing and wants no motion. `signInLink` is a sign-in link of the gateway: its code is
 * redeemed and the network trusted as if the visitor had followed it, compared the ids and come here.
 */
export async function visit(browser: Browser, url: string, signInLink?: string): Promise<Visit> {
  const context = await browser.newContext({
    reducedMotion: 'reduce',
    viewport: { width: 1440, height: 900 },
  });
  if (signInLink !== undefined) await signIn(context, signInLink);
  const page = await context.newPage();
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  await page.goto(url);
  return { page, context, errors };
}

/** Without the two pages that the link leads through, which verify.test.ts goes through. */
async function signIn(context: BrowserContext, signInLink: string): Promise<void> {
  const { origin, hash } = new URL(signInLink);
  const answer = await context.request.post(`${origin}/api/v1/session`, {
    headers: { origin },
    data: { code: hash.slice(1), as: 'cookie' },
  });
  const genesis = await context.request.get(`${origin}/api/v1/genesis`);
  if (!answer.ok()) throw new Error(`${origin} does not sign in: ${await answer.text()}`);
  const { network } = (await genesis.json()) as { readonly network: string };
  // Once: a page that forgets the network, or trusts another one, is not told again when it is loaded anew.
  await context.addInitScript((id) => {
    const { localStorage: kept, origin: own } = globalThis as unknown as {
      readonly origin: string;
      readonly localStorage: {
        getItem(key: string): string | null;
        setItem(key: string, value: string): void;
      };
    };
    // A page without an origin keeps nothing.
    if (own === 'null' || kept.getItem('tests.compared') !== null) return;
    kept.setItem('tests.compared', id);
    kept.setItem('concordat.pin', JSON.stringify({ network: id, pinnedAt: Date.now() }));
  }, network);
}

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Rule and place of every violation of WCAG 2.2 A and AA and of axe's best practices. */
async function axeViolations(page: Page): Promise<readonly string[]> {
  if (!(await page.evaluate<boolean>("'axe' in globalThis"))) await page.evaluate(axeSource);
  return page.evaluate(async () => {
    interface Axe {
      run(options: object): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }>;
    }
    const { axe } = globalThis as unknown as { axe: Axe };
    const { violations } = await axe.run({ resultTypes: ['violations'] });
    return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`));
  });
}

/** Nothing for axe, in either theme. */
export async function expectAccessible(page: Page): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    // The page follows the theme a little later, and what fades in has too little contrast while it does.
    await expect.poll(() => axeViolations(page), { message: colorScheme, timeout: 90_000 }).toEqual([]);
  }
}

/** Drops a file of this machine onto the place that shows this text, as dragging it from the desktop does. */
export async function dropFile(page: Page, text: string, file: string): Promise<void> {
  const place = await page.getByText(text).boundingBox();
  if (place === null) throw new Error(`nothing shows ${text}`);
  const session = await page.context().newCDPSession(page);
  const at = { x: place.x + place.width / 2, y: place.y + place.height / 2 };
  const data = { items: [], files: [file], dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const)
    await session.send('Input.dispatchDragEvent', { type, ...at, data });
  await session.detach();
}

/** Everything fits into a window of 1440 px at 200 % zoom, and into one of 320 px: nothing scrolls sideways. */
export async function expectReflow(page: Page): Promise<void> {
  for (const [width, height] of [
    [720, 450],
    [320, 640],
  ] as const) {
    await page.setViewportSize({ width, height });
    const beyond = () => page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
    // What measures itself, such as a chart, takes the new width a little later.
    await expect.poll(beyond, { message: `${width} px`, timeout: 30_000 }).toBeLessThanOrEqual(0);
  }
}

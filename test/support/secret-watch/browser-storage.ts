/**
 * What pages leave in a browser. The contexts of a test keep it in memory alone, where a reader's browser has a profile
 * on disk, so that it is written out before a context closes: the watch searches the file with all others.
 */
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';

let count = 0;

/** Storage of each context that is made from now on. Cookies are left out: the session belongs there. */
export function keepStorage(browser: Browser): Browser {
  const newContext = browser.newContext.bind(browser);
  const close = browser.close.bind(browser);
  browser.newContext = async (options) => {
    const context = await newContext(options);
    const closeContext = context.close.bind(context);
    context.close = async (reason) => {
      await writeStorage(context);
      await closeContext(reason);
    };
    return context;
  };
  browser.close = async (reason) => {
    await Promise.all(browser.contexts().map((context) => context.close()));
    await close(reason);
  };
  return browser;
}

async function writeStorage(context: BrowserContext): Promise<void> {
  const { origins } = await context.storageState({ indexedDB: true });
  const sessions = await Promise.all(context.pages().map(sessionStorageOf));
  count += 1;
  writeFileSync(join(tmpdir(), `browser-storage-${count}.json`), JSON.stringify({ origins, sessions }));
}

/** A page without an origin has none. */
const sessionStorageOf = (page: Page): Promise<object> =>
  page.evaluate("origin === 'null' ? {} : { ...sessionStorage }");

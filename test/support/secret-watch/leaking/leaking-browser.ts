/** As leaking.ts, in a browser: the page that a gateway serves lets out what it or its reader holds. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createKeyFile } from '../../../../node/crypto/key-files.ts';
import { Sessions } from '../../../../node/gateway/sessions/sessions.ts';
import type { IdentityId, PublicKey } from '../../../../shared/types/brands.ts';
import { launchBrowser, visit } from '../../browser.ts';

const directory = mkdtempSync(join(tmpdir(), 'concordat-leaking-'));
const passphrase = 'a passphrase of these tests';
const sessions = new Sessions({ idleMs: 1, lifeMs: 1, perIdentityMax: 1 });
const { token } = sessions.open('alpha.admin' as IdentityId, '00' as PublicKey, 0);
/** What the gateway answers, by path. */
const answers: Record<string, () => string> = {
  '/': () => '<!doctype html><input aria-label="Passphrase" type="password">',
  '/session': () => token,
};
const server = createServer((request, response) => {
  response.setHeader('content-type', 'text/html').setHeader('set-cookie', `session=${token}`);
  response.end(answers[request.url!]?.() ?? '');
});
let browser: Browser;
let origin: string;

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser.close();
  server.close();
  rmSync(directory, { recursive: true });
});

const keyIn = async (file: string): Promise<Buffer> =>
  Buffer.from((await createKeyFile(join(directory, file), passphrase, { workFactor: 1 })).seed);

/** A visit, ended when the work is done. */
async function onPage(work: (page: Page) => Promise<unknown>): Promise<void> {
  const { page, context } = await visit(browser, origin);
  await work(page);
  await context.close();
}

it('holds by right what the reader typed, the cookie, and the answer that hands it out', () =>
  onPage(async (page) => {
    await page.getByLabel('Passphrase').fill(passphrase);
    expect(await page.getByLabel('Passphrase').inputValue()).toBe(passphrase);
    expect(await page.evaluate("fetch('/session').then((answer) => answer.text())")).toBe(token);
    expect((await page.context().cookies())[0]?.value).toBe(token);
  }));

it('a page logs the bytes of a signing key', async () => {
  const seed = await keyIn('logged.age');
  await onPage((page) => page.evaluate((bytes) => console.log(new Uint8Array(bytes)), [...seed]));
});

it('a page fails with a passphrase in what it says', () =>
  onPage(async (page) => {
    const failed = page.waitForEvent('pageerror');
    await page.getByLabel('Passphrase').fill(passphrase);
    await page.evaluate(
      "setTimeout(() => { throw new Error('not the passphrase: ' + document.querySelector('input').value); })",
    );
    await failed;
  }));

it('a worker asks for what holds a signing key, and nobody looks at it', async () => {
  const seed = await keyIn('answered.age');
  answers['/state'] = () => seed.toString('hex');
  await onPage((page) =>
    page.evaluate(`new Promise((resolve) => {
      const code = "fetch('" + origin + "/state').then((answer) => answer.text()).then(() => postMessage(0))";
      new Worker(URL.createObjectURL(new Blob([code]))).onmessage = resolve;
    })`),
  );
});

it('a gateway answers with the token of a session where none is handed out', () => {
  answers['/status'] = () => token;
  return onPage((page) => page.evaluate("fetch('/status').then((answer) => answer.text())"));
});

it('a page sends a signing key to the gateway', async () => {
  const seed = await keyIn('sent.age');
  await onPage((page) =>
    page.evaluate((body) => fetch('/records', { method: 'POST', body }), seed.toString('base64')),
  );
});

it('a page saves a passphrase, and the file goes with the visit', () =>
  onPage(async (page) => {
    const download = page.waitForEvent('download');
    await page.evaluate(`{
      const link = document.createElement('a');
      link.href = URL.createObjectURL(new Blob([${JSON.stringify(passphrase)}]));
      link.download = 'notes';
      link.click();
    }`);
    await (await download).path();
  }));

it('a page keeps a signing key in a database, a passphrase and a token in storage', async () => {
  const seed = await keyIn('kept.age');
  await onPage((page) =>
    page.evaluate(`new Promise((resolve) => {
      localStorage.setItem('opened-with', ${JSON.stringify(passphrase)});
      sessionStorage.setItem('token', ${JSON.stringify(token)});
      const opening = indexedDB.open('kept', 1);
      opening.onupgradeneeded = () => opening.result.createObjectStore('keys');
      opening.onsuccess = () => {
        const work = opening.result.transaction('keys', 'readwrite');
        work.objectStore('keys').put(new Uint8Array(${JSON.stringify([...seed])}), 'key');
        work.oncomplete = resolve;
      };
    })`),
  );
});

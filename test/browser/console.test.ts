/** The console in a real browser against four real validators. */
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readKeyFile } from '../../node/crypto/key-files.ts';
import { decodeProofPack, encodeProofPack } from '../../shared/codec/ledger.ts';
import type { Signature } from '../../shared/types/brands.ts';
import { expectAccessible, hasBrowser, launchBrowser, visit } from '../support/browser.ts';
import { openKeyOf } from '../support/key-file.ts';
import { type RunningNetwork, startNetwork } from '../support/network.ts';

const stream = 'browser-test';

describe.skipIf(!hasBrowser)('the console', () => {
  let network: RunningNetwork;
  let browser: Browser;
  let folder: string;
  /** Id of the event that the first test submits. */
  let transaction = '';

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'concordat-browser-'));
    [network, browser] = await Promise.all([startNetwork(), launchBrowser()]);
  });
  afterAll(async () => {
    await browser?.close();
    await network?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const open = async (path: string) => {
    const visited = await visit(browser, `${network.base}${path}`, await network.session.link(network.base));
    return { ...visited, close: () => visited.context.close() };
  };
  const certifiedPack = async (): Promise<Uint8Array> => {
    const url = `${network.base}/api/v1/transactions/${transaction}/pack`;
    const response = await network.session.fetch(url, { headers: { accept: 'application/cbor' } });
    return new Uint8Array(await response.arrayBuffer());
  };

  test('an event signed in the browser is certified, verified, and appears elsewhere without a reload', async () => {
    const reader = await open(`/streams/${stream}`);
    const writer = await open(`/submit?stream=${stream}`);
    await openKeyOf(writer.page, network, 'alpha.submitter');
    await writer.page.getByText('alpha.submitter').waitFor();
    await writer.page.getByLabel('Type').fill('departed');
    await writer.page.getByLabel('Data (JSON)').fill('{"vessel": "Aurora", "containers": 214}');
    await writer.page.getByLabel('Labels').fill('port=Antwerp');
    await writer.page.getByLabel('References').fill('orders/7@0');
    await writer.page.getByRole('button', { name: 'Review' }).click();
    await writer.page.getByText('What will be signed').waitFor();
    const signed = await writer.page.locator('pre').textContent();
    for (const part of ['vessel: "Aurora"', 'port: "Antwerp"', '"orders/7@0"'])
      expect(signed).toContain(part);
    await writer.page.getByRole('button', { name: 'Sign and submit' }).click();
    await writer.page.locator('[data-stage=verified][data-kind=verified]').waitFor();

    const link = await writer.page.getByRole('link', { name: 'Open the transaction' }).getAttribute('href');
    transaction = String(link).replace('/tx/', '');
    expect(transaction).toMatch(/^[0-9a-f]{64}$/);
    await reader.page.locator('[data-revision="0"]').getByText('Aurora').waitFor();
    // The stream did not exist when the reader came: the first answer was 404.
    expect(reader.errors.filter((text) => !text.includes('404'))).toEqual([]);
    expect(writer.errors).toEqual([]);
    await Promise.all([reader.close(), writer.close()]);
  });

  test.each([
    ['a transaction', () => `/tx/${transaction}`],
    ['its block', () => '/blocks/1'],
    ['the genesis block', () => '/blocks/0'],
  ])('V verifies %s: six checks tick', async (_, path) => {
    const { page, errors, close } = await open(path());
    await page.getByText(/Committed \(reported by alpha\)/).waitFor();
    await page.keyboard.press('v');
    await page.getByText('Verified in this browser', { exact: true }).waitFor();
    const names = await page
      .locator('[data-check]')
      .evaluateAll((checks) =>
        checks.map(
          (check) => `${check.getAttribute('data-check')} ${check.textContent?.includes('Checked')}`,
        ),
      );
    expect(names).toEqual(
      ['decode', 'leaf', 'path', 'header', 'quorum', 'history'].map((name) => `${name} true`),
    );
    expect(errors).toEqual([]);
    await close();
  });

  test('by keyboard alone, a pasted id is found and proven, and its proof pack proves it again from a file', async () => {
    const { page, errors, close } = await open('/');
    await page.getByText('Certificate of block').waitFor();
    await page.keyboard.press('/');
    await page.getByRole('searchbox').waitFor();
    await page.keyboard.insertText(transaction);
    await page.getByRole('option', { name: /Transaction.*id of a transaction in block/ }).waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.getByText(/Committed \(reported by alpha\)/).waitFor();
    expect(await page.getByText('Verified in this browser').count()).toBe(0);
    await page.keyboard.press('v');
    await page.getByText('Verified in this browser', { exact: true }).waitFor();
    await page
      .getByText(`${network.id.slice(0, 8)}…${network.id.slice(-4)}`)
      .first()
      .waitFor();
    const leaf = page.locator('[data-check=leaf]');
    await leaf.locator('summary').press('Enter');
    for (const name of ['Expected', 'Actual']) await leaf.getByText(name, { exact: true }).waitFor();
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: /proof pack/i }).press('Enter');
    const file = await (await download).path();
    await page.getByRole('link', { name: 'Verify', exact: true }).first().press('Enter');
    const chooser = page.waitForEvent('filechooser');
    await page.getByRole('button', { name: 'Choose a file' }).press('Enter');
    await (await chooser).setFiles(file);
    await page.getByText('Verified in this browser', { exact: true }).waitFor();
    await page.getByText('Aurora').waitFor();
    expect(errors).toEqual([]);
    await close();
  });

  test('one box finds what has a height, a hash, an id or a name, says why it matched, and takes commands', async () => {
    const answerOf = async (path: string) =>
      (await (await network.session.fetch(`${network.base}/api/v1${path}`)).json()) as {
        readonly [name: string]: unknown;
      };
    const { hash } = await answerOf('/blocks/1');
    const { key } = await answerOf('/identities/alpha.submitter');
    const { page, errors, close } = await open('/');
    await page.getByText('Certificate of block').waitFor();
    for (const [text, found] of [
      ['1', /^Block.*height 1$/],
      [String(hash), /^Block.*hash of this block$/],
      [transaction, /^Transaction.*id of a transaction in block \d+$/],
      ['alpha.submitter', /^Identity.*identity id$/],
      [String(key), /^Identity.*public key of this identity$/],
      ['alpha', /^Validator.*validator id$/],
      [stream.slice(0, 8), /^Stream.*stream name begins with/],
    ] as const) {
      await page.keyboard.press('/');
      await page.getByRole('searchbox').waitFor();
      await page.keyboard.insertText(text);
      await page.getByRole('option', { name: found }).first().waitFor();
      // The first Esc empties the box, the second one closes it.
      await page.keyboard.press('Escape');
      await page.keyboard.press('Escape');
      await expect.poll(() => page.getByRole('dialog').count()).toBe(0);
    }
    const theme = () => page.evaluate<string | undefined>('document.documentElement.dataset.theme');
    expect(await theme()).toBeUndefined();
    await page.keyboard.press('Control+k');
    await page.getByRole('searchbox').waitFor();
    await page.keyboard.insertText('between light and dark');
    await page.getByRole('option', { name: /Switch between light and dark/ }).waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await expect.poll(theme).toBe('dark');
    expect(errors).toEqual([]);
    await close();
  });

  test('what the node refuses says the code and the id of the request, with a way to try again', async () => {
    const { page, close } = await open('/blocks/999999');
    const alert = page.getByRole('alert').filter({ hasText: 'height-not-reached' });
    await alert.getByText(/request [0-9a-zA-Z-]{8,}$/).waitFor();
    await alert.getByRole('button', { name: 'Try again' }).waitFor();
    await expectAccessible(page);
    await close();
  });

  test('a pack with a changed seal fails at the quorum, with what to do next', async () => {
    const tampered = withChangedSeal(await certifiedPack());
    const { page, close } = await open(`/tx/${transaction}`);
    await page.route('**/pack', (route) =>
      route.fulfill({ contentType: 'application/cbor', body: Buffer.from(tampered) }),
    );
    await page.getByRole('button', { name: 'Verify' }).click();
    await page.getByText('Not proven: “Quorum of seals” failed').waitFor();
    expect(await page.locator('[data-check=quorum]').textContent()).toContain('Invalid');
    expect(await page.getByText(/^concordat pack verify \S+ --network/).textContent()).toContain(network.id);
    expect(await page.getByRole('link', { name: 'beta', exact: true }).getAttribute('href')).toContain(
      transaction,
    );
    expect(await page.getByText('Verified in this browser').count()).toBe(0);
    await close();
  });

  test('a page that shows other data than was proven fails, although the proof is good', async () => {
    const { page, context, close } = await open('/verify');
    await context.route(`**/api/v1/transactions/${transaction}`, async (route) => {
      const response = await route.fetch();
      await route.fulfill({
        response,
        body: (await response.text()).replace('"containers":214', '"containers":215'),
      });
    });
    await page.goto(`${network.base}/tx/${transaction}`);
    await page.getByText('215').first().waitFor();
    await page.getByRole('button', { name: 'Verify' }).click();
    await page.getByText('Not proven: “Leaf hash” failed').waitFor();
    await page.getByText('What this page shows as arguments is not what was proven').first().waitFor();
    await close();
  });

  test('a node that answers with another record than was asked for is not shown, let alone proven', async () => {
    const { page, context, close } = await open('/verify');
    const asked = 'ab'.repeat(32);
    await context.route(`**/api/v1/transactions/${asked}`, async (route) => {
      const response = await route.fetch({ url: route.request().url().replace(asked, transaction) });
      await route.fulfill({ response });
    });
    await page.goto(`${network.base}/tx/${asked}`);
    await page.getByText('The node sent an answer of another shape').waitFor();
    expect(await page.getByRole('button', { name: 'Verify' }).count()).toBe(0);
    await close();
  });

  test('another network id than the pinned one stops everything', async () => {
    const { page, context, close } = await open('/');
    const claimed = 'ab'.repeat(32);
    await context.route('**/api/v1/status', async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, json: { ...(await response.json()), network: claimed } });
    });
    await page.reload();
    await page.getByRole('heading', { name: 'Another network answers' }).waitFor();
    expect(await page.getByRole('heading', { name: 'Last blocks' }).count()).toBe(0);
    await close();
  });

  test('a proof pack is verified without a network', async () => {
    const file = join(folder, 'record.pack');
    writeFileSync(file, await certifiedPack());
    const { page, context, close } = await open('/');
    await page.getByText('Certificate of block').waitFor();
    await page.getByRole('link', { name: 'Verify' }).first().click();
    await page.getByText('Drop a file here').waitFor();
    await context.setOffline(true);
    const chooser = page.waitForEvent('filechooser');
    await page.getByRole('button', { name: 'Choose a file' }).click();
    await (await chooser).setFiles(file);
    await page.getByText('Verified in this browser').waitFor();
    await page.getByText('Aurora').waitFor();
    await close();
  });

  test('the keyboard reaches search, help and the rows of a table', async () => {
    const { page, close } = await open('/blocks');
    await page.getByRole('link', { name: '1', exact: true }).waitFor();
    await page.keyboard.press('j');
    expect(await page.locator(':focus').textContent()).toBe(
      await page.locator('[data-row-link]').first().textContent(),
    );
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard help' }).waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('/');
    await page.getByRole('searchbox').fill(stream);
    await page.getByRole('option', { name: new RegExp(`Stream.*${stream}`) }).waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: stream }).waitFor();
    await close();
  });

  test('a key made in the browser leaves it as an encrypted file alone, which opens it again', async () => {
    const { page, errors, close } = await open('/submit');
    const words = 'a passphrase for one test';
    await page.getByRole('radio', { name: 'Create a key' }).click();
    await page.getByLabel('Passphrase', { exact: true }).fill(words);
    await page.getByLabel('Passphrase again').fill('another one');
    await page.getByText('The two differ.').waitFor();
    await expectAccessible(page);
    await page.getByLabel('Passphrase again').fill(words);
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Create and download' }).click();
    const file = await (await download).path();
    expect(readFileSync(file, 'utf8')).toContain('AGE ENCRYPTED FILE');
    // As the command line opens it. The watch knows it from here.
    expect((await readKeyFile(file, words)).seed).toHaveLength(32);
    await page.getByText('Not registered in this network').waitFor();
    await page.reload();
    await openKeyOf(page, { keyFile: () => file, passphrase: words }, 'made here');
    await page.getByText('Not registered in this network').waitFor();
    expect(errors.filter((text) => !text.includes('404'))).toEqual([]);
    await close();
  });

  test('an open key closes by itself when nobody is there, after a warning that any sign of life answers', async () => {
    const { page, context, errors } = await open('/submit');
    await page.clock.install();
    await page.reload();
    await openKeyOf(page, network, 'alpha.submitter');
    const closing = page.getByRole('button', { name: 'Close the key' });
    await closing.waitFor();
    const warning = page.getByRole('alert').filter({ hasText: 'The open key closes within a minute' });
    await page.clock.fastForward('08:30');
    expect(await warning.count()).toBe(0);
    await page.clock.fastForward('00:45');
    await warning.waitFor();
    await expectAccessible(page);
    await page.keyboard.press('Shift');
    await expect.poll(() => warning.count()).toBe(0);
    await page.clock.fastForward('09:15');
    await warning.waitFor();
    expect(await closing.count()).toBe(1);
    await page.clock.fastForward('01:00');
    await page.getByRole('button', { name: 'Choose the key file' }).waitFor();
    expect(await closing.count()).toBe(0);
    expect(await warning.count()).toBe(0);
    expect(errors).toEqual([]);
    await context.close();
  });

  test('times in UTC, local time or as an age; a copied hash is announced, and equal ones light up', async () => {
    const { page, context, errors, close } = await open('/settings');
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    const clock = () => page.getByText(/^such as /).textContent();
    expect(await clock()).toMatch(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$/);
    await page.getByRole('radio', { name: 'Local', exact: true }).click();
    await expect.poll(clock).toMatch(/\d\d:\d\d:\d\d [+−]\d\d:\d\d$/);
    await page.getByRole('radio', { name: 'Age', exact: true }).click();
    await expect.poll(clock).toMatch(/such as 41 s ago$/);
    await page.goto(`${network.base}/blocks/1`);
    await page
      .getByText(/^[\d.]+ (s|min) ago$/)
      .first()
      .waitFor();
    expect(await page.locator('time').first().getAttribute('title')).toMatch(/^\d{4}-.*Z$/);
    const copy = page.getByRole('button', { name: 'Copy block hash' }).first();
    await copy.click();
    await page.getByRole('status').filter({ hasText: 'Copied block hash' }).waitFor();
    expect(await page.evaluate('navigator.clipboard.readText()')).toMatch(/^[0-9a-f]{64}$/);
    const equal = page.locator('[data-equal]');
    await page.mouse.move(0, 0);
    await copy.hover();
    await expect.poll(() => equal.count()).toBeGreaterThan(0);
    expect(new Set(await equal.allTextContents()).size).toBeLessThanOrEqual(2);
    expect(errors).toEqual([]);
    await close();
  });

  test('opened checks, search and help: nothing for axe in either theme', async () => {
    const { page, close } = await open(`/tx/${transaction}`);
    await page.getByText(/Committed \(reported by/).waitFor();
    await page.keyboard.press('v');
    await page.getByText('Verified in this browser', { exact: true }).waitFor();
    for (const name of ['path', 'quorum']) await page.locator(`[data-check=${name}] summary`).click();
    await expectAccessible(page);
    await page.keyboard.press('/');
    await page.getByRole('dialog', { name: 'Search' }).waitFor();
    await expectAccessible(page);
    await page.keyboard.press('Escape');
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard help' }).waitFor();
    await expectAccessible(page);
    await close();
  });
});

/** The same pack with one bit of the first seal's S flipped: still a well-formed signature. */
function withChangedSeal(bytes: Uint8Array): Uint8Array {
  const pack = decodeProofPack(bytes);
  const { certificate } = pack.receipt;
  const [first, ...others] = certificate.seals;
  if (first === undefined) throw new Error('a certificate has seals');
  const signature = Uint8Array.from(first.signature) as Signature;
  signature[40] = (signature[40] ?? 0) ^ 1;
  const seals = [{ ...first, signature }, ...others];
  return encodeProofPack({ ...pack, receipt: { ...pack.receipt, certificate: { ...certificate, seals } } });
}

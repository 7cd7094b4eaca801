/** The pages of the network in a real browser: who sees whom, validators, disk, the support bundle, and who may see it. */
import { execFileSync } from 'node:child_process';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { signedInAs } from '../../scripts/lib/signed-in.ts';
import { expectAccessible, hasBrowser, launchBrowser, visit } from '../support/browser.ts';
import { openKeyOf } from '../support/key-file.ts';
import { type RunningNetwork, startNetwork } from '../support/network.ts';
import { appendTo, submitAs } from '../support/submit.ts';

/** What is asked every two seconds. */
const soon = { timeout: 90_000 };

describe.skipIf(!hasBrowser)('the pages of the network', () => {
  let network: RunningNetwork;
  let browser: Browser;
  /** Gateway whose console is looked at; another one's, once the first node is stopped. */
  let base = '';

  beforeAll(async () => {
    [network, browser] = await Promise.all([startNetwork(), launchBrowser()]);
    base = network.base;
    await submitAs(network, 'alpha.submitter', [
      appendTo('orders/1', { eventId: 'a', type: 'created', data: { quantity: 7 } }),
    ]);
  });
  afterAll(async () => {
    await browser?.close();
    await network?.stop();
  });

  const open = async (path: string, identity = 'alpha.admin') => {
    const session = identity === 'alpha.admin' ? network.session : signedInAs(network.data, identity);
    const visited = await visit(browser, `${base}${path}`, await session.link(base));
    return { ...visited, close: () => visited.context.close() };
  };
  const cell = (page: Page, observer: string, seen: string) =>
    page.locator(`[data-observer=${observer}] [data-seen=${seen}]`);

  test('a row for each validator, with what the node measures of it', async () => {
    const { page, errors, close } = await open('/');
    await page.getByRole('link', { name: 'Network', exact: true }).first().click();
    await page.getByRole('heading', { name: 'Validators, as alpha measures them' }).waitFor();
    const row = page.locator('[data-row=beta]').first();
    await expect.poll(() => row.textContent(), soon).toMatch(/beta.*Connected.*ms.*concordat \d/);
    expect(await row.getByRole('button', { name: 'Copy consensus key of beta' }).count()).toBe(1);
    await expect
      .poll(() => cell(page, 'alpha', 'beta').getAttribute('title'), soon)
      .toMatch(
        /^alpha sees beta: connected, height \d+, view 0, round trip .* ms, clock [+−].* ms, heard .* ago$/,
      );
    expect(errors).toEqual([]);
    await close();
  });

  test('the others are asked once a key has signed in there; which figure is shown stands in the address', async () => {
    const { page, errors, close } = await open('/network');
    await page.locator('[data-observer=beta] [data-silence=not-signed-in]').waitFor();
    await page.getByRole('link', { name: 'Open a key to ask all nodes' }).click();
    await openKeyOf(page, network, 'alpha.admin');
    await page.getByRole('button', { name: 'Close the key' }).waitFor();
    await page.getByRole('link', { name: 'Network', exact: true }).first().click();
    await page.getByRole('button', { name: 'Sign in at beta, delta, gamma' }).click();
    await expect.poll(() => cell(page, 'delta', 'gamma').getAttribute('data-kind'), soon).toBe('reported');
    await page.getByRole('radio', { name: 'Height' }).click();
    await expect.poll(() => page.url(), soon).toContain('show=height');
    await expect.poll(() => cell(page, 'delta', 'gamma').textContent(), soon).toMatch(/^\d/);
    expect(await page.locator('[data-silence]').count()).toBe(0);
    await expectAccessible(page);
    expect(errors).toEqual([]);
    await close();
  });

  test('disk by part with its growth, links with their bytes', async () => {
    const { page, close } = await open('/network');
    await page.getByRole('heading', { name: 'Disk of alpha' }).waitFor();
    expect(await page.locator('[data-row=ledger]').textContent()).toMatch(/^Ledger\d.*iB\d.*B$/);
    expect(await page.locator('[data-row=votes]').textContent()).toMatch(/bounded$/);
    await page.getByText(/are free at .*full in .* days at this rate/).waitFor();
    await page.getByRole('heading', { name: 'Links of alpha' }).waitFor();
    await close();
  });

  test('a support bundle is downloaded, unpacks, and holds no key', async () => {
    const { page, close } = await open('/network');
    const button = page.getByRole('button', { name: 'Download support bundle' });
    const download = page.waitForEvent('download');
    await button.focus();
    await page.keyboard.press('Enter');
    const file = await download;
    expect(file.suggestedFilename()).toMatch(/^support-alpha-\d{8}T\d{6}Z\.tar\.gz$/);
    const names = execFileSync('tar', ['-tzf', await file.path()], { encoding: 'utf8' })
      .trim()
      .split('\n');
    expect(names.map((name) => name.replace('concordat-support/', '')).sort()).toEqual([
      ...['consensus.json', 'diagnosis.json', 'disk.json', 'genesis.json', 'matrix.json', 'metrics.txt'],
      ...['metricsHistory.json', 'peers.json', 'status.json', 'validators.json'],
    ]);
    const text = execFileSync('tar', ['-xzOf', await file.path()], { encoding: 'utf8' });
    expect(text).toContain('concordat_build_info');
    expect(text).not.toContain(network.passphrase);
    expect(text).not.toMatch(/PRIVATE KEY|AGE-SECRET-KEY|AGE ENCRYPTED/);
    await close();
  });

  test('the page of a validator: its keys, how it is seen, what it did for the newest blocks', async () => {
    const { page, errors, close } = await open('/network');
    await page.getByRole('link', { name: 'beta', exact: true }).first().click();
    await page.getByRole('heading', { name: 'Validator beta' }).waitFor();
    await page.getByText('Proposed', { exact: true }).waitFor();
    await page
      .getByText(/wss:\/\/127/)
      .or(page.getByText(/127\.0\.0\.1:\d+/).first())
      .first()
      .waitFor();
    await page.locator('[data-row=alpha]').getByText('Connected').waitFor();
    expect(errors).toEqual([]);
    await page.goto(`${base}/validators/nobody`);
    await page.getByText('No such validator').waitFor();
    await close();
  });

  test('who may not see it finds the place closed, with the reason, and is told so by the page', async () => {
    const { page, close } = await open('/', 'gamma.auditor');
    const place = page.getByRole('link', { name: /^Network: closed\. Needs the role admin or operator/ });
    await place.waitFor();
    expect(await place.getAttribute('aria-disabled')).toBe('true');
    await page.getByRole('link', { name: 'Blocks', exact: true }).first().waitFor();
    await expectAccessible(page);
    await page.goto(`${base}/network`);
    await page.getByText('role-missing').first().waitFor();
    // Nothing failed, and asking again would be answered the same.
    expect(await page.locator('[role=alert]:not([data-closed])').count()).toBe(0);
    expect(await page.getByRole('button', { name: 'Try again' }).count()).toBe(0);
    await expectAccessible(page);
    await close();
  });

  test('offline and lagging differ in shape, and an answer that stays away is not shown as if it were there', async () => {
    const [alpha, beta] = network.validators;
    if (alpha === undefined || beta === undefined) throw new Error('the example has four validators');
    base = beta.gateway;
    const { page, context, close } = await open('/network');
    const kind = () => cell(page, 'beta', 'alpha').getAttribute('data-kind');
    await expect.poll(kind, soon).toBe('reported');
    await context.route('**/api/v1/peers/matrix', async (route) => {
      const response = await route.fetch();
      const matrix = (await response.json()) as { rows: { validator: string; lag?: number }[] };
      for (const row of matrix.rows) if (row.validator === 'alpha') row.lag = 400;
      await route.fulfill({ response, json: matrix });
    });
    await expect.poll(kind, soon).toBe('lagging');
    const shapeOf = () => cell(page, 'beta', 'alpha').locator('svg').innerHTML();
    const lagging = await shapeOf();
    await context.unroute('**/api/v1/peers/matrix');
    process.kill(alpha.pid, 'SIGTERM');
    await expect.poll(kind, soon).toBe('offline');
    expect(await shapeOf()).not.toBe(lagging);
    await context.route('**/api/v1/peers/matrix', (route) => route.abort());
    await page.locator('[data-observer=beta] [data-silence=no-answer]').waitFor();
    await page
      .getByText(/Shown as of .* ago/)
      .first()
      .waitFor();
    await close();
  });

  test('a change of view stands in the charts and below them', async () => {
    const { page, errors, close } = await open('/metrics');
    await page.getByText(/epoch 0, view 0 → [1-9]\d*: (beta|gamma|delta) leads/).waitFor();
    await expect.poll(() => page.getByText('change of view', { exact: true }).count(), soon).toBe(4);
    expect(errors).toEqual([]);
    await close();
  });
});

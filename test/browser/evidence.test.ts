/** The page of evidence in a real browser: empty, recorded by a twin, verified here, and refused when forged. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { EvidenceListJson } from '../../shared/api.ts';
import { type Digest, epochOf, heightOf, type ValidatorId, viewOf } from '../../shared/types/brands.ts';
import { expectAccessible, expectReflow, hasBrowser, launchBrowser, visit } from '../support/browser.ts';
import { type RunningNetwork, startNetwork } from '../support/network.ts';
import { startTwin, type Twin } from '../support/twin.ts';

describe.skipIf(!hasBrowser)('the page of evidence', () => {
  let network: RunningNetwork;
  let browser: Browser;
  let twin: Twin | undefined;

  beforeAll(async () => {
    [network, browser] = await Promise.all([startNetwork(), launchBrowser()]);
  });
  afterAll(async () => {
    await twin?.stop();
    await browser?.close();
    await network?.stop();
  });

  const open = async () => {
    const visited = await visit(
      browser,
      `${network.base}/evidence`,
      await network.session.link(network.base),
    );
    return { ...visited, close: () => visited.context.close() };
  };

  test('says that there is none, and what looks for it', async () => {
    const { page, errors, close } = await open();
    await page.getByText('No evidence', { exact: true }).waitFor();
    await expectAccessible(page);
    expect(errors).toEqual([]);
    await close();
  });

  test('shows both messages of a twin, and checks both signatures here', async () => {
    twin = await recordEvidence(network);
    const { page, errors, close } = await open();
    await page.getByRole('heading', { name: 'delta signed two COMMITs for one slot' }).waitFor();
    await page.getByText('Verified in this browser').waitFor();
    const checks = await page
      .locator('[data-evidence-check]')
      .evaluateAll((rows) =>
        rows.map(
          (row) => `${row.getAttribute('data-evidence-check')} ${row.textContent?.includes('Checked')}`,
        ),
      );
    expect(checks).toEqual(['validator true', 'conflict true', 'first true', 'second true']);
    expect(await page.getByLabel('First message').textContent()).toContain('aa'.repeat(32));
    expect(await page.getByLabel('Second message').textContent()).toContain('bb'.repeat(32));
    await expectAccessible(page);
    await expectReflow(page);
    expect(errors).toEqual([]);
    await close();
  });

  test('a message that was changed on the way is not proven, and says which signature fails', async () => {
    const { page, context, close } = await open();
    await context.route('**/api/v1/evidence?*', async (route) => {
      const response = await route.fetch();
      const list = (await response.json()) as EvidenceListJson;
      const rows = list.rows.map((row) => ({
        ...row,
        second: { ...row.second, content: 'cc'.repeat(32) },
      }));
      await route.fulfill({ response, json: { ...list, rows } });
    });
    await page.reload();
    await page.getByText('Not proven').waitFor();
    expect(await page.locator('[data-evidence-check=second]').textContent()).toContain('Failed');
    expect(await page.locator('[data-evidence-check=first]').textContent()).toContain('Checked');
    expect(await page.getByText('Verified in this browser').count()).toBe(0);
    await expectAccessible(page);
    await close();
  });

  test('the gateway that does not answer is named, with a way to try again', async () => {
    const { page, context, close } = await open();
    await page.getByText('Verified in this browser').waitFor();
    await context.route('**/api/v1/evidence?*', (route) => route.abort());
    await page.reload();
    await page.getByRole('button', { name: /again/i }).waitFor();
    await context.unroute('**/api/v1/evidence?*');
    await page.getByRole('button', { name: /again/i }).click();
    await page.getByText('Verified in this browser').waitFor();
    await close();
  });

  test('its transaction says that a validator sent it, and can be verified like any other', async () => {
    const { page, close } = await open();
    await page.getByText('Verified in this browser').waitFor();
    await page.locator('[data-evidence] a[href^="/tx/"]').first().click();
    await page.getByRole('link', { name: 'validator alpha' }).waitFor();
    await page.keyboard.press('v');
    await page.getByText('Verified in this browser', { exact: true }).waitFor();
    await close();
  });

  test('the overview leads from the accused to the page', async () => {
    const { page, close } = await open();
    await page.getByRole('link', { name: 'Overview', exact: true }).first().click();
    await page.getByRole('link', { name: 'evidence', exact: true }).click();
    await page.getByRole('heading', { name: 'Evidence', exact: true }).waitFor();
    await close();
  });
});

/** A twin of delta, which is stopped for it, signs two COMMITs for a slot a little ahead. */
async function recordEvidence(network: RunningNetwork): Promise<Twin> {
  process.kill(network.validators.find(({ id }) => id === 'delta')!.pid, 'SIGTERM');
  const twin = await startTwin(network.data, 'delta');
  await expect.poll(() => twin.open().length, { timeout: 90_000 }).toBe(3);
  const status = (await (await network.session.fetch(`${network.base}/api/v1/status`)).json()) as {
    readonly view: number;
    readonly certifiedHeight: number;
  };
  const commit = (content: string) => ({
    kind: 'commit' as const,
    epoch: epochOf(0),
    view: viewOf(status.view),
    sequence: heightOf(status.certifiedHeight + 3),
    content: content.repeat(32) as Digest,
  });
  twin.send('beta' as ValidatorId, [commit('aa'), commit('bb')]);
  await expect
    .poll(
      async () => {
        const response = await network.session.fetch(`${network.base}/api/v1/evidence`);
        return ((await response.json()) as EvidenceListJson).rows.length;
      },
      { timeout: 90_000 },
    )
    .toBe(1);
  return twin;
}

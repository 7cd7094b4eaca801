/** The page of consensus in a real browser: all is well, a quorum is lost, the node itself is lost. */
import { readFileSync } from 'node:fs';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exampleSigner } from '../../scripts/lib/signed-in.ts';
import { bulkBody, signedAppend } from '../../scripts/lib/signed-load.ts';
import type { DiagnosisJson } from '../../shared/api.ts';
import type { NetworkId } from '../../shared/types/brands.ts';
import { expectAccessible, expectReflow, hasBrowser, launchBrowser, visit } from '../support/browser.ts';
import { type RunningNetwork, startNetwork } from '../support/network.ts';

describe.skipIf(!hasBrowser)('the page of consensus', () => {
  let network: RunningNetwork;
  let browser: Browser;
  let missing: readonly string[] = [];

  beforeAll(async () => {
    [network, browser] = await Promise.all([startNetwork(), launchBrowser()]);
  });
  afterAll(async () => {
    await browser?.close();
    await network?.stop();
  });

  const open = async (path: string) => {
    const visited = await visit(browser, `${network.base}${path}`, await network.session.link(network.base));
    return { ...visited, close: () => visited.context.close() };
  };

  test('all is well: a quorum with one to spare, no cause, nobody has to act', async () => {
    const { page, errors, close } = await open('/');
    await page.getByRole('link', { name: 'Consensus', exact: true }).first().click();
    await page.getByRole('heading', { name: 'Quorum 4 of 4, needs 3' }).waitFor();
    await page.getByText(/^The network commits: height/).waitFor();
    await page.getByText('No cause for concern').waitFor();
    expect(await page.locator('[data-reachable=true]').count()).toBe(4);
    await expectAccessible(page);
    expect(errors).toEqual([]);
    await close();
  });

  test('two stopped: the overview says who is missing, and leads to the page, live', async () => {
    const { page, errors, close } = await open('/');
    await page.getByText(/Ready:|Committing:/).waitFor();
    missing = await stopTwo(network);
    await page.getByText('Cannot commit:').waitFor();
    await page.getByText(eitherOrder('Missing: ', missing)).waitFor();
    await expectAccessible(page);
    await page.getByRole('link', { name: 'See why, and who has to act' }).click();
    await page.getByRole('heading', { name: 'Quorum 2 of 4, needs 3' }).waitFor();
    const verdict = page.getByRole('region', { name: 'Verdict' });
    await verdict.getByText(/^The network does not commit/).waitFor();
    for (const id of missing) await verdict.getByText(`the operator of ${id}`).waitFor();
    const cause = page.locator('[data-cause=quorum-unreachable]');
    for (const id of missing) await cause.getByText(`${id}: no process listens at its address`).waitFor();
    expect(
      await page
        .locator('[data-reachable=false]')
        .evaluateAll((members) => members.map((member) => member.textContent)),
    ).toEqual(missing.map((id) => expect.stringContaining(id)));
    expect(errors).toEqual([]);
    await close();
  });

  test('what was submitted waits: the table shows whose messages are here and whose are missing', async () => {
    await submitOne(network);
    const { page, errors, close } = await open('/consensus');
    for (const id of missing) await page.locator(`[data-ballot=${id}] [data-held=missing]`).first().waitFor();
    expect(await page.locator('[data-message=pre-prepare][data-held=held]').count()).toBe(1);
    // The PREPAREs at first, and once the primary is suspected the VIEW-CHANGEs.
    await page.getByText(eitherOrder('It waits for the (PREPARE|VIEW-CHANGE) of ', missing)).waitFor();
    await expectAccessible(page);
    await expectReflow(page);
    expect(errors).toEqual([]);
    await close();
  });

  test('the snapshot is what the node answered', async () => {
    const { page, close } = await open('/consensus');
    const button = page.getByRole('button', { name: 'Download snapshot' });
    await page.locator('[data-cause]').first().waitFor();
    const download = page.waitForEvent('download');
    await button.focus();
    await page.keyboard.press('Enter');
    const file = await download;
    expect(file.suggestedFilename()).toMatch(/^diagnosis-alpha-\d{8}T\d{6}Z\.json$/);
    const snapshot = JSON.parse(readFileSync(await file.path(), 'utf8')) as {
      network: string;
      diagnosis: DiagnosisJson;
    };
    expect(snapshot.network).toBe(network.id);
    expect(snapshot.diagnosis.causes[0]).toMatchObject({
      code: 'quorum-unreachable',
      act: expect.arrayContaining([...missing]),
    });
    await close();
  });

  test('an answer that stays away: the last one is shown with its age; without one, the error and a retry', async () => {
    const { page, context, close } = await open('/consensus');
    await page.locator('[data-cause]').first().waitFor();
    await context.route('**/api/v1/diagnosis', (route) => route.abort());
    await page.getByText(/Shown as of .* ago: The node does not answer/).waitFor();
    expect(await page.locator('[data-cause]').count()).toBeGreaterThan(0);
    await page.reload();
    const again = page.getByRole('button', { name: 'Try again' });
    await again.waitFor();
    await page.getByText('unreachable', { exact: true }).waitFor();
    await again.click();
    await page.getByText('unreachable', { exact: true }).waitFor();
    // It asks again by itself as well.
    await context.unroute('**/api/v1/diagnosis');
    await page.locator('[data-cause]').first().waitFor();
    await close();
  });
});

const eitherOrder = (before: string, [one, other]: readonly string[]): RegExp =>
  new RegExp(`${before}(${one} and ${other}|${other} and ${one})`);

/** Stops two that are neither the primary nor the node that serves the page. */
async function stopTwo({ base, session, validators }: RunningNetwork): Promise<readonly string[]> {
  const { primary, node } = (await (await session.fetch(`${base}/api/v1/diagnosis`)).json()) as DiagnosisJson;
  const others = validators.filter(({ id }) => id !== primary && id !== node).slice(0, 2);
  for (const { pid } of others) process.kill(pid, 'SIGTERM');
  return others.map(({ id }) => id).sort();
}

async function submitOne({ id, base, data, session }: RunningNetwork): Promise<void> {
  const signer = await exampleSigner(data, 'alpha.submitter');
  const shape = { network: id as NetworkId, expiresAt: Date.now() + 600_000, streams: 1, dataBytes: 50 };
  const response = await session.fetch(`${base}/api/v1/transactions`, {
    method: 'POST',
    headers: { 'content-type': 'application/cbor' },
    body: bulkBody([signedAppend(signer, { ...shape, run: 'waits' }, 0)]) as Uint8Array<ArrayBuffer>,
  });
  expect(response.status).toBe(202);
}

/**
 * The page of consensus in a real browser, before four real validators: all is well, one is stopped, a clock is wrong,
 * the network is cut in two, two are stopped, the node itself is lost. One sentence says what is wrong and whose turn it is.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { examplePassphraseFileOf, keysDirectoryOf } from '../../node/config/data-layout.ts';
import { readPassphrase } from '../../node/config/passphrase.ts';
import { bulkBody, signedAppend } from '../../scripts/lib/signed-load.ts';
import type { DiagnosisJson } from '../../shared/api.ts';
import { expectAccessible, expectReflow, hasBrowser, launchBrowser, visit } from '../support/browser.ts';
import { type CutLinks, linksToCut } from '../support/cut-links.ts';
import { type DiagnosedNetwork, foundDiagnosed } from '../support/diagnosed-network.ts';
import { openKeyOf } from '../support/key-file.ts';
import { serveOtherLedger } from '../support/other-ledger.ts';

const [first, second, third, last] = [0, 1, 2, 3] as const;
const port = 23_500;
/** More than the pages bear before they call a node lagging. */
const manyBlocks = 30;

describe.skipIf(!hasBrowser)('the page of consensus', () => {
  let trial: DiagnosedNetwork;
  let links: CutLinks;
  let browser: Browser;
  let base = '';
  let missing: readonly string[] = [];

  beforeAll(async () => {
    const pidOf = (index: number) =>
      trial?.network.isRunning(index) ? trial.network.pidOf(index) : undefined;
    links = await linksToCut(4, port, pidOf);
    trial = await foundDiagnosed(port, links.places);
    [browser] = await Promise.all([launchBrowser(), trial.network.startAll()]);
    base = trial.network.gateways[first]!;
  });
  afterAll(async () => {
    await browser?.close();
    await trial?.close();
    await links?.close();
  });

  const open = async (path: string, at = base) => {
    const visited = await visit(browser, `${at}${path}`, await trial.network.session.link(at));
    visited.page.setDefaultTimeout(40_000);
    return { ...visited, close: () => visited.context.close() };
  };
  const verdictOf = (page: Page) => page.getByRole('region', { name: 'Verdict' });
  const idOf = (index: number): string => trial.network.idOf(index);

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

  test('one stopped: it commits without it, who it is, and its operator has to act, until it is back', async () => {
    const { page, errors, close } = await open('/consensus');
    await page.getByRole('heading', { name: 'Quorum 4 of 4, needs 3' }).waitFor();
    await trial.stopOne(last);
    const verdict = verdictOf(page);
    await verdict.getByText(new RegExp(`^The network commits.*${idOf(last)}`)).waitFor();
    await actor(verdict, idOf(last)).waitFor();
    expect(await verdict.getAttribute('data-commits')).toBe('true');
    await page.locator('[data-cause=validator-unreachable]').waitFor();
    expect(await verdict.getByText('Seen from this browser').count()).toBe(0);
    expect(errors.filter(isOwnError)).toEqual([]);
    // With a clock that is 40 seconds ahead of everybody else's.
    trial.network.start(last, { CONCORDAT_CLOCK_OFFSET_MS: '40000' });
    await trial.network.ready();
    await page.getByRole('heading', { name: 'Quorum 4 of 4, needs 3' }).waitFor();
    await close();
  });

  test('a wrong clock: whose, by how much, and that its operator sets it; they commit', async () => {
    for (const gateway of [base, trial.network.gateways[last]!]) {
      const { page, errors, close } = await open('/consensus', gateway);
      const verdict = verdictOf(page);
      await verdict
        .getByText(new RegExp(`clock of ${idOf(last)}`))
        .first()
        .waitFor();
      await actor(verdict, idOf(last)).waitFor();
      const cause = page.locator('[data-cause=clock-off]');
      await cause
        .getByText(/^[+−](39|40|41) s$/)
        .first()
        .waitFor();
      expect(errors).toEqual([]);
      await close();
    }
    await trial.stopOne(last);
    await trial.startOne(last);
  });

  async function headAt(index: number): Promise<number> {
    const answer = await trial.network.session.fetch(
      `${trial.network.gateways[index]}/api/v1/events?limit=1`,
    );
    return ((await answer.json()) as { readonly head: number }).head;
  }

  test('a gateway that is started again shows no gap and no double, once its reader has signed in again', async () => {
    const run = Date.now();
    await trial.append(first, `before-${run}`);
    const { page, close } = await open('/events');
    const rows = page.locator('[data-position]');
    await rows.first().waitFor();
    await trial.stopOne(first);
    // What stands there is told as old, for as long as nothing is heard.
    await page.getByRole('button', { name: /^Stale, \d+/ }).waitFor();
    await trial.append(second, `meanwhile-${run}`);
    await trial.startOne(first);
    // A session ends with the process that held it.
    await page.getByRole('heading', { name: 'Sign in' }).first().waitFor();
    await openKeyOf(page, watcherKeys(trial.directory), 'watcher');
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await rows.first().waitFor();
    const before = await headAt(second);
    await trial.append(second, `after-${run}`);
    // What is certified stands in the index a moment later.
    const head = before + 1;
    await expect.poll(() => headAt(second)).toBe(head);
    const positions = () =>
      rows.evaluateAll((links) => links.map((link) => Number(link.getAttribute('data-position'))));
    // What was there before, what came while it was away, and what came after: each once, newest first.
    await expect
      .poll(positions, { timeout: 60_000 })
      .toEqual(Array.from({ length: head }, (_, at) => head - 1 - at));
    await close();
  });

  test('cut in two: neither half commits, and each page sees that the others run', async () => {
    links.cut([first, second], [third, last]);
    for (const [gateway, others] of [
      [base, [third, last]],
      [trial.network.gateways[third]!, [first, second]],
    ] as const) {
      const { page, errors, close } = await open('/consensus', gateway);
      const names = others.map(idOf).sort();
      await page.getByRole('heading', { name: 'Quorum 2 of 4, needs 3' }).waitFor();
      const verdict = verdictOf(page);
      await verdict.getByText(/^The network does not commit/).waitFor();
      await verdict
        .getByText(
          new RegExp(
            `^${names.join(' and ')} answer this browser: they run, and the links between .* are cut`,
          ),
        )
        .waitFor();
      if (gateway === base) await expectAccessible(page);
      expect(errors).toEqual([]);
      await close();
    }
    links.mend();
    const { page, close } = await open('/consensus');
    await page.getByRole('heading', { name: 'Quorum 4 of 4, needs 3' }).waitFor();
    await verdictOf(page)
      .getByText(/^The network commits/)
      .waitFor();
    await close();
  });

  test('two nodes: one that is cut off is behind, one that is stopped is silent, and every page says so', async () => {
    const { page, close } = await open('/verify/nodes');
    const slow = idOf(last);
    const alert = page.getByRole('alert');
    await page.getByRole('radio', { name: new RegExp(`^${slow} of`) }).focus();
    await page.keyboard.press('Space');
    await page.getByText('Nobody is signed in at the second node').waitFor();
    await openKeyOf(page, watcherKeys(trial.directory), 'watcher');
    const signIn = async () => {
      await page.getByRole('button', { name: 'Sign in there and compare' }).click();
      await page.getByText(new RegExp(`^${idOf(first)} and ${slow} agree up to block`)).waitFor();
    };
    await signIn();
    links.cut([first, second, third], [last]);
    const run = Date.now();
    for (let sent = 0; sent < manyBlocks; sent++)
      expect(await trial.append(first, `behind-${run}-${sent}`)).toBe(200);
    await page.getByText(new RegExp(`^${slow} is \\d+ blocks behind ${idOf(first)}$`)).waitFor();
    await expectAccessible(page);
    await page.getByRole('link', { name: 'Blocks', exact: true }).first().click();
    await alert.getByText(new RegExp(`^${slow} is \\d+ blocks behind`)).waitFor();
    links.mend();
    await expect.poll(() => alert.count(), { timeout: 60_000 }).toBe(0);
    await trial.stopOne(last);
    await alert.getByText(`${new URL(trial.network.gateways[last]!).host} does not answer`).waitFor();
    await expectAccessible(page);
    await trial.startOne(last);
    // A session ends with the process that held it.
    await alert.getByText('The session at the second node has ended').waitFor();
    await expectAccessible(page);
    await page.getByRole('link', { name: 'Verify', exact: true }).first().click();
    await page.getByRole('link', { name: 'Two nodes' }).click();
    await page.getByText('The session at the second node has ended').waitFor();
    await signIn();
    await close();
  });

  test('another ledger answers where one of the two nodes was: all stops, and nobody is asked for a key there', async () => {
    const gateway = trial.network.gateways[last]!;
    const stopped = (page: Page) => page.getByRole('heading', { name: 'Another network answers' });
    const keyAsked = (page: Page) => page.getByRole('button', { name: 'Choose the key file' }).count();
    const { page, close } = await open('/verify/nodes');
    const alert = page.getByRole('alert');
    await page.getByRole('radio', { name: new RegExp(`^${idOf(last)} of`) }).focus();
    await page.keyboard.press('Space');
    await openKeyOf(page, watcherKeys(trial.directory), 'watcher');
    await page.getByRole('button', { name: 'Sign in there and compare' }).click();
    await page.getByText(new RegExp(`^${idOf(first)} and ${idOf(last)} agree up to block`)).waitFor();
    const own = await open('/blocks', gateway);
    await own.page.getByRole('heading', { name: 'Blocks' }).waitFor();
    await trial.stopOne(last);
    const other = await serveOtherLedger(trial.network.gateways, last);
    expect(other.network).not.toBe(trial.network.completed.genesis.network);

    // Compared with: every page says so, and what agreed before is not repeated.
    await page.getByText(`${new URL(gateway).host} claims another network`).waitFor();
    await page.getByText(`It says ${other.network.slice(0, 8)}`).waitFor();
    expect(await page.getByText(/agree up to block/).count()).toBe(0);
    expect(await page.getByRole('button', { name: 'Sign in there and compare' }).count()).toBe(0);
    await expectAccessible(page);
    for (const name of ['Blocks', 'Consensus', 'Overview']) {
      await page.getByRole('link', { name, exact: true }).first().click();
      await alert.getByText(`${new URL(gateway).host} claims another network`).waitFor();
    }
    // Chosen as the one to ask: nothing of it is shown.
    await page.getByRole('link', { name: 'Settings', exact: true }).first().click();
    await page.getByRole('radio', { name: new RegExp(`^${idOf(last)}`) }).focus();
    await page.keyboard.press('Space');
    await page.getByRole('link', { name: 'Overview', exact: true }).first().click();
    await stopped(page).waitFor();
    await page.getByRole('heading', { name: `Claimed by ${gateway}` }).waitFor();
    expect(await keyAsked(page)).toBe(0);
    await close();

    // Its own console, which trusted the ledger that was there before: open, loaded anew, and signed in.
    await stopped(own.page).waitFor();
    for (const path of ['/', '/blocks/0', '/verify/chain', '/verify/nodes']) {
      await own.page.goto(`${gateway}${path}`);
      await stopped(own.page).waitFor();
      expect(await keyAsked(own.page)).toBe(0);
    }
    await expectAccessible(own.page);
    await own.page.goto(await other.link());
    await stopped(own.page).waitFor();
    await own.page.goto(`${gateway}/verify/chain`);
    await stopped(own.page).waitFor();
    expect(await own.page.getByRole('button', { name: 'Verify the chain' }).count()).toBe(0);
    await own.close();
    await other.stop();
    await trial.startOne(last);
  });

  test('two stopped: the overview says who is missing, and leads to the page, live', async () => {
    const { page, errors, close } = await open('/');
    await page.getByText(/Ready:|Committing:/).waitFor();
    // Something was timed, so that it is known how long it usually takes.
    await trial.append(first, `timed-${Date.now()}`);
    missing = await stopTwo(trial);
    await page.getByText('Cannot commit:').waitFor();
    await page.getByText(/3 are needed; block [\d,]+ certified .+ ago\./).waitFor();
    await page.getByText(eitherOrder('Missing: ', missing)).waitFor();
    await page.getByText(/A transaction usually takes [\d.]+ (ms|s)\./).waitFor();
    await expectAccessible(page);
    expect(errors).toEqual([]);
    await page.getByRole('link', { name: 'See why, and who has to act' }).click();
    await page.getByRole('heading', { name: 'Quorum 2 of 4, needs 3' }).waitFor();
    const verdict = verdictOf(page);
    await verdict.getByText(/^The network does not commit/).waitFor();
    await verdict.getByText(/^a transaction takes [\d.]+ (ms|s)$/).waitFor();
    for (const id of missing) await actor(verdict, id).waitFor();
    const cause = page.locator('[data-cause=quorum-unreachable]');
    for (const id of missing)
      await cause
        .getByText(new RegExp(`${id}: `))
        .first()
        .waitFor();
    expect(await verdict.getByText('Seen from this browser').count()).toBe(0);
    expect(
      await page
        .locator('[data-reachable=false]')
        .evaluateAll((members) => members.map((member) => member.textContent)),
    ).toEqual(missing.map((id) => expect.stringContaining(id)));
    expect(errors.filter(isOwnError)).toEqual([]);
    await close();
  });

  test('what was submitted waits: the table shows whose messages are here and whose are missing', async () => {
    await submitOne(trial);
    const { page, errors, close } = await open('/consensus');
    for (const id of missing) await page.locator(`[data-ballot=${id}] [data-held=missing]`).first().waitFor();
    expect(await page.locator('[data-message=pre-prepare][data-held=held]').count()).toBe(1);
    // The PREPAREs at first, and once the primary is suspected the VIEW-CHANGEs.
    await page.getByText(eitherOrder('It waits for the (PREPARE|VIEW-CHANGE) of ', missing)).waitFor();
    await expectAccessible(page);
    await expectReflow(page);
    expect(errors.filter(isOwnError)).toEqual([]);
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
    expect(file.suggestedFilename()).toMatch(new RegExp(`^diagnosis-${idOf(first)}-\\d{8}T\\d{6}Z\\.json$`));
    const snapshot = JSON.parse(readFileSync(await file.path(), 'utf8')) as {
      network: string;
      diagnosis: DiagnosisJson;
    };
    expect(snapshot.network).toBe(trial.network.completed.genesis.network);
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

/** Of the identity that watches the network. */
const watcherKeys = (directory: string) => ({
  keyFile: (name: string) => join(keysDirectoryOf(directory), `${name}.age`),
  passphrase: readPassphrase(examplePassphraseFileOf(directory)),
});

/** The browser's own word on a gateway that does not answer, which the page asked to find that out. */
const isOwnError = (text: string): boolean => !text.includes('ERR_CONNECTION_REFUSED');

const actor = (verdict: Locator, id: string): Locator =>
  verdict.getByRole('listitem').filter({ hasText: `the operator of ${id}` });

const eitherOrder = (before: string, [one, other]: readonly string[]): RegExp =>
  new RegExp(`${before}(${one} and ${other}|${other} and ${one})`);

/** Stops two that are neither the primary nor the node that serves the page. */
async function stopTwo(trial: DiagnosedNetwork): Promise<readonly string[]> {
  const { primary, node } = await trial.diagnosisBy(first);
  const { network } = trial;
  const others = [first, second, third, last]
    .filter((index) => network.idOf(index) !== primary && network.idOf(index) !== node)
    .slice(0, 2);
  for (const index of others) await trial.stopOne(index);
  return others.map((index) => network.idOf(index)).sort();
}

async function submitOne({ network }: DiagnosedNetwork): Promise<void> {
  const { genesis } = network.completed;
  const shape = { network: genesis.network, expiresAt: Date.now() + 600_000, streams: 1, dataBytes: 50 };
  const response = await network.session.fetch(`${network.gateways[first]}/api/v1/transactions`, {
    method: 'POST',
    headers: { 'content-type': 'application/cbor' },
    body: bulkBody([
      signedAppend(await network.signer(), { ...shape, run: 'waits' }, 0),
    ]) as Uint8Array<ArrayBuffer>,
  });
  expect(response.status).toBe(202);
}

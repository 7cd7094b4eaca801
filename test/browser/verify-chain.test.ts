/** Verifying a whole chain, and comparing two nodes, in a real browser against four real validators. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { keptWithoutSeals, type RecoveredStory, recoveredStory } from '../../node/cli/recovery/test-break.ts';
import { jsonOfCertificate, jsonOfEpochLink } from '../../shared/api/json-of-ledger.ts';
import type { BlockJson, BlocksJson } from '../../shared/api.ts';
import { toBase64Url } from '../../shared/codec/hex.ts';
import { decodeHeader, encodeHeader } from '../../shared/codec/ledger.ts';
import type { Digest } from '../../shared/types/brands.ts';
import { appendLoad } from '../support/appending.ts';
import {
  dropFile,
  expectAccessible,
  expectReflow,
  hasBrowser,
  launchBrowser,
  visit,
} from '../support/browser.ts';
import { forked } from '../support/forked-block.ts';
import { type RunningNetwork, startNetwork } from '../support/network.ts';

/** Blocks of one record each. */
const records = 24;
type Rows = BlocksJson['rows'];

describe.skipIf(!hasBrowser)('a whole chain', () => {
  let network: RunningNetwork;
  let browser: Browser;
  let folder: string;
  let tip = 0;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'concordat-chain-'));
    [network, browser] = await Promise.all([startNetwork(), launchBrowser()]);
    await appendLoad(network, records);
    const response = await network.session.fetch(`${network.base}/api/v1/status`);
    tip = ((await response.json()) as { readonly height: number }).height;
  });
  afterAll(async () => {
    await browser?.close();
    await network?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const open = async (path = '/verify/chain') => {
    const visited = await visit(browser, `${network.base}${path}`, await network.session.link(network.base));
    visited.page.setDefaultTimeout(20_000);
    return { ...visited, close: () => visited.context.close() };
  };
  const verifiedTo = (height: number) => `Verified in this browser: blocks 0 to ${height}`;

  test('is verified by keyboard alone, with rate, seals and a signed report that others can check', async () => {
    const { page, errors, close } = await open();
    await page.getByText(`${tip} blocks are to be checked`).waitFor();
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Verify the chain' }).focus();
    await page.keyboard.press('Enter');
    await page.getByText(verifiedTo(tip)).waitFor();
    // A certificate may hold more seals than a quorum of three.
    expect(await figureOf(page, 'Seals verified')).toBeGreaterThanOrEqual(3 * tip);
    expect(await figureOf(page, 'Verified up to')).toBe(tip);

    await page.getByRole('button', { name: 'Sign the report…' }).press('Enter');
    await openKey(page, network);
    await expectAccessible(page);
    const report = await downloaded(page, 'Sign and download');
    await page.getByRole('link', { name: 'File', exact: true }).press('Enter');
    await page.getByText('Drop a file here').waitFor();
    await dropped(page, folder, 'report.json', report);
    await page.getByText('Signed, and unchanged since').waitFor();
    await page.getByText(`Blocks 0 to ${tip} verified`, { exact: true }).waitFor();
    await expectAccessible(page);
    await expectReflow(page);
    expect(errors).toEqual([]);
    await close();
  });

  test('leaves a report that nobody can change, and none that nobody signed is believed', async () => {
    const { page, close } = await open();
    await page.getByRole('button', { name: 'Verify the chain' }).click();
    await page.getByText(verifiedTo(tip)).waitFor();
    await page.getByRole('button', { name: 'Sign the report…' }).click();
    await openKey(page, network);
    const unsigned = await downloaded(page, 'Download unsigned');
    const signed = JSON.parse(await downloaded(page, 'Sign and download')) as { readonly bytes: string };
    const bytes = Buffer.from(signed.bytes, 'base64url');
    const at = bytes.indexOf('verified');
    const changed = Buffer.concat([
      bytes.subarray(0, at - 1),
      Buffer.from('gstopped'),
      bytes.subarray(at + 8),
    ]);
    await page.getByRole('link', { name: 'File', exact: true }).click();
    await dropped(page, folder, 'unsigned.json', unsigned);
    await page.getByText('Not proven: “Signature” failed').waitFor();
    await dropped(
      page,
      folder,
      'changed.json',
      JSON.stringify({ ...signed, bytes: changed.toString('base64url') }),
    );
    await page.getByText('Report changed.json: The key that it names did not sign these bytes').waitFor();
    await close();
  });

  test('goes on after a reload from where it was', async () => {
    const { page, context, errors, close } = await open();
    const pages = await inSmallPages(context, 300);
    await page.getByRole('button', { name: 'Verify the chain' }).click();
    await expect.poll(() => figureOf(page, 'Verified up to'), { timeout: 90_000 }).toBeGreaterThan(3);
    await page.getByText('Time left').waitFor();
    await page.reload();
    await page.getByText(/Paused: verified up to block \d+/).waitFor();
    const before = await figureOf(page, 'Verified up to');
    expect(before).toBeGreaterThan(3);
    expect(before).toBeLessThan(tip);
    pages.length = 0;
    await page.getByRole('button', { name: 'Go on' }).click();
    await page.getByText(verifiedTo(tip)).waitFor();
    expect(pages.filter((cursor) => cursor === null)).toEqual([]);
    const run = Number(await page.getByLabel('Chain', { exact: true }).getAttribute('data-run-blocks'));
    expect(run).toBe(tip - before);
    expect(errors).toEqual([]);
    await close();
  });

  test('is paused and started over', async () => {
    const { page, context, close } = await open();
    await inSmallPages(context, 300);
    await page.getByRole('button', { name: 'Verify the chain' }).click();
    await page.getByRole('button', { name: 'Pause', exact: true }).click();
    await page.getByText(/Paused: verified up to block \d+/).waitFor();
    await page.getByRole('button', { name: 'Start over' }).click();
    await page.getByText('Not verified yet').waitFor();
    await close();
  });

  test.each<[string, (rows: Rows) => Rows, string, string]>([
    [
      'a changed header',
      (rows) => rows.map((row) => (row.height === 12 ? withOtherState(row) : row)),
      'header',
      'Header',
    ],
    ['a block that is left out', (rows) => rows.filter(({ height }) => height !== 12), 'header', 'Header'],
    [
      'a changed seal',
      (rows) => rows.map((row) => (row.height === 12 ? withOtherSeal(row, rows[11]!) : row)),
      'quorum',
      'Quorum of seals',
    ],
    [
      'a block without a certificate',
      (rows) => rows.map((row) => (row.height === 12 ? { ...row, certificate: null } : row)),
      'header',
      'Header',
    ],
  ])('with %s stops at the first failure', async (_name, change, check, title) => {
    const { page, context, close } = await open();
    await withRows(context, change);
    await page.getByRole('button', { name: 'Verify the chain' }).click();
    await page.getByText('Not proven: block 12 failed').waitFor();
    await page.getByText(`${title}: `).first().waitFor();
    await page.getByRole('heading', { name: 'Block 12, the first that does not hold' }).waitFor();
    expect(await page.locator(`[data-check=${check}]`).textContent()).toContain('Failed');
    expect(await figureOf(page, 'Verified up to')).toBe(11);
    expect(await page.getByText('Verified in this browser').count()).toBe(0);
    expect(await page.getByRole('link', { name: 'Verify at beta' }).getAttribute('href')).toMatch(
      /\/verify\/chain$/,
    );
    await expectAccessible(page);
    await expectReflow(page);
    await close();
  });

  test('of another genesis than the pinned one is not begun', async () => {
    const { page, context, close } = await open();
    await context.route('**/api/v1/genesis', async (route) => {
      const response = await route.fetch();
      const genesis = (await response.json()) as { readonly headerBytes: string };
      await route.fulfill({ response, json: withOtherState(genesis) });
    });
    await page.getByRole('button', { name: 'Verify the chain' }).click();
    await page.getByText('Not proven: block 0 failed').waitFor();
    await page.getByText('The genesis block is not the one that this browser has pinned').first().waitFor();
    await close();
  });

  test('a node that claims another network stops everything, and only a comparison goes on', async () => {
    const { page, context, close } = await open();
    const claimed = 'ab'.repeat(32);
    await context.route('**/api/v1/status', async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, json: { ...(await response.json()), network: claimed } });
    });
    await page.getByRole('heading', { name: 'Another network answers' }).waitFor();
    await page.getByText('A network id never changes.').waitFor();
    expect(await page.getByRole('button', { name: 'Verify the chain' }).count()).toBe(0);
    for (const path of ['/', '/blocks', '/verify/stream', '/verify/nodes']) {
      await page.goto(`${network.base}${path}`);
      await page.getByRole('heading', { name: 'Another network answers' }).waitFor();
    }
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Forget the old one and compare the new one' }).click();
    await page.getByRole('heading', { name: 'Is this your network?' }).waitFor();
    await close();
  });

  test('that only a recovery leads on is followed to its tip, and the break is shown and filed', async () => {
    const recovered = await recoveredStory(join(folder, 'recovered'));
    const { page, context, errors, close } = await open();
    await serveRecovered(context, recovered);
    await page.reload();
    await page.getByRole('button', { name: 'Forget the old one and compare the new one' }).click();
    await page.getByRole('button', { name: 'It is the same' }).click();
    await page.getByRole('button', { name: 'Verify the chain' }).click();
    await page.getByText(verifiedTo(6)).waitFor();
    await page.getByText('But the chain has 1 break, behind block 5: no quorum leads on there.').waitFor();
    expect(await page.getByText('a quorum sealed every block').count()).toBe(0);
    const notice = page.getByRole('region', { name: 'Break of the chain' });
    for (const text of ['a fire', 'm1.admin of m1', 'v1, v2 of 4 validators', 'Kept without a quorum'])
      await notice.getByText(text).first().waitFor();
    await expectAccessible(page);
    expect(errors).toEqual([]);
    const report = JSON.parse(await downloaded(page, 'Download unsigned')) as {
      report: { breaks: unknown };
    };
    expect(report.report.breaks).toMatchObject([{ base: 3, height: 5, epoch: 1 }]);
    await expectReflow(page);
    await close();
  });

  describe('two nodes', () => {
    const openBoth = async () => {
      const opened = await open('/verify/nodes');
      const { page } = opened;
      await page.getByRole('radio', { name: /^beta of/ }).focus();
      await page.keyboard.press('Space');
      await openKey(page, network);
      await page.getByRole('button', { name: 'Sign in there and compare' }).click();
      await page.getByText(/alpha and beta agree up to block \d+/).waitFor();
      return opened;
    };
    const beta = () => network.validators.find(({ id }) => id === 'beta')!.gateway;

    test('are named as soon as the first has said which there are, and until then nobody says that there is none', async () => {
      const { page, context, close } = await open('/verify/nodes');
      await page.getByRole('radio', { name: /^beta of/ }).waitFor();
      let letGo = (): void => {};
      const mayAnswer = new Promise<void>((resolve) => {
        letGo = resolve;
      });
      await context.route('**/api/v1/validators', async (route) => {
        await mayAnswer;
        await route.continue();
      });
      await page.reload();
      await page.getByText('Loading nodes').waitFor({ state: 'attached' });
      expect(await page.getByText('No other node is known').count()).toBe(0);
      letGo();
      await page.getByRole('radio', { name: /^beta of/ }).waitFor();
      await close();
    });

    test('agree, and a certificate of the second that does not hold is told on every page', async () => {
      const { page, context, errors, close } = await openBoth();
      await expectAccessible(page);
      await expectReflow(page);
      await page.setViewportSize({ width: 1440, height: 900 });
      await page.getByRole('link', { name: 'Blocks', exact: true }).first().click();
      await page.getByRole('heading', { name: 'Blocks' }).waitFor();
      expect(await page.getByRole('alert').count()).toBe(0);
      expect(errors).toEqual([]);
      await context.route(`${beta()}/api/v1/blocks/*`, async (route) => {
        const response = await route.fetch();
        const block = (await response.json()) as BlockJson;
        await route.fulfill({
          response,
          json: { ...block, certificate: { ...block.certificate, seals: [] } },
        });
      });
      await page.getByText(/beta cannot prove its block \d+/).waitFor();
      await expectAccessible(page);
      await page.getByRole('link', { name: 'Compare the two nodes' }).click();
      await page.getByText('Fewer seals than a quorum. Do not rely on this node').waitFor();
      await close();
    });

    test('of which a quorum sealed two blocks for one height: both are named and kept until they are dismissed', async () => {
      const { page, context, close } = await openBoth();
      await context.route(`${beta()}/api/v1/blocks/*`, async (route) => {
        const response = await route.fetch();
        await route.fulfill({ response, json: await forked(network, (await response.json()) as BlockJson) });
      });
      await page.getByText(/^Two sealed blocks at height \d+$/).waitFor();
      await page.getByText(/a quorum sealed both, so that more validators lie/).waitFor();
      expect(await page.getByText(/agree up to block/).count()).toBe(0);
      await expectAccessible(page);
      await page.getByRole('link', { name: 'Blocks', exact: true }).first().click();
      await page.getByRole('alert').getByText('Two sealed blocks').waitFor();
      // The second one takes it back: what was proven stays, also in a page that is opened anew.
      await context.unroute(`${beta()}/api/v1/blocks/*`);
      await page.reload();
      await page.getByRole('alert').getByText('Two sealed blocks').waitFor();
      await page.getByRole('link', { name: 'Compare the two nodes' }).click();
      await page.getByText(/^This browser verified two sealed blocks at height \d+/).waitFor();
      await expectAccessible(page);
      await expectReflow(page);
      await page.setViewportSize({ width: 1440, height: 900 });
      await page.getByRole('button', { name: 'Dismiss' }).click();
      await page.getByText('Nobody is signed in at the second node').waitFor();
      expect(await page.getByText(/two sealed blocks/i).count()).toBe(0);
      await close();
    });

    test('of which the second names a height that it does not have: it cannot accuse the first', async () => {
      const { page, context, close } = await openBoth();
      await context.route(`${beta()}/api/v1/status`, async (route) => {
        const response = await route.fetch();
        const status = (await response.json()) as { readonly height: number };
        await route.fulfill({ response, json: { ...status, height: status.height + 1_000 } });
      });
      await page.getByText(/^beta cannot prove its block 1,\d+$/).waitFor();
      await page.getByText(/It names it and does not have it/).waitFor();
      await close();
    });

    test('of which the second belongs to another network: nobody is asked to sign in there', async () => {
      const { page, context, close } = await open('/verify/nodes');
      await context.route(`${beta()}/api/v1/genesis`, async (route) => {
        const response = await route.fetch();
        await route.fulfill({ response, json: { ...(await response.json()), network: 'cd'.repeat(32) } });
      });
      await page.getByRole('radio', { name: /^beta of/ }).focus();
      await page.keyboard.press('Space');
      await page.getByText(`${new URL(beta()).host} claims another network`).waitFor();
      expect(await page.getByRole('button', { name: 'Choose the key file' }).count()).toBe(0);
      await close();
    });

    test('of which the second claims another network are told apart', async () => {
      const { page, context, close } = await openBoth();
      await context.route(`${beta()}/api/v1/status`, async (route) => {
        const response = await route.fetch();
        await route.fulfill({ response, json: { ...(await response.json()), network: 'ab'.repeat(32) } });
      });
      await page.getByText('beta claims another network').waitFor();
      await close();
    });
  });
});

/** A network of others whose quorum was gone for good, as its gateways serve it. */
async function serveRecovered(context: BrowserContext, { story, next, link }: RecoveredStory): Promise<void> {
  const { network, headerBytes, validators } = story.chain.genesis;
  const rows = [...story.blocks, next].map((made) => {
    const { height, headerBytes: bytes } = made.block;
    const certificate = height === 4 || height === 5 ? keptWithoutSeals(made) : made.certificate;
    return { height, headerBytes: toBase64Url(bytes), certificate: jsonOfCertificate(certificate) };
  });
  await context.route('**/api/v1/status', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, json: { ...(await response.json()), network, height: rows.length } });
  });
  await context.route('**/api/v1/genesis', (route) =>
    route.fulfill({ json: { headerBytes: toBase64Url(headerBytes), validators } }),
  );
  await context.route('**/api/v1/blocks?order=oldest*', (route) => route.fulfill({ json: { rows } }));
  await context.route('**/api/v1/epochs?from=1*', (route) =>
    route.fulfill({ json: { rows: [{ link: jsonOfEpochLink(link) }] } }),
  );
}

/** The blocks as a liar serves them. */
async function withRows(context: BrowserContext, change: (rows: Rows) => Rows): Promise<void> {
  await context.route('**/api/v1/blocks?order=oldest*', async (route) => {
    const response = await route.fetch();
    const answer = (await response.json()) as BlocksJson;
    await route.fulfill({ response, json: { ...answer, rows: change(answer.rows) } });
  });
}

/** Four blocks at a time, slowly. @returns the cursors that are asked for, null for the first page */
async function inSmallPages(context: BrowserContext, delayMs: number): Promise<(string | null)[]> {
  const cursors: (string | null)[] = [];
  await context.route('**/api/v1/blocks?order=oldest*', async (route) => {
    const url = new URL(route.request().url());
    cursors.push(url.searchParams.get('cursor'));
    url.searchParams.set('limit', '4');
    await new Promise((resolve) => setTimeout(resolve, delayMs));
    // A page that was left takes its requests along.
    await route.fetch({ url: url.href }).then(
      (response) => route.fulfill({ response }),
      () => undefined,
    );
  });
  return cursors;
}

/** A sound header, but not the one that was hashed. */
function withOtherState<Row extends { readonly headerBytes: string }>(row: Row): Row {
  const header = decodeHeader(Buffer.from(row.headerBytes, 'base64url'));
  const bytes = encodeHeader({ ...header, state: 'ab'.repeat(32) as Digest });
  return { ...row, headerBytes: Buffer.from(bytes).toString('base64url') };
}

/** Its first seal is the same validator's over another block. */
function withOtherSeal(row: Rows[number], other: Rows[number]): Rows[number] {
  const [seal, ...seals] = row.certificate!.seals;
  const signature = other.certificate!.seals.find(({ signature: one }) => one !== seal!.signature)!.signature;
  return { ...row, certificate: { ...row.certificate!, seals: [{ ...seal!, signature }, ...seals] } };
}

/** The first number of a figure on the page. */
async function figureOf(page: Page, name: string): Promise<number> {
  const value = await page
    .locator('dt', { hasText: name })
    .locator('xpath=following-sibling::dd')
    .textContent();
  return Number(/[\d,]+/.exec(value ?? '')?.[0].replaceAll(',', '') ?? Number.NaN);
}

async function openKey(page: Page, network: RunningNetwork): Promise<void> {
  const chooser = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: 'Choose the key file' }).click();
  await (await chooser).setFiles(network.keyFile('identity_alpha.submitter'));
  await page.getByLabel('Passphrase').fill(network.passphrase);
  await page.getByRole('button', { name: 'Open the key' }).click();
}

/** The text of the file that this button hands out. */
async function downloaded(page: Page, button: string): Promise<string> {
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: button }).click();
  return readFile(await (await download).path(), 'utf8');
}

async function dropped(page: Page, folder: string, name: string, text: string): Promise<void> {
  await writeFile(join(folder, name), text);
  await dropFile(page, 'Drop a file here', join(folder, name));
}

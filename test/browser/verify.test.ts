/** What an auditor does on the Verify pages, in a real browser against four real validators. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { StateJson, StreamJson } from '../../shared/api.ts';
import { appendLoad, appendRecord, proofOf } from '../support/appending.ts';
import {
  dropFile,
  expectAccessible,
  expectReflow,
  hasBrowser,
  launchBrowser,
  visit,
} from '../support/browser.ts';
import { type RunningNetwork, startNetwork } from '../support/network.ts';
import { tamperedPacks } from '../support/tampering.ts';

const verified = 'Verified in this browser';

describe.skipIf(!hasBrowser)('the Verify pages', () => {
  let network: RunningNetwork;
  let browser: Browser;
  let folder: string;
  let pack: Uint8Array;
  let receipt: Uint8Array;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'concordat-verify-'));
    [network, browser] = await Promise.all([startNetwork(), launchBrowser()]);
    const transaction = await appendRecord(network, 'orders', { vessel: 'Aurora', containers: 214 });
    await appendRecord(network, 'orders', { vessel: 'Boreas', containers: 9 });
    await appendLoad(network, 3);
    pack = await proofOf(network, transaction, 'pack');
    receipt = await proofOf(network, transaction, 'receipt');
  });
  afterAll(async () => {
    await browser?.close();
    await network?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  /** As a file of the reader's, dropped onto the page. */
  const drop = async (page: Page, name: string, bytes: Uint8Array) => {
    await writeFile(join(folder, name), bytes);
    await dropFile(page, 'Drop a file here', join(folder, name));
  };
  const open = async (path: string) => {
    const visited = await visit(browser, `${network.base}${path}`, await network.session.link(network.base));
    visited.page.setDefaultTimeout(20_000);
    return { ...visited, close: () => visited.context.close() };
  };

  describe('a network is trusted once its id was compared', () => {
    const arrive = async () => {
      const visited = await visit(browser, await network.session.link(network.base));
      await visited.page.getByRole('heading', { name: 'Is this your network?' }).waitFor();
      return visited;
    };

    test('nothing is shown before, and another id is refused with the groups that differ', async () => {
      const { page, context, errors } = await arrive();
      expect(await page.getByRole('heading', { name: 'Overview' }).count()).toBe(0);
      const given = `${network.id.slice(0, 60)}0123`;
      await page.getByLabel('The id that a member gave you').fill(given);
      await page.getByText('It is another id: do not go on').waitFor();
      expect(await page.getByRole('button', { name: 'It is the same' }).isDisabled()).toBe(true);
      await expectAccessible(page);
      await expectReflow(page);
      await page.reload();
      await page.getByRole('heading', { name: 'Is this your network?' }).waitFor();
      // Who has not signed in yet is told so.
      expect(errors.filter((text) => !text.includes('401'))).toEqual([]);
      await context.close();
    });

    test('the same id is accepted by keyboard alone, and stays accepted', async () => {
      const { page, context, errors } = await arrive();
      await page.getByLabel('The id that a member gave you').focus();
      await page.keyboard.insertText(`${network.id.slice(0, 32)} ${network.id.slice(32).toUpperCase()}`);
      await page.getByText('The two are the same').waitFor();
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { name: 'Overview' }).waitFor();
      await page.reload();
      await page.getByRole('heading', { name: 'Overview' }).waitFor();
      // Who has not signed in yet is told so.
      expect(errors.filter((text) => !text.includes('401'))).toEqual([]);
      await context.close();
    });
  });

  describe('a file, with the network off', () => {
    let page: Page;
    let done: () => Promise<void>;
    beforeAll(async () => {
      const opened = await open('/verify');
      page = opened.page;
      done = opened.close;
      await page.getByText('Drop a file here').waitFor();
      await page.waitForLoadState('networkidle');
      await opened.context.setOffline(true);
    });
    afterAll(() => done?.());

    test('a good record is proven after drag and drop', async () => {
      await drop(page, 'record.pack', pack);
      await page.getByText(verified).waitFor();
      await page.getByText('Aurora').waitFor();
      await expectAccessible(page);
    });

    test.each([0, 1, 2, 3, 4, 5])('tampered record %d fails at its own check', async (number) => {
      const { what, check, bytes } = tamperedPacks(pack)[number]!;
      await drop(page, `${what}.pack`, bytes);
      await page.getByText(`${what}.pack`).waitFor();
      await page.getByText('Not proven: “').waitFor();
      const failed = await page
        .locator('[data-check]', { hasText: 'Failed' })
        .evaluateAll((rows) => rows.map((row) => row.getAttribute('data-check')));
      // Another transaction is at another place of its tree, too: what counts is the first.
      expect(failed[0]).toBe(check);
      expect(await page.getByText(verified).count()).toBe(0);
      if (number === 4) await expectAccessible(page);
    });

    test('a receipt is proven with the genesis that was kept while there was a network', async () => {
      await drop(page, 'record.receipt', receipt);
      await page.getByText('Receipt record.receipt').waitFor();
      await page.getByText(verified).waitFor();
    });

    test('the record is of no network but its own', async () => {
      await page.getByLabel('Network id to verify against').fill('ab'.repeat(32));
      await page.getByText('Not the network that this browser has pinned.').waitFor();
      await drop(page, 'foreign.pack', pack);
      await page.getByText('Not proven: “Genesis link” failed').waitFor();
      await page.getByLabel('Network id to verify against').fill(network.id);
    });

    test('a file is chosen, and a text pasted, by keyboard alone', async () => {
      const file = join(folder, 'chosen.pack');
      await writeFile(file, pack);
      const chooser = page.waitForEvent('filechooser');
      await page.getByRole('button', { name: 'Choose a file' }).focus();
      await page.keyboard.press('Enter');
      await (await chooser).setFiles(file);
      await page.getByText('Proof pack chosen.pack').waitFor();
      await page.getByText(verified).waitFor();
      await page.getByLabel('Or paste it').focus();
      await page.keyboard.insertText(Buffer.from(receipt).toString('base64url'));
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      await page.getByText('Receipt pasted text').waitFor();
      await page.getByText(verified).waitFor();
    });
  });

  describe('a stream', () => {
    test('is proven complete by keyboard alone', async () => {
      const { page, errors, close } = await open('/verify/stream');
      await page.getByLabel('Stream', { exact: true }).focus();
      await page.keyboard.insertText('orders');
      await page.keyboard.press('Enter');
      await page.getByText(verified).waitFor();
      await page.getByText(/“orders” has 2 events as of block \d+, and no revision is missing/).waitFor();
      await page.locator('[data-check=leaf] summary').click();
      await expectAccessible(page);
      await expectReflow(page);
      expect(errors).toEqual([]);
      await close();
    });

    test('of opaque bytes is proven from the signed transactions', async () => {
      const { page, close } = await open('/verify/stream?name=load%2F0');
      const asked: string[] = [];
      page.on('request', (request) => asked.push(new URL(request.url()).pathname));
      await page.getByRole('button', { name: 'Verify', exact: true }).click();
      await page.getByText(/“load\/0” has 3 events/).waitFor();
      expect(asked.filter((path) => path.startsWith('/api/v1/transactions/')).length).toBe(3);
      await close();
    });

    test.each<[string, (events: StreamJson['events']) => StreamJson['events'], string, string]>([
      ['with its last revision left out', (events) => events.slice(0, 1), 'leaf', 'Revisions'],
      ['with its first revision left out', (events) => events.slice(1), 'leaf', 'Revisions'],
      [
        'with a changed event',
        (events) => events.map((event) => ({ ...event, data: { vessel: 'Argo' } })),
        'leaf',
        'Revisions',
      ],
    ])('%s is not proven', async (_name, change, check, title) => {
      const { page, context, close } = await open('/verify/stream?name=orders');
      await context.route('**/api/v1/streams/orders?*', async (route) => {
        const response = await route.fetch();
        const answer = (await response.json()) as StreamJson;
        await route.fulfill({ response, json: { ...answer, events: change(answer.events) } });
      });
      await page.getByRole('button', { name: 'Verify', exact: true }).click();
      await page.getByText(`Not proven: “${title}” failed`).waitFor();
      expect(await page.locator(`[data-check=${check}]`).textContent()).toContain('Failed');
      expect(await page.getByText(verified).count()).toBe(0);
      await close();
    });

    test('that nobody wrote is proven to be empty', async () => {
      const { page, close } = await open('/verify/stream?name=nobody');
      await page.getByRole('button', { name: 'Verify', exact: true }).click();
      await page.getByText('There is no stream “nobody” as of block').waitFor();
      await page.getByText(verified).waitFor();
      await close();
    });
  });

  describe('a state entry', () => {
    test('is proven with its value, and its absence without one', async () => {
      const { page, errors, close } = await open('/verify/state?key=network%2Fname');
      await page.getByRole('button', { name: 'Verify', exact: true }).click();
      await page.getByText(verified).waitFor();
      await page.getByRole('heading', { name: 'Value of network/name' }).waitFor();
      await expectAccessible(page);
      await page.getByLabel('State key').fill('assets/definitions/none');
      await page.keyboard.press('Enter');
      await page.getByText('assets/definitions/none has no value as of block').waitFor();
      await expectReflow(page);
      expect(errors).toEqual([]);
      await close();
    });

    test('with another value fails at its path', async () => {
      const { page, context, close } = await open('/verify/state?key=network%2Fname');
      await context.route('**/api/v1/state/*', async (route) => {
        const response = await route.fetch();
        const answer = (await response.json()) as StateJson;
        await route.fulfill({ response, json: { ...answer, value: 'YQ' } });
      });
      await page.getByRole('button', { name: 'Verify', exact: true }).click();
      await page.getByText('Not proven: “Merkle path” failed').waitFor();
      await close();
    });
  });

  describe('two heights', () => {
    test('are proven consistent', async () => {
      const { page, errors, close } = await open('/verify/heights');
      await page.getByLabel('Older height').fill('2');
      await page.getByLabel('Newer height').fill('5');
      await page.keyboard.press('Enter');
      await page.getByText('Blocks 0 to 2 are unchanged in the history of block 5').waitFor();
      await page.locator('[data-check=history] summary').click();
      await expectAccessible(page);
      await expectReflow(page);
      expect(errors).toEqual([]);
      await close();
    });

    test('with a changed proof are not', async () => {
      const { page, context, close } = await open('/verify/heights?heights=2-5');
      await context.route('**/api/v1/history/consistency?*', async (route) => {
        const response = await route.fetch();
        const answer = (await response.json()) as { readonly proof: readonly string[] };
        await route.fulfill({
          response,
          json: { ...answer, proof: answer.proof.map(() => 'ab'.repeat(32)) },
        });
      });
      await page.getByRole('button', { name: 'Verify', exact: true }).click();
      await page.getByText('Not proven: “History” failed').waitFor();
      await close();
    });

    test('in the wrong order cannot be asked for, and it says why', async () => {
      const { page, close } = await open('/verify/heights?heights=5-2');
      await page.getByText('It must be above the older height.').waitFor();
      expect(await page.getByRole('button', { name: 'Verify', exact: true }).isDisabled()).toBe(true);
      await close();
    });
  });
});

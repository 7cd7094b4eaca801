/** The verifier that an auditor keeps: one file, opened from disk in a browser that has no network. */
import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildExampleNetwork, examplePack, exampleReceipt } from '../../scripts/lib/example-network.ts';
import { encodeProofPack, encodeReceipt } from '../../shared/codec/ledger.ts';
import {
  dropFile,
  expectAccessible,
  expectReflow,
  hasBrowser,
  launchBrowser,
  visit,
} from '../support/browser.ts';
import { tamperedPacks } from '../support/tampering.ts';

const example = buildExampleNetwork({ validators: 4, epochs: 1, transactions: 3 });
const pack = encodeProofPack(examplePack(example, 1));
const receipt = encodeReceipt(exampleReceipt(example.blocks[1]!, 1));
const verified = 'Verified in this browser';

describe.skipIf(!hasBrowser)('the verifier as one file', () => {
  let browser: Browser;
  let folder: string;
  let file: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'concordat-verifier-'));
    file = join(folder, 'concordat-verifier.html');
    const script = fileURLToPath(new URL('../../dist/scripts/build-verifier.js', import.meta.url));
    execFileSync(process.execPath, [script, '--out', file]);
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });

  const open = async () => {
    const { page, context, errors } = await visit(browser, 'about:blank');
    await context.setOffline(true);
    const requests: string[] = [];
    page.on('request', (request) => requests.push(request.url()));
    await page.goto(pathToFileURL(file).href);
    page.setDefaultTimeout(20_000);
    return { page, errors, requests, close: () => context.close() };
  };
  const drop = async (page: Page, name: string, bytes: Uint8Array) => {
    await writeFile(join(folder, name), bytes);
    await dropFile(page, 'Drop a file here', join(folder, name));
  };

  test('verifies a pack from disk, and asks for nothing', async () => {
    const { page, errors, requests, close } = await open();
    await page.getByText('Name the network id first').waitFor();
    await expectAccessible(page);
    await page.getByLabel('Network id to verify against').fill(example.network);
    await drop(page, 'record.pack', pack);
    await page.getByText(verified).waitFor();
    await page.getByRole('heading', { name: 'streams.append' }).waitFor();
    await page.locator('[data-check=quorum] summary').click();
    await expectAccessible(page);
    await expectReflow(page);
    expect(requests.filter((url) => !/^(file|blob):/.test(url))).toEqual([]);
    expect(requests.filter((url) => url.startsWith('file:'))).toEqual([pathToFileURL(file).href]);
    // A breach of its own policy would be told here.
    expect(errors).toEqual([]);
    await close();
  });

  test('verifies a receipt once it knows the genesis, and says so before', async () => {
    const { page, close } = await open();
    await page.getByLabel('Network id to verify against').fill(example.network);
    await drop(page, 'record.receipt', receipt);
    await page.getByText('A receipt does not say who the validators are.').waitFor();
    await drop(page, 'record.pack', pack);
    await page.getByText('Proof pack record.pack').waitFor();
    await drop(page, 'record.receipt', receipt);
    await page.getByText('Receipt record.receipt').waitFor();
    await page.getByText(verified).waitFor();
    await close();
  });

  test('refuses each of six tampered packs at its own check, and the pack of another network', async () => {
    const { page, close } = await open();
    await page.getByLabel('Network id to verify against').fill(example.network);
    for (const { what, check, bytes } of tamperedPacks(pack)) {
      await drop(page, `${what}.pack`, bytes);
      await page.getByText(`${what}.pack`).waitFor();
      await page.getByText('Not proven: “').waitFor();
      const failed = page.locator('[data-check]', { hasText: 'Failed' }).first();
      expect(await failed.getAttribute('data-check'), what).toBe(check);
    }
    await page.getByLabel('Network id to verify against').fill('ab'.repeat(32));
    await drop(page, 'foreign.pack', pack);
    await page.getByText('Not proven: “Genesis link” failed').waitFor();
    await close();
  });

  test('works by keyboard alone', async () => {
    const { page, close } = await open();
    await page.getByLabel('Network id to verify against').focus();
    await page.keyboard.insertText(example.network);
    await page.keyboard.press('Tab');
    await page.keyboard.insertText(Buffer.from(pack).toString('base64url'));
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByText(verified).waitFor();
    await close();
  });

  test('has a policy that lets nothing in but its own script', async () => {
    const html = await readFile(file, 'utf8');
    const policy = /http-equiv="Content-Security-Policy" content="([^"]+)"/.exec(html)?.[1] ?? '';
    expect(policy).toMatch(
      /^default-src 'none'; script-src 'sha256-[^']+'; style-src 'sha256-[^']+'; worker-src blob:; base-uri 'none'; form-action 'none'$/,
    );
    const changed = join(folder, 'changed.html');
    await writeFile(changed, html.replace('<script>', '<script>/**/'));
    const { page, context } = await visit(browser, pathToFileURL(changed).href);
    expect(await page.getByText('Drop a file here').count()).toBe(0);
    await context.close();
  });
});

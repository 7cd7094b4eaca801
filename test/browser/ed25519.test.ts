/** Chromium's own Ed25519 under the one rule: behind the shared check it accepts what every other verifier accepts. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { toHex } from '../../shared/codec/hex.ts';
import { makeWebCryptoVerifier, publicKeyOf, signNoble, verifyNoble } from '../../shared/crypto/ed25519.ts';
import { hasBrowser, launchBrowser } from '../support/browser.ts';
import { adversarialCases } from '../support/ed25519-cases.ts';

describe.skipIf(!hasBrowser)('Ed25519 in Chromium', () => {
  let browser: Browser;
  let folder: string;
  let page: Page;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'concordat-ed25519-'));
    // A page from disk is a secure context, which WebCrypto asks for.
    await writeFile(join(folder, 'empty.html'), '<!doctype html><title>empty</title>');
    browser = await launchBrowser();
    page = await browser.newPage();
    await page.goto(pathToFileURL(join(folder, 'empty.html')).href);
  });
  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** The page's WebCrypto, with nothing before it. */
  const verifyInChromium = (key: Uint8Array, signature: Uint8Array, message: Uint8Array): Promise<boolean> =>
    page.evaluate(
      async ([keyBytes, signatureBytes, messageBytes]) => {
        const { subtle } = globalThis.crypto;
        const imported = await subtle.importKey(
          'raw',
          Uint8Array.from(keyBytes),
          { name: 'Ed25519' },
          false,
          ['verify'],
        );
        return subtle.verify(
          { name: 'Ed25519' },
          imported,
          Uint8Array.from(signatureBytes),
          Uint8Array.from(messageBytes),
        );
      },
      [[...key], [...signature], [...message]] as const,
    );
  const verify = makeWebCryptoVerifier<Uint8Array>({
    importKey: async (_format, key) => key,
    verify: (_algorithm, key, signature, message) => verifyInChromium(key, signature, message),
  });

  test('a signature verifies, and no other message does', async () => {
    const seed = new Uint8Array(32).fill(7);
    const message = Uint8Array.of(1, 2, 3);
    const signature = signNoble(seed, message);
    expect(await verifyInChromium(publicKeyOf(seed), signature, message)).toBe(true);
    expect(await verifyInChromium(publicKeyOf(seed), signature, Uint8Array.of(1))).toBe(false);
  });

  test('of adversarial signatures it accepts those that the plain verifier accepts, and no other', async () => {
    const cases = adversarialCases();
    const differing: string[] = [];
    let accepted = 0;
    for (const { name, key, message, signature } of cases) {
      const byNoble = verifyNoble(key, message, signature);
      const byChromium = await verify(key, message, signature);
      if (byNoble !== byChromium) differing.push(`${name} ${toHex(key)}: ${byNoble} ${byChromium}`);
      if (byChromium) accepted += 1;
    }
    console.log(
      `ed25519 in Chromium: ${cases.length} cases, ${accepted} accepted, ${differing.length} differ`,
    );
    expect(differing).toEqual([]);
    expect(accepted).toBeGreaterThan(0);
  });
});

/** Confidential records in a real browser: written for one, read by them alone, granted on, and erased by the members. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { signedInAs } from '../../scripts/lib/signed-in.ts';
import { fromHex } from '../../shared/codec/hex.ts';
import { expectAccessible, expectReflow, hasBrowser, launchBrowser, visit } from '../support/browser.ts';
import { openBothKeysOf, openEncryptionKeyOf, openKeyOf } from '../support/key-file.ts';
import { type RunningNetwork, startNetwork } from '../support/network.ts';
import { submitAs } from '../support/submit.ts';

const soon = { timeout: 90_000 };
const stream = 'prices';
const secret = 'The price is 7. <img src=x onerror="document.title=\'script ran\'">';

describe.skipIf(!hasBrowser)('confidential records', () => {
  let network: RunningNetwork;
  let browser: Browser;

  beforeAll(async () => {
    [network, browser] = await Promise.all([startNetwork(), launchBrowser()]);
  });
  afterAll(async () => {
    await browser?.close();
    await network?.stop();
  });

  /** Each identity at the gateway of another validator. */
  const gateways = { 'alpha.submitter': 0, 'beta.submitter': 1, 'gamma.auditor': 2 } as const;
  const open = async (identity: keyof typeof gateways, path: string) => {
    const { gateway } = network.validators[gateways[identity]]!;
    const session = signedInAs(network.data, identity);
    const visited = await visit(browser, `${gateway}${path}`, await session.link(gateway));
    // The overview, which the link leads through, asks for what these roles may not see.
    const errors = () => visited.errors.filter((error) => !error.includes('403 (Forbidden)'));
    return { page: visited.page, errors, close: () => visited.context.close() };
  };
  const look = async (page: Page, title: RegExp): Promise<void> => {
    const payload = page.getByRole('group', { name: 'Payload', exact: true }).filter({ hasText: title });
    await payload.waitFor(soon);
    await payload.getByRole('button', { name: 'Look' }).click();
    await payload.getByText('Digest').waitFor();
  };
  const content = (page: Page) => page.getByRole('group', { name: 'Content of the payload' });
  const signReviewed = async (page: Page) => {
    await page.getByRole('button', { name: 'Sign and submit' }).click();
    await page.locator('[data-stage=verified][data-kind=verified]').waitFor(soon);
  };
  const digestOf = async (): Promise<string> => {
    const { base, session } = network;
    const answer = await session.fetch(`${base}/api/v1/streams/${stream}?from=0&to=0`);
    const { events } = (await answer.json()) as {
      readonly events: readonly { payload: { digest: string } }[];
    };
    return events[0]!.payload.digest;
  };

  test('A writes for B, who alone reads it; what A signs shows the digest and no content', async () => {
    const { page, errors, close } = await open('alpha.submitter', `/submit?stream=${stream}`);
    await openKeyOf(page, network, 'alpha.submitter');
    await page.getByText('Signs as').waitFor();
    await page.getByLabel('Type').fill('priced');
    await page.getByLabel('Data (JSON)').fill('{"for": "beta"}');
    await page.getByRole('radio', { name: 'Confidential' }).click();
    await page.getByRole('button', { name: 'Review' }).click();
    await page.getByText('Write something, or choose a file.').waitFor();
    await page.getByText('Choose who may read it.').waitFor();
    await page.getByLabel('Confidential content').fill(secret);
    await page.getByRole('checkbox', { name: /beta\.submitter/ }).check();
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Review' }).click();
    const review = page.getByRole('region', { name: 'What will be signed' });
    await review.getByText('streams.append').waitFor(soon);
    const shown = await review.textContent();
    for (const part of ['"beta.submitter"', 'erasable: true', 'digest']) expect(shown).toContain(part);
    expect(shown).not.toContain('The price');
    await signReviewed(page);
    await page.getByRole('link', { name: 'Open the transaction' }).click();
    await look(page, /Confidential payload of .* for beta\.submitter/);
    await page.getByRole('button', { name: 'Read here' }).click();
    await openEncryptionKeyOf(page, network, 'alpha.submitter');
    await page.getByText('not-a-recipient').waitFor();
    expect(errors()).toEqual([]);
    await close();
    for (const { gateway } of network.validators) {
      const answer = await network.session.fetch(`${gateway}/api/v1/payloads/${await digestOf()}`);
      const { bytes } = (await answer.json()) as { readonly bytes: string };
      expect(Buffer.from(bytes, 'base64url').toString('latin1')).toMatch(
        /^age-encryption\.org\/v1\n(?!.*price)/s,
      );
    }
  });

  test('B reads it with its encryption key, and nothing in it is more than text', async () => {
    const { page, errors, close } = await open('beta.submitter', `/streams/${stream}`);
    await look(page, /for beta\.submitter/);
    await page.getByRole('button', { name: 'Read here' }).click();
    await openEncryptionKeyOf(page, network, 'beta.submitter');
    await content(page).waitFor();
    expect(await content(page).textContent()).toBe(secret);
    expect(await page.title()).not.toBe('script ran');
    await expectAccessible(page);
    const saved = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Save as a file' }).click();
    expect((await saved).suggestedFilename()).toMatch(/^payload-[0-9a-f]{8}\.txt$/);
    await expectReflow(page);
    expect(errors()).toEqual([]);
    await close();
  });

  test('C sees that it exists and cannot read it; B grants it to C, and C reads it', async () => {
    const before = await open('gamma.auditor', `/streams/${stream}`);
    await look(before.page, /for beta\.submitter/);
    await before.page.getByRole('button', { name: 'Read here' }).click();
    await openEncryptionKeyOf(before.page, network, 'gamma.auditor');
    await before.page.getByText('not-a-recipient').waitFor();
    await before.close();

    const { page, errors, close } = await open('beta.submitter', `/streams/${stream}`);
    await look(page, /for beta\.submitter/);
    await page.getByRole('button', { name: 'Grant to others' }).click();
    await openBothKeysOf(page, network, 'beta.submitter');
    await page.getByText('Signs as beta.submitter.').waitFor();
    await page.getByRole('checkbox', { name: /gamma\.auditor/ }).check();
    await page.getByRole('button', { name: 'Review the grant' }).click();
    const review = page.getByRole('region', { name: 'What will be signed' });
    await review.getByText('payload.granted').waitFor(soon);
    expect(await review.textContent()).toContain('grantOf');
    await signReviewed(page);
    await expectAccessible(page);
    expect(errors()).toEqual([]);
    await close();

    const after = await open('gamma.auditor', `/streams/${stream}`);
    await look(after.page, /Granted payload of .* for gamma\.auditor/);
    await after.page.getByRole('button', { name: 'Read here' }).click();
    await openEncryptionKeyOf(after.page, network, 'gamma.auditor');
    await content(after.page).waitFor();
    expect(await content(after.page).textContent()).toBe(secret);
    expect(after.errors()).toEqual([]);
    await after.close();
  });

  test('what was opened, chosen and prepared on one record stays there when the drawer goes on to the next', async () => {
    const { page, errors, close } = await open('beta.submitter', `/events?stream=${stream}`);
    const drawer = page.locator('[data-peek]');
    const review = drawer.getByRole('region', { name: 'What will be signed' });
    // The grant is the newest event, and what was granted comes after it in the list.
    await page.locator('[data-row-link]').nth(1).waitFor(soon);
    await page.keyboard.press('j');
    await page.keyboard.press('Space');
    const name = await drawer.getAttribute('aria-label');
    const goOn = async (key: 'ArrowUp' | 'ArrowDown') => {
      await drawer.focus();
      await page.keyboard.press(key);
    };
    const expectNothingOpen = async () => {
      expect(await drawer.getByRole('button', { expanded: true }).count()).toBe(0);
      for (const left of ['Digest', 'Grant it to', secret, 'Passphrase'])
        expect([left, await drawer.getByText(left, { exact: true }).count()]).toEqual([left, 0]);
      expect(await review.count()).toBe(0);
    };
    await drawer.getByText(/Granted payload of .* for gamma\.auditor/).waitFor();
    await goOn('ArrowDown');
    await drawer.getByText(/Confidential payload of .* for beta\.submitter/).waitFor();
    await drawer.getByRole('button', { name: 'Look' }).click();
    await drawer.getByRole('button', { name: 'Read here' }).click();
    await drawer.getByLabel('Passphrase').fill('half typed');
    await goOn('ArrowUp');
    await drawer.getByText(/Granted payload of .* for gamma\.auditor/).waitFor();
    await expectNothingOpen();

    await goOn('ArrowDown');
    await drawer.getByText(/Confidential payload of .* for beta\.submitter/).waitFor();
    await expectNothingOpen();
    await drawer.getByRole('button', { name: 'Look' }).click();
    await drawer.getByRole('button', { name: 'Read here' }).click();
    expect(await drawer.getByLabel('Passphrase').inputValue()).toBe('');
    await openBothKeysOf(page, network, 'beta.submitter');
    await drawer.getByText(secret, { exact: true }).waitFor(soon);
    await drawer.getByRole('button', { name: 'Grant to others' }).click();
    await drawer.getByRole('checkbox', { name: /alpha\.submitter/ }).check();
    await drawer.getByRole('button', { name: 'Review the grant' }).click();
    await review.getByText('payload.granted').waitFor(soon);
    await expectAccessible(page);
    await goOn('ArrowUp');
    await expect.poll(() => drawer.getAttribute('aria-label'), soon).toBe(name);
    await expectNothingOpen();
    // The key stays open, and still nothing is read or chosen unasked.
    await drawer.getByRole('button', { name: 'Look' }).click();
    await drawer.getByRole('button', { name: 'Grant to others' }).click();
    await drawer.getByRole('checkbox', { name: /alpha\.submitter/ }).waitFor();
    expect(await drawer.getByRole('checkbox', { checked: true }).count()).toBe(0);
    expect(await review.count()).toBe(0);
    expect(errors()).toEqual([]);
    await close();
  });

  test('the members erase it: the pages say who, when and why, and there is nothing to read', async () => {
    const digest = await digestOf();
    const action = {
      kind: 'payloads.erase',
      args: { digests: [fromHex(digest)], reason: 'The customer asked for it' },
    };
    const args = { actions: [action], reason: 'For a test', expiresAt: Date.now() + 3_600_000 };
    await submitAs(network, 'alpha.admin', [{ action: 'governance.propose', args }]);
    for (const member of ['beta', 'gamma'])
      await submitAs(network, `${member}.admin`, [
        { action: 'governance.vote', args: { proposal: 0, approve: true } },
      ]);
    const { page, close } = await open('gamma.auditor', `/streams/${stream}`);
    for (const title of [/Confidential payload of .* for beta\.submitter/, /Granted payload of/]) {
      await page.reload();
      await look(page, title);
      await page.getByText('Erased by the members').waitFor(soon);
      await page.getByText('The customer asked for it').waitFor();
      expect(await page.getByRole('link', { name: 'proposal 0' }).count()).toBe(1);
      expect(await page.getByRole('button', { name: 'Read here' }).count()).toBe(0);
    }
    await expectAccessible(page);
    await expectReflow(page);
    await close();
    for (const { gateway } of network.validators) {
      const answer = await network.session.fetch(`${gateway}/api/v1/payloads/${digest}`);
      expect(answer.status).toBe(410);
      expect(await answer.json()).toMatchObject({
        code: 'payload-erased',
        facts: { by: 'alpha', reason: 'The customer asked for it', proposal: 0 },
      });
    }
  });
});

/**
 * Rotation of validators' keys in a real browser on four real validators, by keyboard alone: by the old key, by ballots
 * of other members, and withdrawn. What was sealed before and after is then verified from the pinned network id.
 */
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readKeyFile } from '../../node/crypto/key-files.ts';
import { signedInAs } from '../../scripts/lib/signed-in.ts';
import type { EpochsJson } from '../../shared/api.ts';
import { fromHex, toBase64Url } from '../../shared/codec/hex.ts';
import { appendRecord } from '../support/appending.ts';
import { expectAccessible, expectReflow, hasBrowser, launchBrowser, visit } from '../support/browser.ts';
import { type RunningNetwork, startNetwork } from '../support/network.ts';
import { spellingsOf } from '../support/secret-watch/secrets.ts';

/** Of files of keys that are made in the browser. */
const ownPassphrase = 'correct horse battery staple';
const patience = 40_000;
const soon = { timeout: patience };

describe.skipIf(!hasBrowser)('keys of validators', () => {
  let network: RunningNetwork;
  let browser: Browser;
  /** Records in the first epoch and in the third. */
  let before = '';
  let after = '';

  beforeAll(async () => {
    [network, browser] = await Promise.all([startNetwork(), launchBrowser()]);
    before = await appendRecord(network, 'rotation', { when: 'before' });
  });
  afterAll(async () => {
    await browser?.close();
    await network?.stop();
  });

  const gatewayOf = (id: string): string => network.validators.find((one) => one.id === id)!.gateway;
  /** At the node of the identity's own member. */
  const open = async (path: string, identity: string) => {
    const base = gatewayOf(identity.split('.')[0]!);
    const link = await signedInAs(network.data, identity).link(base);
    const visited = await visit(browser, `${base}${path}`, link);
    visited.page.setDefaultTimeout(patience);
    return { ...visited, close: () => visited.context.close() };
  };
  const stage = (page: Page, name: string): Locator =>
    page.locator(`[data-stage=${name}][data-reached=true]`);
  /** A certificate holds a quorum of seals, and the new key's need not be among them: then the next block may have it. */
  const untilItsSealIsVerified = async (page: Page): Promise<void> => {
    const verified = page.getByText(/^Verified in this browser: block [\d,]+ carries a seal by the new key/);
    const seen = async (): Promise<boolean> => {
      if ((await verified.count()) === 0)
        await appendRecord(network, 'rotation', { when: 'after the switch' });
      return (await verified.count()) > 0;
    };
    await expect.poll(seen, { ...soon, interval: 1_000 }).toBe(true);
  };
  /** In another browser. @param had approvals before this one */
  const approve = async (
    validator: string,
    { member, had, decides = false }: { member: string; had: number; decides?: boolean },
  ): Promise<void> => {
    const voter = await open(`/keys/rotate/${validator}`, `${member}.admin`);
    await voter.page.locator(`[data-approvals="${had}"]`).waitFor();
    await openKey(voter.page, network, `${member}.admin`);
    await press(voter.page, voter.page.getByRole('button', { name: 'Approve' }));
    await press(voter.page, voter.page.getByRole('button', { name: 'Sign and submit' }));
    await voter.page.locator('[data-stage=verified][data-kind=verified]').waitFor();
    if (decides) {
      await stage(voter.page, 'switched').waitFor();
      await voter.page.getByText(`Only ${validator}’s own node can say that.`).waitFor();
    }
    expect(voter.errors).toEqual([]);
    await voter.close();
  };
  /** Chooses that the browser makes the key, and makes one; the file that the browser downloaded. */
  const makeHere = async (page: Page): Promise<{ readonly name: string; readonly path: string }> => {
    await press(page, page.getByRole('radio', { name: 'The validator’s node' }));
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Space');
    const make = page.getByRole('button', { name: 'Make and download the key' });
    await typeInto(page, page.getByLabel('Passphrase of the new key'), ownPassphrase);
    await typeInto(page, page.getByLabel('The same again'), 'something else');
    await page.getByText('The two differ.').waitFor();
    expect(await make.isDisabled()).toBe(true);
    await page.keyboard.press('Control+A');
    await page.keyboard.type(ownPassphrase);
    const download = page.waitForEvent('download');
    await press(page, make);
    const file = await download;
    await page.getByText('Downloaded, not opened again yet').waitFor();
    return { name: file.suggestedFilename(), path: await file.path() };
  };
  const openAgain = async (page: Page, path: string, passphrase: string): Promise<void> => {
    const chooser = page.waitForEvent('filechooser');
    await press(page, page.getByRole('button', { name: 'Choose the downloaded file' }));
    await (await chooser).setFiles(path);
    await tabTo(page, page.getByLabel('Passphrase of the new key'));
    await page.keyboard.press('Control+A');
    await page.keyboard.type(passphrase);
    await press(page, page.getByRole('button', { name: 'Open the file again' }));
  };
  /** Signed with the admin's own key, which is open, as it is shown. */
  const handItOver = async (page: Page, validator: string, publicKey: string): Promise<void> => {
    await press(page, page.getByRole('button', { name: 'Review the hand-over' }));
    const review = page.getByRole('region', { name: 'What will be signed' });
    await review.getByText('"consensus"').waitFor();
    const shown = (await review.textContent()) ?? '';
    for (const part of [`validator: "${validator}"`, `key: "${publicKey}"`, 'recipient: "age1'])
      expect(shown).toContain(part);
    expect(shown).toContain(publicKey.match(/.{4}/g)?.slice(0, 4).join(''));
    await expectAccessible(page);
    await press(page, page.getByRole('button', { name: 'Sign and hand it over' }));
  };
  const epochOf = async (): Promise<number> => {
    const response = await network.session.fetch(`${network.base}/api/v1/status`);
    return ((await response.json()) as { readonly epoch: number }).epoch;
  };

  test('the old key asks for another one: made, approved, scheduled, switched, erased, and its seal is checked here', async () => {
    const { page, errors, close } = await open('/keys', 'alpha.admin');
    await press(page, page.getByRole('link', { name: 'Rotate alpha' }));
    await page.getByRole('heading', { name: 'Rotate the key of alpha' }).waitFor();
    await page.getByText(/n 4, f 1, Q 3, before and after/).waitFor();
    await press(page, page.getByRole('button', { name: 'Make the new key' }));
    await stage(page, 'scheduled').waitFor();
    await page.getByText('by the old key, in block').waitFor();
    await stage(page, 'switched').waitFor();
    await page.getByText('In an idle network the next transaction brings that block.').waitFor();
    await appendRecord(network, 'rotation', { when: 'between' });
    await stage(page, 'erased').waitFor();
    await untilItsSealIsVerified(page);
    expect(await epochOf()).toBe(1);
    // A young key does not replace itself: ballots are offered, and the other way says why not.
    const own = page.getByRole('radio', { name: 'The old key' });
    expect(await own.isChecked()).toBe(false);
    // Going back is another rotation, for a reason that is written already.
    expect(await page.getByLabel('Reason').inputValue()).toMatch(/^In place of [0-9a-f]{8}…[0-9a-f]{4}$/);
    await own.focus();
    await page.keyboard.press('Enter');
    await page.getByText(/A key registered after genesis replaces itself from block/).waitFor();
    expect(await page.getByRole('button', { name: 'Make the new key' }).isDisabled()).toBe(true);
    await expectAccessible(page);
    await expectReflow(page);
    expect(errors).toEqual([]);
    await close();
  });

  test('a lost key is replaced by ballots, each signed with the key of another member', async () => {
    const owner = await open('/keys/rotate/beta', 'beta.admin');
    const { page } = owner;
    await press(page, page.getByRole('radio', { name: 'The old key' }));
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Space');
    await page.getByText('Open the key of an admin first.').waitFor();
    await openKey(page, network, 'beta.admin');
    await typeInto(page, page.getByLabel('Reason'), 'The disk was stolen');
    await press(page, page.getByRole('button', { name: 'Make the new key' }));
    const review = page.getByRole('region', { name: 'What will be signed' });
    await review.getByText('"validators.replace-consensus-key"').waitFor();
    expect(await review.textContent()).toContain('The disk was stolen');
    await press(page, page.getByRole('button', { name: 'Sign and submit' }));
    await page.locator('[data-approvals="1"]').waitFor();

    await approve('beta', { member: 'gamma', had: 1 });
    await approve('beta', { member: 'delta', had: 2, decides: true });
    await appendRecord(network, 'rotation', { when: 'between' });
    await stage(page, 'erased').waitFor();
    await page.getByText(/by the ballots of/).waitFor();
    await untilItsSealIsVerified(page);
    expect(await epochOf()).toBe(2);
    expect(owner.errors).toEqual([]);
    await owner.close();
  });

  test('a rotation is withdrawn before its block: the old key goes on, the new one is erased', async () => {
    const { page, errors, close } = await open('/keys/rotate/delta', 'delta.admin');
    const height = Number(
      /The chain is at (\d+)/.exec((await page.getByText(/The chain is at/).textContent()) ?? '')?.[1],
    );
    await typeInto(page, page.getByLabel('Not before block'), String(height + 200));
    await press(page, page.getByRole('button', { name: 'Make the new key' }));
    await stage(page, 'scheduled').waitFor();
    const planned = await open('/keys', 'delta.admin');
    await planned.page.getByRole('heading', { name: 'Plan of delta' }).waitFor();
    await planned.page.getByText(/^Activation \d+ of delta is scheduled, in force from block/).waitFor();
    await planned.page.getByText(/signs with the key \w+…\w+ from block [\d,]+, by itself/).waitFor();
    await expectAccessible(planned.page);
    await planned.close();
    const left = async () =>
      Number(await page.locator('[data-blocks-left]').getAttribute('data-blocks-left'));
    // Both parts of the page count from the same answer, however often it changes.
    const counts = () =>
      page.evaluate(() =>
        ['[data-blocks-left]', '[data-figure=blocks-left]'].map(
          (part) => (globalThis as unknown as Queried).document.querySelector(part)?.textContent,
        ),
      );
    const first = await left();
    for (let looks = 0; looks < 40; looks++) {
      const [ofStages, ofActivation] = await counts();
      expect(ofActivation).toBe(ofStages);
      await page.waitForTimeout(50);
    }
    await expect.poll(left, soon).toBeLessThan(first);
    const other = await open('/keys/rotate/gamma', 'gamma.admin');
    await other.page
      .getByText(/Activation \d+ of delta is scheduled: one change of the epoch at a time/)
      .waitFor();
    expect(await other.page.getByRole('button', { name: 'Make the new key' }).isDisabled()).toBe(true);
    await other.close();
    await openKey(page, network, 'delta.admin');
    await typeInto(page, page.getByLabel('Reason to withdraw it'), 'Not today');
    await press(page, page.getByRole('button', { name: 'Withdraw the activation' }));
    await page.getByText('"activation.withdraw"').waitFor();
    await press(page, page.getByRole('button', { name: 'Sign and submit' }));
    await page.getByText('Withdrawn: the old key goes on').waitFor();
    await page.getByText(/Not today, by delta\.admin/).waitFor();
    await expectAccessible(page);
    expect(await epochOf()).toBe(2);
    expect(errors).toEqual([]);
    await close();
  });

  test('the page of keys says who held which key, who approved it, and what it signed', async () => {
    const { page, errors, close } = await open('/keys?at=all', 'alpha.admin');
    await page
      .getByRole('img', { name: /^alpha: \w+…\w+ in blocks 1 to \d+, then \w+…\w+ since block \d+$/ })
      .waitFor();
    const table = page.getByRole('table', { name: 'Keys of validators and observers' });
    await table.getByRole('link', { name: 'the old key' }).first().waitFor();
    await table.getByRole('link', { name: 'proposal 0' }).waitFor();
    await press(page, table.getByRole('link', { name: 'Show what this key of alpha signed' }).first());
    await page.getByRole('table', { name: 'What it signed' }).waitFor();
    await page.getByText(/The consensus key of alpha, from block/).waitFor();
    await expectAccessible(page);
    await expectReflow(page);
    expect(errors).toEqual([]);
    await close();
  });

  describe('what was sealed over three epochs', () => {
    let auditor: Awaited<ReturnType<typeof open>>;
    const asked: (string | null)[] = [];
    beforeAll(async () => {
      after = await appendRecord(network, 'rotation', { when: 'after' });
      auditor = await open('/', 'alpha.admin');
      auditor.page.on('request', (request) => {
        const url = new URL(request.url());
        if (url.pathname === '/api/v1/epochs') asked.push(url.searchParams.get('from'));
      });
    });
    afterAll(() => auditor?.close());
    const go = (path: string) => auditor.page.goto(`${network.base}${path}`);
    const isVerified = () =>
      auditor.page.getByText('Verified in this browser', { exact: true }).first().waitFor();

    test('a block of the first epoch and one of the third', async () => {
      const { page } = auditor;
      for (const height of [1, await heightOf(network, after)]) {
        await go(`/blocks/${height}`);
        await page.getByText(/^Committed \(reported/).waitFor();
        await page.keyboard.press('v');
        await isVerified();
      }
    });

    test('records of the first epoch and of the third', async () => {
      for (const id of [before, after]) {
        await go(`/tx/${id}`);
        await auditor.page.getByText(/^Committed \(reported/).waitFor();
        await auditor.page.keyboard.press('v');
        await isVerified();
      }
    });

    test('a stream, a value of state, and two heights in different epochs', async () => {
      const { page } = auditor;
      const height = await heightOf(network, after);
      for (const path of [
        '/verify/stream?name=rotation',
        `/verify/heights?heights=1-${height}`,
        '/verify/state?key=network%2Fvalidators%2Falpha',
      ]) {
        await go(path);
        await page.getByRole('button', { name: 'Verify', exact: true }).click();
        await isVerified();
      }
    });

    test('the whole chain', async () => {
      await go('/verify/chain');
      await auditor.page.getByRole('button', { name: 'Verify the chain' }).click();
      await auditor.page.getByText(/^Verified in this browser: blocks 0 to/).waitFor();
      expect(auditor.errors).toEqual([]);
    });

    test('hand-overs are proven once, and kept: another page goes on behind them', async () => {
      await expect.poll(() => asked.includes('1') || asked.includes('3'), soon).toBe(true);
      asked.length = 0;
      await go(`/blocks/1`);
      await auditor.page.getByText(/^Committed \(reported/).waitFor();
      await auditor.page.keyboard.press('v');
      await isVerified();
      expect(asked.length).toBeGreaterThan(0);
      expect(new Set(asked)).toEqual(new Set(['3']));
    });

    test('a gateway that lies about a hand-over fails at it, whatever is asked for', async () => {
      const { page, context, close } = await open('/verify/chain', 'gamma.admin');
      await lying(context);
      await page.getByRole('button', { name: 'Verify the chain' }).click();
      await page
        .getByText(/Not proven/)
        .first()
        .waitFor();
      expect(await page.locator('[data-check=history]').textContent()).toContain('validator set');
      for (const path of [`/blocks/1`, `/tx/${after}`]) {
        await page.goto(`${gatewayOf('gamma')}${path}`);
        await page.getByText(/^Committed \(reported/).waitFor();
        await page.keyboard.press('v');
        await page.getByText('Not proven: “Genesis link” failed').waitFor();
        await page
          .getByText(/^The hand-over to epoch 2 does not hold/)
          .first()
          .waitFor();
      }
      await close();
    });
  });

  test('a key made in this browser: downloaded, its file opened again, handed to the node encrypted, and asked for by the old key', async () => {
    const epoch = await epochOf();
    const { page, errors, close } = await open('/keys/rotate/delta', 'delta.admin');
    const sent: string[] = [];
    page.on('request', (request) =>
      sent.push(`${new URL(request.url()).pathname} ${request.postData() ?? ''}`),
    );
    const { name, path } = await makeHere(page);
    expect(name).toMatch(/^delta-consensus-[0-9a-f]{8}\.age$/);
    const { publicKey, seed } = await readKeyFile(path, ownPassphrase);
    await expectAccessible(page);
    await expectReflow(page);
    // Another file, another passphrase: it does not go on.
    await openAgain(page, network.keyFile('identity_delta.admin'), network.passphrase);
    await page
      .getByText(/^This file holds another key, \w+…\w+: choose the one that was downloaded just now/)
      .waitFor();
    await openAgain(page, path, 'not the passphrase');
    await page.getByText('The passphrase does not open this file.').waitFor();
    expect(await page.getByRole('button', { name: 'Review the hand-over' }).count()).toBe(0);
    await openAgain(page, path, ownPassphrase);
    await page.getByText('The file opens, and holds this key').waitFor();
    await expectAccessible(page);
    // The link opened a session, and no key that signs.
    await page.getByText(/^Open the key file of delta\.admin first: you sign for the key/).waitFor();
    expect(await page.getByRole('button', { name: 'Review the hand-over' }).isDisabled()).toBe(true);
    await openKey(page, network, 'alpha.admin');
    await page.getByText(/^The open key is not that of delta\.admin/).waitFor();
    expect(await page.getByRole('button', { name: 'Review the hand-over' }).isDisabled()).toBe(true);
    // Closing a key closes the other one: its file is opened anew.
    await press(page, page.getByRole('button', { name: 'Close the key' }));
    await openKey(page, network, 'delta.admin');
    await openAgain(page, path, ownPassphrase);
    await page.getByText('The file opens, and holds this key').waitFor();
    await expectReflow(page);
    expect(sent.filter((one) => one.includes('/keys/import'))).toEqual([]);
    await handItOver(page, 'delta', publicKey);
    await stage(page, 'switched').waitFor();
    expect(sent.filter((one) => one.includes('/keys/import'))).toHaveLength(1);
    expect(
      spellingsOf(seed).filter((one) => sent.some((request) => Buffer.from(request).includes(one))),
    ).toEqual([]);
    await appendRecord(network, 'rotation', { when: 'between' });
    await stage(page, 'erased').waitFor();
    // As one that the node made: under its own passphrase, with the name of the one before.
    const kept = network.keyFile('delta.consensus');
    expect(await readKeyFile(kept, network.passphrase)).toEqual({ publicKey, seed });
    await untilItsSealIsVerified(page);
    expect(await epochOf()).toBe(epoch + 1);
    expect(errors).toEqual([]);
    await close();
  });

  test('a key made in this browser takes the place of a lost one, by ballots on what its admin signed', async () => {
    const epoch = await epochOf();
    const owner = await open('/keys/rotate/gamma', 'gamma.admin');
    const { page } = owner;
    await press(page, page.getByRole('radio', { name: 'The old key' }));
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Space');
    await openKey(page, network, 'gamma.admin');
    await typeInto(page, page.getByLabel('Reason'), 'Made where we keep our keys');
    const { path } = await makeHere(page);
    const { publicKey } = await readKeyFile(path, ownPassphrase);
    await openAgain(page, path, ownPassphrase);
    // The node takes it, and its answer is lost: it is held, and the second attempt goes on from there.
    await page.route(
      '**/api/v1/keys/import',
      async (route) => {
        expect((await route.fetch()).status()).toBe(200);
        await route.abort();
      },
      { times: 1 },
    );
    await handItOver(page, 'gamma', publicKey);
    await page.getByText('The node does not answer').waitFor();
    await stage(page, 'created').waitFor();
    await handItOver(page, 'gamma', publicKey);
    const review = page.getByRole('region', { name: 'What will be signed' });
    await review.getByText('"validators.replace-consensus-key"').waitFor();
    expect(await review.textContent()).toContain(toBase64Url(fromHex(publicKey)));
    await press(page, page.getByRole('button', { name: 'Sign and submit' }));
    await page.locator('[data-approvals="1"]').waitFor();
    await approve('gamma', { member: 'alpha', had: 1 });
    await approve('gamma', { member: 'beta', had: 2, decides: true });
    await stage(page, 'armed')
      .getByText(/The node said that it has loaded the new key; block [\d,]+ armed it/)
      .waitFor();
    await appendRecord(network, 'rotation', { when: 'between' });
    await stage(page, 'erased').waitFor();
    await untilItsSealIsVerified(page);
    expect(await epochOf()).toBe(epoch + 1);
    // What the browser says of the answer that was lost, and of the refusal of a key that is held.
    expect(owner.errors.filter((one) => !/^Failed to load resource: .*(ERR_FAILED|409)/.test(one))).toEqual(
      [],
    );
    expect(owner.errors).toHaveLength(2);
    await owner.close();
  });
});

/** Of the page, as far as it is looked at there. */
interface Queried {
  readonly document: {
    querySelector(selector: string): { readonly textContent: string | null } | null;
  };
}

/** Names alpha's first key among the next validators of the second hand-over. */
async function lying(context: BrowserContext): Promise<void> {
  await context.route('**/api/v1/epochs?*', async (route) => {
    const response = await route.fetch();
    const page = (await response.json()) as EpochsJson;
    const rows = page.rows.map((row) =>
      row.epoch !== 2 || row.link === null
        ? row
        : { ...row, link: { ...row.link, nextValidators: row.link.nextValidators.toSpliced(0, 1) } },
    );
    await route.fulfill({ response, json: { ...page, rows } });
  });
}

async function heightOf(network: RunningNetwork, id: string): Promise<number> {
  const response = await network.session.fetch(`${network.base}/api/v1/transactions/${id}`);
  return ((await response.json()) as { readonly height: number }).height;
}

/** With Tab, as somebody does who has no mouse. */
async function tabTo(page: Page, target: Locator): Promise<void> {
  await target.waitFor();
  await expect.poll(() => target.isEnabled(), soon).toBe(true);
  for (let steps = 0; steps < 200; steps++) {
    if (await target.evaluate((element) => element === element.ownerDocument.activeElement)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error('Tab does not lead there.');
}

async function press(page: Page, target: Locator): Promise<void> {
  await tabTo(page, target);
  await page.keyboard.press('Enter');
}

async function typeInto(page: Page, field: Locator, text: string): Promise<void> {
  await tabTo(page, field);
  await page.keyboard.type(text);
}

async function openKey(page: Page, network: RunningNetwork, identity: string): Promise<void> {
  const chooser = page.waitForEvent('filechooser');
  await press(page, page.getByRole('button', { name: 'Choose the key file' }));
  await (await chooser).setFiles(network.keyFile(`identity_${identity}`));
  await typeInto(page, page.getByLabel('Passphrase', { exact: true }), network.passphrase);
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Choose the key file' }).waitFor({ state: 'detached' });
}

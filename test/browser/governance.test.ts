/** Governance in a real browser: members decide together with their own keys, on four real validators. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { signedInAs } from '../../scripts/lib/signed-in.ts';
import type { CborValue } from '../../shared/types/ledger.ts';
import { expectAccessible, expectReflow, hasBrowser, launchBrowser, visit } from '../support/browser.ts';
import { openKeyOf } from '../support/key-file.ts';
import { type RunningNetwork, startNetwork } from '../support/network.ts';
import { appendTo, submitAs } from '../support/submit.ts';

const soon = { timeout: 90_000 };
const dayMs = 24 * 3_600_000;

describe.skipIf(!hasBrowser)('governance', () => {
  let network: RunningNetwork;
  let browser: Browser;

  beforeAll(async () => {
    // Begun with the first rules, which members raise here.
    const founded = startNetwork((yaml) => `protocol: 1\n${yaml}`);
    [network, browser] = await Promise.all([founded, launchBrowser()]);
  });
  afterAll(async () => {
    await browser?.close();
    await network?.stop();
  });

  const open = async (path: string, identity = 'alpha.admin') => {
    const session = signedInAs(network.data, identity);
    const visited = await visit(browser, `${network.base}${path}`, await session.link(network.base));
    return { ...visited, close: () => visited.context.close() };
  };
  const answerOf = async (path: string) => {
    const response = await network.session.fetch(`${network.base}/api/v1${path}`);
    return (await response.json()) as { readonly [name: string]: unknown };
  };
  const propose = async (kind: string, args: { readonly [name: string]: CborValue }, reason: string) => {
    await submitAs(network, 'alpha.admin', [
      {
        action: 'governance.propose',
        args: { actions: [{ kind, args }], reason, expiresAt: Date.now() + dayMs },
      },
    ]);
    const { rows } = await answerOf('/proposals?limit=1');
    return (rows as readonly { readonly number: number }[])[0]!.number;
  };
  const addGrant = async (page: Page, identity: string, role: string) => {
    await page.getByLabel('Action', { exact: true }).selectOption('identities.grant');
    await page.getByLabel('Identity').selectOption(identity);
    await page.getByLabel('Role').selectOption(role);
    await page.getByRole('button', { name: 'Add the action' }).click();
  };
  const signReviewed = async (page: Page) => {
    await page.getByRole('button', { name: 'Sign and submit' }).click();
    await page.locator('[data-stage=verified][data-kind=verified]').waitFor(soon);
  };

  test('an admin proposes a role after a dry run; two other members vote with their own keys; the role is there', async () => {
    const { page, errors, close } = await open('/members');
    await page.getByRole('link', { name: 'Propose a change' }).click();
    await page.getByRole('heading', { name: 'New proposal' }).waitFor();
    await openKeyOf(page, network, 'alpha.admin');
    await addGrant(page, 'gamma.auditor', 'operator');
    expect(await page.getByRole('button', { name: 'Review' }).isDisabled()).toBe(true);
    await page.getByRole('button', { name: 'Dry run' }).click();
    await page.getByText('As things are, it would be carried out').waitFor();
    expect(await page.locator('[data-row=roles]').textContent()).toMatch(/auditor.*auditor, operator/);
    await page.getByText('Needs the approvals of 3 of 4 members.').waitFor();
    await page.getByLabel('Reason').fill('Gamma watches the network, too');
    await page.getByRole('button', { name: 'Review' }).click();
    const review = page.getByRole('region', { name: 'What will be signed' });
    await review.getByText('governance.propose').waitFor();
    const shown = await review.textContent();
    for (const part of ['"identities.grant"', '"gamma.auditor"', '"operator"', network.id])
      expect(shown).toContain(part);
    expect((await answerOf('/proposals')).rows).toEqual([]);
    await signReviewed(page);
    await page.getByRole('link', { name: 'Open proposal 0' }).click();
    await page.getByText('1 of 3').first().waitFor();
    expect(await page.locator('[data-row=alpha]').textContent()).toMatch(/Approves.*alpha\.admin/);
    expect(await page.locator('[data-row=delta]').textContent()).toContain('None yet');
    await page.getByText('Gamma watches the network, too').waitFor();
    await page.getByText('Show as hex').click();
    await expectAccessible(page);
    expect(errors).toEqual([]);
    await close();

    for (const [member, before] of [
      ['beta', '1 of 3'],
      ['gamma', '2 of 3'],
    ] as const) {
      const voter = await open('/proposals', `${member}.admin`);
      await voter.page.getByRole('link', { name: '0', exact: true }).click();
      await voter.page.getByText(before).first().waitFor();
      expect(await voter.page.getByRole('button', { name: 'Approve' }).isDisabled()).toBe(true);
      await voter.page.getByText('Open the key of an admin first.').waitFor();
      await openKeyOf(voter.page, network, `${member}.admin`);
      await voter.page.getByText(`Signs as ${member}.admin`).waitFor();
      await voter.page.getByRole('button', { name: 'Approve' }).click();
      const ballot = voter.page.getByRole('region', { name: 'What will be signed' });
      await ballot.getByText('governance.vote').waitFor();
      expect(await ballot.textContent()).toContain('approve: true');
      await signReviewed(voter.page);
      await expect
        .poll(() => voter.page.locator(`[data-row=${member}]`).textContent(), soon)
        .toMatch(new RegExp(`Approves.*${member}\\.admin`));
      expect(voter.errors).toEqual([]);
      await voter.close();
    }

    const after = await open('/proposals/0');
    await after.page.getByText('Executed').waitFor();
    await after.page.goto(`${network.base}/members?of=gamma`);
    await expect
      .poll(() => after.page.getByRole('row', { name: /gamma\.auditor/ }).textContent(), soon)
      .toContain('auditor, operator');
    await after.close();
  });

  test('a dry run that is refused says why, and nothing can be signed', async () => {
    const { page, close } = await open('/proposals/new');
    await openKeyOf(page, network, 'alpha.admin');
    await addGrant(page, 'beta.admin', 'admin');
    await page.getByRole('button', { name: 'Dry run' }).click();
    const refusal = page.getByRole('alert').filter({ hasText: 'role-unchanged' });
    await refusal.waitFor();
    expect(await refusal.textContent()).toMatch(/all of it is refused.*Action 1, identities\.grant/);
    await page.getByLabel('Reason').fill('No reason');
    expect(await page.getByRole('button', { name: 'Review' }).isDisabled()).toBe(true);
    await page.getByText('A dry run of these actions must succeed first.').waitFor();
    await expectAccessible(page);
    await expectReflow(page);
    await close();
  });

  test('raw JSON takes any action; what is no action is said at the field', async () => {
    const { page, close } = await open('/proposals/new');
    await page.getByRole('radio', { name: 'Raw' }).click();
    await page.getByLabel('Actions (JSON)').fill('{"kind":"members.rule"}');
    await page.getByRole('button', { name: 'Add the actions' }).click();
    await page.getByText(/^JSON with kind and args/).waitFor();
    await page
      .getByLabel('Actions (JSON)')
      .fill('{"actions":[{"kind":"members.suspend","args":{"member":"delta"}}]}');
    await page.getByRole('button', { name: 'Add the actions' }).click();
    await page.getByRole('button', { name: 'Dry run' }).click();
    await expect
      .poll(() => page.locator('[data-row=status]').textContent(), soon)
      .toMatch(/active.*suspended/);
    // Who acts for the member, by name and key, and not as the JSON that the node answers.
    const admins = page.locator('[data-row=admins]');
    expect(await admins.getByRole('link', { name: 'delta.admin' }).first().getAttribute('href')).toBe(
      '/identities/delta.admin',
    );
    expect(await admins.textContent()).toMatch(/^adminsdelta\.admin [0-9a-f]{8}…[0-9a-f]{4}/);
    await expectAccessible(page);
    await expectReflow(page);
    await close();
  });

  test('a proposal is withdrawn by its own member alone', async () => {
    const number = await propose('members.suspend', { member: 'delta' }, 'A mistake');
    const other = await open(`/proposals/${number}`, 'beta.admin');
    await openKeyOf(other.page, network, 'beta.admin');
    await other.page.getByText('Only admins of alpha may withdraw it.').waitFor();
    expect(await other.page.getByRole('button', { name: 'Withdraw' }).isDisabled()).toBe(true);
    await other.close();

    const { page, errors, close } = await open(`/proposals/${number}`);
    await openKeyOf(page, network, 'alpha.admin');
    const withdraw = page.getByRole('button', { name: 'Withdraw' });
    await expect.poll(() => withdraw.isEnabled(), soon).toBe(true);
    await withdraw.focus();
    await page.keyboard.press('Enter');
    await page.getByText('governance.withdraw').waitFor();
    await signReviewed(page);
    await page.getByText('Withdrawn').waitFor();
    expect(await page.getByRole('button', { name: 'Approve' }).count()).toBe(0);
    expect(errors).toEqual([]);
    await page.goto(`${network.base}/proposals`);
    await page.getByText('Nothing waits for ballots').waitFor();
    await page.getByRole('radio', { name: 'All' }).click();
    await page.getByText('members.suspend').waitFor();
    expect(page.url()).toContain('show=all');
    await page.keyboard.press('/');
    await page.getByRole('searchbox').fill(`proposal ${number}`);
    await page.getByRole('option', { name: /members\.suspend/ }).click();
    await page.getByRole('heading', { name: `Proposal ${number}` }).waitFor();
    await close();
  });

  test('a change of the epoch counts down in blocks, warns on what else waits, and is withdrawn with a reason', async () => {
    const waiting = await propose('members.suspend', { member: 'delta' }, 'Made before the change');
    const height = Number((await answerOf('/status')).height);
    const set = { window: 20 };
    const number = await propose('parameters.set', { set, notBefore: height + 600 }, 'A larger window');
    for (const member of ['beta', 'gamma'])
      await submitAs(network, `${member}.admin`, [
        { action: 'governance.vote', args: { proposal: number, approve: true } },
      ]);
    const { page, errors, close } = await open(`/proposals/${number}`);
    await page.locator('[data-activation=scheduled]').waitFor();
    const left = async () =>
      Number((await page.locator('[data-activation] p span').textContent())?.replaceAll(',', ''));
    const before = await left();
    expect(before).toBeGreaterThan(100);
    await expect.poll(left, soon).toBeLessThan(before);
    await expectAccessible(page);
    await page.goto(`${network.base}/proposals/${waiting}`);
    await page.getByText('What it was made on has changed:').waitFor();
    await page.getByText(/activation 0 is on its way/).waitFor();
    await page.getByRole('link', { name: 'Proposals', exact: true }).first().click();
    await page.getByRole('link', { name: 'Open the key of an admin' }).click();
    await openKeyOf(page, network, 'alpha.admin');
    await page.getByRole('button', { name: 'Close the key' }).waitFor();
    await page.getByRole('link', { name: 'Proposals', exact: true }).first().click();
    await page.getByLabel('Reason to withdraw it').fill('Too early');
    await page.getByRole('button', { name: 'Withdraw the activation' }).click();
    const review = page.getByRole('region', { name: 'What will be signed' });
    await review.getByText('"activation.withdraw"').waitFor();
    await page.getByRole('button', { name: 'Sign and submit' }).click();
    await expect
      .poll(async () => (await answerOf('/activations')).rows, soon)
      .toMatchObject([{ status: 'withdrawn', end: { reason: 'Too early', by: 'alpha.admin' } }]);
    await page.goto(`${network.base}/proposals/${number}`);
    await page.locator('[data-activation=withdrawn]').waitFor();
    await page.getByText(/Too early, by alpha\.admin/).waitFor();
    expect(errors).toEqual([]);
    await close();
  });

  test('keys with holder, heights and state; who held which key at a height; unknown numbers are told so', async () => {
    const { page, errors, close } = await open('/keys?of=gamma.auditor');
    await page.getByRole('table', { name: 'Keys of validators and observers' }).waitFor();
    const rows = page.getByRole('table', { name: 'Keys of validators and observers' }).getByRole('row');
    // Consensus and node key of each of the four, and the head.
    await expect.poll(() => rows.count(), soon).toBe(9);
    await expect
      .poll(() => page.getByRole('table', { name: 'Keys of gamma.auditor' }).textContent(), soon)
      .toMatch(/gamma\.auditor.*signing.*In use/);
    await page.getByLabel('Held at height').fill('x');
    await page.getByText('A height is a whole number from 0.').waitFor();
    await page.getByLabel('Held at height').fill('1');
    await expect.poll(() => rows.count(), soon).toBe(9);
    expect(page.url()).toContain('at=1');
    await expectAccessible(page);
    await expectReflow(page);
    expect(errors).toEqual([]);
    await page.goto(`${network.base}/proposals/999`);
    await page.getByText('No proposal has the number 999.').waitFor();
    await close();
  });

  test('an event is written by the fields that the members ask for, or as JSON', async () => {
    const schema = {
      properties: {
        type: { enum: ['created', 'shipped'] },
        data: {
          type: 'object',
          required: ['quantity'],
          properties: { quantity: { type: 'integer', minimum: 1 }, note: { type: 'string' } },
          additionalProperties: false,
        },
      },
    };
    const number = await propose('schemas.set', { stream: 'orders/42', schema }, 'Orders are counted');
    for (const member of ['beta', 'gamma'])
      await submitAs(network, `${member}.admin`, [
        { action: 'governance.vote', args: { proposal: number, approve: true } },
      ]);
    const { page, errors, close } = await open('/submit?stream=orders%2F42', 'alpha.submitter');
    await openKeyOf(page, network, 'alpha.submitter');
    await page.getByLabel('Type').selectOption('shipped');
    await page.getByRole('button', { name: 'Review' }).click();
    await page.getByText('The members ask for it.').waitFor();
    await page.getByLabel('quantity').fill('three');
    await page.getByText('A whole number up to 2^53−1.').waitFor();
    await expectAccessible(page);
    await page.getByLabel('quantity').fill('3');
    await page.getByRole('radio', { name: 'JSON' }).click();
    expect(JSON.parse(await page.getByLabel('Data (JSON)').inputValue())).toEqual({ quantity: 3 });
    await page.getByRole('button', { name: 'Review' }).click();
    const review = page.getByRole('region', { name: 'What will be signed' });
    await review.getByText('quantity: 3').waitFor();
    await signReviewed(page);
    expect(errors).toEqual([]);
    await close();
  });

  test('an asset is defined, issued, burned; a memo is offered beside an amount, and signed, once the protocol takes one', async () => {
    const { page, errors, close } = await open('/submit?asset=coal', 'alpha.submitter');
    await openKeyOf(page, network, 'alpha.submitter');
    const verb = page.getByLabel('What happens');
    const toSign = page.getByRole('region', { name: 'What will be signed' });
    await verb.selectOption('define');
    await page.getByLabel('Decimals').fill('many');
    await page.getByRole('button', { name: 'Review' }).click();
    await page.getByText('A whole number from 0 to 30.').waitFor();
    await expectAccessible(page);
    await page.getByLabel('Decimals').fill('0');
    await page.getByLabel('Name').fill('Coal, by the ton');
    await page.getByRole('button', { name: 'Review' }).click();
    await toSign.getByText('name: "Coal, by the ton"').waitFor();
    await signReviewed(page);
    await page.getByRole('radio', { name: 'Raw' }).click();
    await page.getByLabel('Action', { exact: true }).fill('assets.issue');
    await page.getByLabel('Arguments (JSON)').fill('[1]');
    await page.getByRole('button', { name: 'Review' }).click();
    await page.getByText('A JSON object.').waitFor();
    await page
      .getByLabel('Arguments (JSON)')
      .fill(JSON.stringify({ asset: 'coal', to: 'alpha.submitter', amount: 10 }));
    await page.getByRole('button', { name: 'Review' }).click();
    await toSign.getByText('assets.issue').waitFor();
    await signReviewed(page);
    await page.getByRole('radio', { name: 'Assets' }).click();
    await verb.selectOption('burn');
    expect(await page.getByLabel('To', { exact: true }).count()).toBe(0);
    await page.getByLabel('Amount').fill('1');
    await page.getByRole('button', { name: 'Review' }).click();
    await toSign.getByText('assets.burn').waitFor();
    await signReviewed(page);
    await verb.selectOption('transfer');
    expect(await page.getByLabel('Memo').count()).toBe(0);
    await page.getByLabel('To', { exact: true }).fill('beta.submitter');
    await page.getByLabel('Amount').fill('3');
    const number = await propose('protocol.raise', { version: 2 }, 'Invoices');
    for (const member of ['beta', 'gamma'])
      await submitAs(network, `${member}.admin`, [
        { action: 'governance.vote', args: { proposal: number, approve: true } },
      ]);
    const inForce = async () => {
      // In an idle network the next transaction brings the block.
      await submitAs(network, 'alpha.admin', [
        appendTo('heartbeat', { eventId: crypto.randomUUID(), type: 'beat', data: {} }),
      ]);
      return ((await answerOf('/status')).protocol as { readonly inForce: number }).inForce;
    };
    await expect.poll(inForce, { timeout: 90_000, interval: 1_000 }).toBe(2);
    await page.getByLabel('Memo').fill('Invoice 2026-117');
    await page.getByRole('button', { name: 'Review' }).click();
    const review = page.getByRole('region', { name: 'What will be signed' });
    await review.getByText('memo: "Invoice 2026-117"').waitFor();
    await signReviewed(page);
    await page.getByRole('link', { name: 'Open the transaction' }).click();
    await page.getByText('Invoice 2026-117').first().waitFor();
    expect(errors).toEqual([]);
    await close();
  });

  test('on a narrow screen, More opens all other places, by keyboard, with what is closed and why', async () => {
    const { page, errors, close } = await open('/', 'delta.admin');
    await page.setViewportSize({ width: 390, height: 844 });
    const more = page.getByRole('button', { name: 'More' });
    await more.focus();
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog', { name: 'More places' });
    await dialog.getByRole('link', { name: /^Members/ }).waitFor();
    expect(await dialog.getByRole('link').allTextContents()).toHaveLength(13);
    await expectAccessible(page);
    await page.keyboard.press('Escape');
    await expect.poll(() => dialog.count()).toBe(0);
    expect(await page.evaluate<string>('document.activeElement.textContent')).toBe('More');
    await page.keyboard.press('Enter');
    await dialog.getByRole('link', { name: /^Keys/ }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Keys', exact: true }).waitFor();
    expect(await dialog.count()).toBe(0);
    expect(errors).toEqual([]);
    await close();

    const submitter = await open('/', 'alpha.submitter');
    await submitter.page.setViewportSize({ width: 390, height: 844 });
    await submitter.page.getByRole('button', { name: 'More' }).click();
    await submitter.page
      .getByRole('link', { name: /^Network: closed\. Needs the role admin or operator/ })
      .waitFor();
    await submitter.close();
  });
});

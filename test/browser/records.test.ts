/** Events, streams, assets, identities, counts and exports in a real browser against four real validators. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { CarReader } from '@ipld/car';
import type { Browser, Download, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ExportManifestJson, statusSchema } from '../../shared/api.ts';
import { decodeStreamEvent } from '../../shared/codec/ledger.ts';
import { type RoutePath, routePaths } from '../../shared/console-paths.ts';
import { expectAccessible, expectReflow, hasBrowser, launchBrowser, visit } from '../support/browser.ts';
import { type RunningNetwork, startNetwork } from '../support/network.ts';
import { appendTo, submitAs } from '../support/submit.ts';

const soon = { timeout: 90_000 };
const orders = 60;

describe.skipIf(!hasBrowser)('the pages of records', () => {
  let network: RunningNetwork;
  let browser: Browser;
  let harvest = '';
  /** The block after which assets were issued, before they moved. */
  let issuedAt = 0;

  beforeAll(async () => {
    [network, browser] = await Promise.all([startNetwork(), launchBrowser()]);
    await submitAs(network, 'alpha.admin', [
      { action: 'assets.define', args: { asset: 'coal', name: 'Coal, tonnes', decimals: 3 } },
    ]);
    await submitAs(network, 'alpha.admin', [
      { action: 'assets.issue', args: { asset: 'coal', to: 'alpha.submitter', amount: 5_000_000 } },
    ]);
    issuedAt = await height();
    await submitAs(network, 'alpha.submitter', [
      { action: 'assets.transfer', args: { asset: 'coal', to: 'beta.submitter', amount: 750_250 } },
      { action: 'assets.transfer', args: { asset: 'gold', to: 'beta.submitter', amount: 1 } },
    ]);
    [harvest = ''] = await submitAs(network, 'alpha.submitter', [
      appendTo('farm/anna', { eventId: 'h', type: 'harvested', data: { crop: 'wheat' } }),
    ]);
    await submitAs(network, 'beta.submitter', [
      appendTo('mill/1', {
        eventId: 'm',
        type: 'milled',
        data: {},
        references: ['farm/anna@0', 'nowhere/9'],
      }),
    ]);
    const references = ['mill/1@0', 'https://example.org/recipe', harvest];
    await submitAs(network, 'beta.submitter', [
      appendTo('bakery/42', { eventId: 'b', type: 'baked', data: { loaves: 4_200 }, references }),
    ]);
    await submitAs(network, 'alpha.admin', [
      {
        action: 'governance.propose',
        args: {
          actions: [{ kind: 'members.suspend', args: { member: 'delta' } }],
          reason: 'To be looked at',
          expiresAt: Date.now() + 3_600_000,
        },
      },
    ]);
    const labels = { port: 'Antwerp' };
    await submitAs(
      network,
      'beta.submitter',
      Array.from({ length: orders }, (_, number) =>
        appendTo(`orders/${number % 3}`, {
          eventId: `o${number}`,
          type: 'created',
          data: { number },
          labels,
        }),
      ),
    );
  });
  afterAll(async () => {
    await browser?.close();
    await network?.stop();
  });

  const ask = (path: string) => network.session.fetch(`${network.base}/api/v1${path}`);
  const height = async (): Promise<number> => statusSchema.parse(await (await ask('/status')).json()).height;
  const open = async (path: string) => {
    const visited = await visit(browser, `${network.base}${path}`, await network.session.link(network.base));
    return { ...visited, close: () => visited.context.close() };
  };
  const append = (eventId: string, stream = 'orders/0') =>
    submitAs(network, 'alpha.submitter', [appendTo(stream, { eventId, type: 'shipped', data: { eventId } })]);
  const positions = (page: Page) =>
    page
      .locator('[data-position]')
      .evaluateAll((links) => links.map((link) => Number(link.getAttribute('data-position'))));
  const expectNoGap = async (page: Page) => {
    const shown = await positions(page);
    expect(shown).toEqual(shown.map((_, index) => (shown[0] ?? 0) - index));
  };

  describe('events', () => {
    test('come by themselves; a pause holds them back, and afterwards none is missing', async () => {
      const { page, errors, close } = await open('/events');
      await page.locator('[data-position]').first().waitFor();
      await append('live-1');
      await page.getByText('{"eventId":"live-1"}').waitFor();
      await page.getByRole('button', { name: 'Pause tail' }).click();
      await append('live-2');
      await append('live-3');
      await page.waitForTimeout(1_500);
      expect(await page.getByText('live-3').count()).toBe(0);
      await page.getByRole('button', { name: 'Resume tail' }).click();
      await page.getByText('{"eventId":"live-3"}').waitFor();
      await page.getByText('{"eventId":"live-2"}').waitFor();
      await expectNoGap(page);
      expect(errors).toEqual([]);
      await close();
    });

    test('wait above the reader’s eyes, counted', async () => {
      const { page, close } = await open('/events');
      await page.locator('[data-position]').first().waitFor();
      const scrolled = async () => {
        // A turn of the wheel before the rows have their height moves nothing.
        await page.mouse.wheel(0, 900);
        return page.evaluate('scrollY');
      };
      await expect.poll(scrolled, soon).toBeGreaterThan(160);
      await append('above-1');
      await append('above-2');
      await page.getByRole('button', { name: '2 new events' }).click();
      await page.getByText('{"eventId":"above-2"}').waitFor();
      await close();
    });

    test('filters stand in the address, and hold for what comes', async () => {
      const { page, close } = await open('/events?streamPrefix=orders%2F&label=port%3DAntwerp');
      await page.locator('[data-position]').first().waitFor();
      expect(await page.getByLabel('Stream begins with').inputValue()).toBe('orders/');
      await append('without-label', 'orders/1');
      await page.waitForTimeout(1_000);
      expect(await page.getByText('without-label').count()).toBe(0);
      await page
        .getByText(/client\.subscribe\(.*"streamPrefix":"orders\/","labels":\{"port":"Antwerp"\}/)
        .waitFor();
      await page.getByLabel('Stream', { exact: true }).fill('orders/1');
      await page.getByText("concordat stream read 'orders/1' --follow --json").waitFor();
      await page.getByLabel('Stream', { exact: true }).fill('');
      await page.getByLabel('Type').fill('absent');
      await page.getByText('No event matches').waitFor();
      expect(page.url()).toContain('type=absent');
      await page.getByLabel('Label').fill('port');
      await page.getByText('A filter is not complete').waitFor();
      await close();
    });

    test('an open one stands in the address and over the list; the keyboard closes it', async () => {
      const { page, close } = await open('/events');
      await page.locator('[data-position]').first().waitFor();
      await page.keyboard.press('j');
      await page.keyboard.press('Enter');
      const dialog = page.getByRole('dialog');
      await dialog.getByText(/where it comes from/).waitFor();
      expect(page.url()).toContain('open=');
      await expectAccessible(page);
      await page.reload();
      await dialog.getByText(/where it comes from/).waitFor();
      await page.keyboard.press('Escape');
      await expect.poll(() => page.url(), soon).not.toContain('open=');
      await page.goto(`${network.base}/events?open=999999`);
      await page.getByText('No such event').waitFor();
      await close();
    });
  });

  describe('a peek at a record', () => {
    test.each<[string, string, RegExp, RegExp]>([
      ['blocks', '/blocks', /History root/, /\/blocks\/\d+$/],
      ['transactions', '/transactions', /Sender's key/, /\/tx\/[0-9a-f]{64}$/],
      ['events', '/events', /where it comes from/, /[?&]open=\d+$/],
    ])(
      'in %s: Space opens, arrows go on, Esc gives the row its focus back, Enter leads to it',
      async (_, path, shown, own) => {
        const { page, errors, close } = await open(path);
        const drawer = page.locator('[data-peek]');
        const current = page.locator('tr[aria-current=true]');
        const keyOf = (row: Locator) => row.getAttribute('data-key');
        const focused = () =>
          page.evaluate<string | undefined>("document.activeElement.closest('tr')?.dataset.key");
        await page.locator('[data-row-link]').nth(2).waitFor();
        await page.keyboard.press('j');
        await page.keyboard.press('Space');
        await drawer.getByText(shown).waitFor();
        expect(await page.evaluate("document.activeElement.matches('[data-peek]')")).toBe(true);
        const first = await keyOf(current);
        const firstName = await drawer.getAttribute('aria-label');
        const second = await keyOf(page.locator('tr[aria-current=true] + tr'));
        await page.keyboard.press('ArrowDown');
        await expect.poll(() => keyOf(current), soon).toBe(second);
        const name = String(await drawer.getAttribute('aria-label'));
        expect(name).not.toBe(firstName);
        await page.getByRole('status').filter({ hasText: name }).waitFor();
        await drawer.getByText(shown).waitFor();
        await page.keyboard.press('k');
        await expect.poll(() => keyOf(current), soon).toBe(first);
        await page.keyboard.press('j');
        await expectAccessible(page);
        expect(new URL(page.url()).pathname + new URL(page.url()).search).toBe(path);

        await page.keyboard.press('Escape');
        await expect.poll(() => drawer.count(), soon).toBe(0);
        await expect.poll(focused, soon).toBe(second);
        await page.keyboard.press('Space');
        await drawer.getByText(shown).waitFor();
        await expectReflow(page);
        await page.keyboard.press('Enter');
        await expect.poll(() => page.url(), soon).toMatch(own);
        await expect.poll(() => drawer.count(), soon).toBe(0);
        expect(errors).toEqual([]);
        await close();
      },
    );

    test('of a row that the reader has scrolled away from: Esc comes back to it', async () => {
      const { page, close } = await open('/events');
      await page.locator('[data-row-link]').nth(2).waitFor();
      await page.keyboard.press('j');
      await page.keyboard.press('Space');
      const row = page.locator('tr[aria-current=true]');
      const key = String(await row.getAttribute('data-key'));
      await page.evaluate('scrollTo(0, document.documentElement.scrollHeight)');
      await expect.poll(() => row.count(), soon).toBe(0);
      await page.keyboard.press('Escape');
      await expect
        .poll(() => page.evaluate("document.activeElement.closest('tr')?.dataset.key"), soon)
        .toBe(key);
      await close();
    });
  });

  test('an element that goes on to another row takes the focus off first', async () => {
    const { page, close } = await open('/events');
    await page.locator('[data-row-link]').nth(2).waitFor();
    await page.keyboard.press('j');
    const key = await page.evaluate("document.activeElement.closest('tr').dataset.key");
    await page.evaluate('scrollTo(0, document.documentElement.scrollHeight)');
    await expect.poll(() => page.locator(`tr[data-key="${key}"]`).count(), soon).toBe(0);
    expect(await page.evaluate('document.activeElement === document.body')).toBe(true);
    await close();
  });

  describe('a stream', () => {
    test('as it was after a block: the slider, its number and the address say the same', async () => {
      const last = await height();
      await append('newest', 'farm/anna');
      const { page, errors, close } = await open(`/streams/farm%2Fanna?asOf=${last}`);
      await page.getByText(`Stream of 1 event, newest first, as it was after block ${last}.`).waitFor();
      expect(await page.locator('[data-revision]').count()).toBe(1);
      expect(await page.getByRole('button', { name: 'Pause tail' }).count()).toBe(0);
      await page.getByRole('button', { name: 'Back to now' }).click();
      await page.locator('[data-revision="1"]').waitFor();
      await page.getByLabel('As of block', { exact: true }).fill(String(last));
      await expect.poll(() => page.url(), soon).toContain(`asOf=${last}`);
      await expect.poll(() => page.locator('[data-revision]').count(), soon).toBe(1);
      expect(errors).toEqual([]);
      await close();
    });

    test('before its first event it did not exist', async () => {
      const { page, close } = await open('/streams/bakery%2F42?asOf=1');
      await page.getByText('not-found').waitFor();
      await close();
    });

    test('a pause of its tail loses nothing', async () => {
      const { page, close } = await open('/streams/orders%2F2');
      await page.locator('[data-revision]').first().waitFor();
      await page.getByRole('button', { name: 'Pause tail' }).click();
      await append('held-back', 'orders/2');
      await page.waitForTimeout(1_000);
      expect(await page.getByText('held-back').count()).toBe(0);
      await page.getByRole('button', { name: 'Resume tail' }).click();
      await page.getByText('held-back').first().waitFor();
      await close();
    });

    test('where an event comes from: its references are followed, and what is not on the ledger is marked', async () => {
      const { page, errors, close } = await open('/streams/bakery%2F42');
      await page.getByRole('link', { name: 'provenance' }).click();
      await page.getByRole('heading', { name: 'Where revision 0 comes from' }).waitFor();
      await page.locator('[data-node="farm/anna@0"]').waitFor();
      const depths = await page
        .locator('[data-node]')
        .evaluateAll((nodes) =>
          nodes.map((node) => [node.getAttribute('data-node'), node.getAttribute('data-depth')]),
        );
      expect(depths).toEqual([
        ['bakery/42@0', '0'],
        ['mill/1@0', '1'],
        ['https://example.org/recipe', '1'],
        [harvest, '1'],
        ['farm/anna@0', '2'],
        ['nowhere/9', '2'],
      ]);
      expect(await page.locator('[data-node="nowhere/9"]').textContent()).toContain('not on this ledger');
      expect(await page.locator('[data-node="nowhere/9"] a').count()).toBe(0);
      // The stream that is looked for and is not there is answered 404.
      expect(errors.filter((text) => !text.includes('404'))).toEqual([]);
      await expectAccessible(page);
      await page.locator('[data-node="mill/1@0"] a').click();
      await page.getByRole('heading', { name: 'mill/1' }).waitFor();
      await close();
    });
  });

  test('an asset: who holds how much, now and as of a block', async () => {
    const { page, errors, close } = await open('/');
    await page.getByRole('heading', { name: 'Last blocks' }).waitFor();
    await page.keyboard.press('/');
    await page.getByRole('searchbox').fill('coal');
    await page.getByRole('option', { name: /Asset coal/ }).click();
    await page.getByRole('heading', { name: 'Asset coal' }).waitFor();
    await page.getByText('4,249.750').waitFor();
    await page.getByText('750.250').waitFor();
    await page.getByText('5,000.000').first().waitFor();
    await page.getByLabel('As of block', { exact: true }).fill(String(issuedAt));
    await expect.poll(() => page.locator('[data-amount]').allTextContents(), soon).toEqual(['5,000.000']);
    expect(page.url()).toContain(`asOf=${issuedAt}`);
    await page.getByText(`1 holder as of block ${issuedAt}.`).waitFor();
    expect(errors).toEqual([]);
    await page.getByLabel('As of block', { exact: true }).fill('0');
    await page.getByText('As of this block no asset was called coal.').waitFor();
    await page.goto(`${network.base}/assets/tin`);
    await page.getByText('No such asset').waitFor();
    await close();
  });

  test('assets by id, with the supply as it is now; how an id begins stands in the address', async () => {
    const { page, errors, close } = await open('/streams');
    await page.getByRole('link', { name: 'Assets', exact: true }).first().click();
    await page.locator('[data-supply="5000000"]').getByText('5,000.000').waitFor();
    await page.getByText('Coal, tonnes').waitFor();
    const supply = page.getByRole('row', { name: /tin-/ }).locator('[data-supply]');
    expect(await supply.count()).toBe(0);
    await submitAs(network, 'alpha.admin', [
      { action: 'assets.define', args: { asset: 'tin-2026', decimals: 0 } },
    ]);
    await expect.poll(() => supply.textContent(), soon).toBe('0');
    await submitAs(network, 'alpha.admin', [
      { action: 'assets.issue', args: { asset: 'tin-2026', to: 'alpha.submitter', amount: 1_200 } },
    ]);
    await expect.poll(() => supply.textContent(), soon).toBe('1,200');
    await page.getByLabel('Id begins with').fill('tin');
    await expect.poll(() => page.locator('[data-supply]').count(), soon).toBe(1);
    expect(page.url()).toContain('prefix=tin');
    await page.keyboard.press('Tab');
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Asset tin-2026' }).waitFor();
    expect(errors).toEqual([]);
    await page.goto(`${network.base}/assets?prefix=zinc`);
    await page.getByText('No asset has an id that begins with “zinc”.').waitFor();
    await close();
  });

  test('an identity: member, roles, its key with age, what that signed, what it sent and was given', async () => {
    const { page, errors, close } = await open('/identities/beta.submitter');
    await page.getByText('Active').waitFor();
    const { keys } = (await (await ask('/identities/beta.submitter')).json()) as {
      readonly keys: readonly { readonly key: string }[];
    };
    const key = String(keys[0]?.key);
    const facts = page.getByRole('region', { name: 'Facts' });
    await facts.getByText(/ ago, since block/).waitFor();
    expect((await facts.textContent())?.replaceAll(/\s/g, '')).toContain(key);
    const table = page.getByRole('table', { name: 'Keys of beta.submitter' });
    expect(await table.textContent()).toMatch(/In use/);
    await table.getByRole('link', { name: 'Show what this key of beta.submitter signed' }).click();
    await page.getByRole('table', { name: 'What it signed' }).getByText('streams.append').first().waitFor();
    expect(page.url()).toContain(`key=${key}`);
    await page.getByRole('button', { name: 'Close' }).click();
    await page.getByText('streams.append').first().waitFor();
    await page.getByRole('radio', { name: 'Received' }).click();
    await page.getByText('assets.transfer').first().waitFor();
    expect(page.url()).toContain('side=received');
    expect(await page.getByText('streams.append').count()).toBe(0);
    expect(errors).toEqual([]);
    await close();
  });

  test('counts by action lead to what was counted; counts by time are drawn', async () => {
    const { page, errors, close } = await open('/analytics?by=action&range=hour');
    const row = page.getByRole('row', { name: /assets\.transfer/ });
    await row.waitFor();
    expect(await row.textContent()).toMatch(/assets\.transfer21\d/);
    await page.getByRole('radio', { name: 'Time' }).click();
    await page.locator('canvas').waitFor();
    await page.getByRole('img', { name: /\d+ transactions, per minute, 1 of them failed/ }).waitFor();
    await page.getByRole('radio', { name: 'Sender' }).click();
    await page.getByRole('link', { name: 'beta.submitter' }).click();
    await page.getByRole('heading', { name: 'Transactions' }).waitFor();
    expect(page.url()).toContain('sender=beta.submitter');
    expect(errors).toEqual([]);
    await close();
  });

  test('metrics are drawn from the history of the node, and are a table on a switch', async () => {
    const { page, errors, close } = await open('/metrics');
    await expect.poll(() => page.locator('canvas').count(), soon).toBe(4);
    await page.getByText('None in this span: one primary led all the time.').waitFor();
    await page.getByRole('img', { name: /^From arrival here until certified and durable/ }).waitFor();
    await page.getByRole('radio', { name: 'Table' }).click();
    await page.getByRole('columnheader', { name: 'p95, ms' }).waitFor();
    await page.reload();
    await page.getByRole('columnheader', { name: 'p95, ms' }).waitFor();
    expect(await page.getByRole('row').count()).toBeGreaterThan(2);
    await page.getByRole('radio', { name: 'Last day' }).click();
    expect(page.url()).toContain('span=day');
    expect(errors).toEqual([]);
    await close();
  });

  describe('an export', () => {
    const bytesOf = async (file: Download) => readFileSync(await file.path());
    async function take(page: Page, name: RegExp | string): Promise<Download> {
      const download = page.waitForEvent('download');
      await page.getByRole('button', { name }).click();
      return download;
    }

    test('of a filter: the file is what its manifest says, checked here and by hand', async () => {
      const { page, errors, close } = await open('/events?streamPrefix=orders%2F&type=created');
      await page.getByRole('main').getByRole('link', { name: 'Export' }).click();
      await page.getByRole('radio', { name: 'CSV' }).waitFor();
      await page.getByRole('button', { name: 'Count and prepare' }).click();
      await page.getByText(`${orders} rows`).waitFor();
      const file = await take(page, /^Download \d/);
      await page.getByText('The file’s SHA-256 was checked in this browser').waitFor();
      const manifest = JSON.parse(
        (await bytesOf(await take(page, 'Download manifest'))).toString(),
      ) as ExportManifestJson;
      const bytes = await bytesOf(file);
      expect(file.suggestedFilename()).toBe(manifest.file);
      expect(createHash('sha256').update(bytes).digest('hex')).toBe(manifest.sha256);
      expect(manifest).toMatchObject({ count: orders, query: { streamPrefix: 'orders/', type: 'created' } });
      expect(bytes.toString().trimEnd().split('\r\n')).toHaveLength(orders + 1);
      expect(errors).toEqual([]);
      await close();
    });

    test('as CAR opens in a reader of others, with the root of the manifest', async () => {
      const { page, close } = await open('/export?of=events&format=car&stream=bakery%2F42');
      await page.getByRole('button', { name: 'Count and prepare' }).click();
      const car = await bytesOf(await take(page, /^Download \d/));
      const reader = await CarReader.fromBytes(car);
      const [root] = await reader.getRoots();
      await page.getByText(String(root)).waitFor();
      const events: string[] = [];
      for await (const { bytes } of reader.blocks()) {
        try {
          events.push(decodeStreamEvent(bytes).type);
        } catch {
          // A page or the root.
        }
      }
      expect(events).toEqual(['baked']);
      await close();
    });

    test('as JSON; one that was changed on its way is not kept', async () => {
      const { page, context, close } = await open('/export?of=events&format=json&stream=bakery%2F42');
      await context.route(/\/api\/v1\/export\?/, async (route) => {
        const response = await route.fetch();
        await route.fulfill({ response, body: (await response.text()).replace('4200', '4201') });
      });
      await page.getByRole('button', { name: 'Count and prepare' }).click();
      await page.getByRole('button', { name: /^Download \d/ }).click();
      await page.getByText(/its manifest says .* It was not kept/).waitFor();
      expect(await page.getByText('was checked in this browser').count()).toBe(0);
      await context.unroute(/\/api\/v1\/export\?/);
      const file = await take(page, /^Download \d/);
      await page.getByText('The file’s SHA-256 was checked in this browser').waitFor();
      expect(JSON.parse((await bytesOf(file)).toString())).toEqual([
        expect.objectContaining({ stream: 'bakery/42', type: 'baked' }),
      ]);
      await close();
    });
  });

  test('text that users supply is text: none of it scripts, styles or leads away', async () => {
    const reason = hostile.join(' ');
    await submitAs(
      network,
      'alpha.submitter',
      hostile.map((text, at) =>
        appendTo(`hostile/${text}`, {
          eventId: `h${at}`,
          type: text,
          data: { [text]: [text, { deep: text }] },
          labels: { [`l${at}`]: text },
          references: [text, 'javascript:globalThis.scripted=1'],
        }),
      ),
    );
    await submitAs(network, 'alpha.admin', [
      { action: 'assets.define', args: { asset: 'hostile', name: reason.slice(0, 190), decimals: 0 } },
      {
        action: 'governance.propose',
        args: {
          actions: [{ kind: 'members.suspend', args: { member: 'delta' } }],
          reason,
          expiresAt: Date.now() + 3_600_000,
        },
      },
    ]);
    const { page, errors, close } = await open('/');
    const stream = encodeURIComponent(`hostile/${hostile[0]}`);
    const [sent] = (
      (await (await ask('/transactions?limit=1&action=streams.append')).json()) as {
        readonly rows: readonly { readonly id: string }[];
      }
    ).rows;
    for (const address of [
      ...['/events', '/events?open=0', '/streams?prefix=hostile', '/assets', '/assets/hostile'],
      ...[`/streams/${stream}`, `/streams/${stream}?view=provenance`, `/tx/${sent?.id}`, '/proposals/1'],
      `/events?type=${encodeURIComponent(hostile[1] ?? '')}`,
      `/search-${encodeURIComponent(hostile[0] ?? '')}`,
    ]) {
      await page.goto(`${network.base}${address}`);
      await page.locator('main h1').waitFor();
      await expect.poll(() => page.getByText(/^Loading /).count(), soon).toBe(0);
      expect([address, await page.evaluate('globalThis.scripted ?? 0')]).toEqual([address, 0]);
      const main = page.locator('main');
      expect(await main.locator('script, iframe, img, object, style, form[action]').count()).toBe(0);
      expect(await main.locator('a[href^="javascript:"], a[href^="data:"], a[href^="//"]').count()).toBe(0);
    }
    await page.keyboard.press('/');
    await page.getByRole('searchbox').fill('hostile/<');
    await page
      .getByRole('option', { name: /hostile/ })
      .first()
      .waitFor();
    expect(await page.evaluate('globalThis.scripted ?? 0')).toBe(0);
    // No policy was violated either: nothing tried.
    expect(errors.filter((text) => !text.includes('404'))).toEqual([]);
    await close();
  });

  describe('every route', () => {
    let opened: Awaited<ReturnType<typeof open>>;
    beforeAll(async () => {
      opened = await open('/');
    });
    afterAll(() => opened?.close());

    test.each(routePaths)(
      '%s: nothing for axe in either theme, no error, no overflow at 720 and 320 px',
      async (path) => {
        const { page, errors } = opened;
        for (const [address, heading] of looksAt(harvest)[path]) {
          await page.setViewportSize({ width: 1440, height: 900 });
          await page.goto(`${network.base}${address}`);
          await page.getByRole('heading', { name: heading }).first().waitFor();
          await expect.poll(() => page.getByText(/^Loading /).count(), soon).toBe(0);
          await expectAccessible(page);
          await expectReflow(page);
          // A reference to what is not on the ledger, and a page that does not exist, are answered 404.
          expect(errors.splice(0).filter((text) => !text.includes('404'))).toEqual([]);
        }
      },
    );
  });
});

/** What a member, or whoever holds its key, may write into a ledger to have it run in the browsers of others. */
const hostile = [
  '<script>globalThis.scripted=1</script>',
  '<img src=x onerror="globalThis.scripted=1">',
  '"><svg onload=globalThis.scripted=1>',
  "'-globalThis.scripted=1-'",
  '</script><iframe srcdoc="<script>parent.scripted=1</script>">',
  '{{constructor.constructor("globalThis.scripted=1")()}}',
  '<a href="javascript:globalThis.scripted=1">click</a>',
  '<style>main{display:none}</style>',
  '\u202egnp.exe\u2066 \u2028',
];

/** Where each route is looked at, and a heading that is there then. A route that is missing here does not compile. */
const looksAt = (
  transaction: string,
): { readonly [path in RoutePath]: readonly (readonly [address: string, heading: string])[] } => ({
  '/verify': [['/verify', 'Verify']],
  '/settings': [['/settings', 'Pinned network']],
  '/sign-in': [['/sign-in', 'Sign in']],
  '/': [['/', 'Last blocks']],
  '/blocks': [['/blocks', 'Blocks']],
  '/blocks/:heightOrHash': [['/blocks/1', 'Header']],
  '/transactions': [['/transactions', 'Transactions']],
  '/tx/:id': [[`/tx/${transaction}`, 'Facts']],
  '/streams': [['/streams', 'Streams']],
  '/streams/:name': [
    ['/streams/farm%2Fanna', 'farm/anna'],
    ['/streams/mill%2F1?view=provenance', 'Where revision 0 comes from'],
  ],
  '/assets': [['/assets', 'Assets']],
  '/assets/:id': [['/assets/coal', 'Asset coal']],
  '/identities/:id': [['/identities/alpha.submitter', 'History']],
  '/events': [['/events', 'Events']],
  '/analytics': [['/analytics', 'Transactions per ten minutes']],
  '/export': [['/export', 'Manifest']],
  '/network': [['/network', 'Who sees whom']],
  '/validators/:id': [['/validators/alpha', 'Facts']],
  '/metrics': [
    ['/metrics', 'Time to commit'],
    ['/metrics?view=table', 'Metrics'],
  ],
  '/consensus': [['/consensus', 'Consensus']],
  '/evidence': [['/evidence', 'Evidence']],
  '/verify/chain': [['/verify/chain', 'Verify the whole chain']],
  '/verify/stream': [['/verify/stream', 'Verify a stream']],
  '/verify/state': [['/verify/state', 'Verify a state entry']],
  '/verify/heights': [['/verify/heights', 'Verify that nothing was removed']],
  '/verify/nodes': [['/verify/nodes', 'Compare two nodes']],
  '/proposals': [['/proposals?show=all', 'Proposals']],
  '/proposals/new': [['/proposals/new', 'New proposal']],
  '/proposals/:number': [['/proposals/0', 'Proposal 0']],
  '/members': [['/members', 'What it takes to decide']],
  '/keys': [['/keys?of=alpha.submitter&at=all', 'Keys of an identity']],
  '/keys/rotate/:id': [['/keys/rotate/alpha', 'Rotate the key of alpha']],
  '/submit': [['/submit', 'Command']],
  '*': [['/no-such-page', 'No such page']],
});

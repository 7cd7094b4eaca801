import type { Page } from 'playwright-core';
import type { RunningNetwork } from './network.ts';

/** Opens the key of an identity of the example where the page has a card for keys. */
export async function openKeyOf(page: Page, network: RunningNetwork, identity: string): Promise<void> {
  const chooser = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: 'Choose the key file' }).click();
  await (await chooser).setFiles(network.keyFile(`identity_${identity}`));
  await page.getByLabel('Passphrase').fill(network.passphrase);
  await page.getByRole('button', { name: 'Open the key' }).click();
}

import type { Page } from 'playwright-core';
import type { RunningNetwork } from './network.ts';

type Keys = Pick<RunningNetwork, 'keyFile' | 'passphrase'>;

/** Opens the key of an identity of the example where the page has a card for keys. */
export const openKeyOf = (page: Page, network: Keys, identity: string): Promise<void> =>
  openFiles(page, network, [`identity_${identity}`]);

/** With the key that decrypts. */
export const openBothKeysOf = (page: Page, network: Keys, identity: string): Promise<void> =>
  openFiles(page, network, [`identity_${identity}`, `encryption_${identity}`]);

/** The key that decrypts alone. */
export const openEncryptionKeyOf = (page: Page, network: Keys, identity: string): Promise<void> =>
  openFiles(page, network, [`encryption_${identity}`]);

async function openFiles(page: Page, network: Keys, names: readonly string[]): Promise<void> {
  const chooser = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: 'Choose the key file' }).click();
  await (await chooser).setFiles(names.map(network.keyFile));
  await page.getByLabel('Passphrase').fill(network.passphrase);
  await page.getByRole('button', { name: 'Open the key' }).click();
}

/** The watch fails where a secret gets out of a page, and leaves alone what the reader's browser holds by right. */
import { describe, expect, test } from 'vitest';
import { hasBrowser } from '../support/browser.ts';
import { runLeaking } from '../support/secret-watch/run-leaking.ts';

describe.skipIf(!hasBrowser)('the secret watch over a browser', () => {
  test('fails though every test passes, and names each place and what it holds', async () => {
    const { failed, said, leaks } = await runLeaking('leaking-browser.ts');
    expect(failed, said).toBe(true);
    expect(said).toMatch(/Tests +8 passed \(8\)/);
    expect(leaks, said).toEqual([
      'received/answers-SOCKET_BYTES_RECEIVED-N-of-net-log-N signing key',
      'received/answers-SOCKET_BYTES_SENT-N-of-net-log-N signing key',
      'received/bodies-state-N-of-net-log-N signing key',
      'received/bodies-status-N-of-net-log-N token',
      'received/spoken-N passphrase',
      'received/spoken-N signing key',
      'removed/N passphrase',
      't/browser-storage-N.json passphrase',
      't/browser-storage-N.json signing key',
      't/browser-storage-N.json token',
    ]);
  });
});

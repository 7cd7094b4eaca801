/** Tests that pass and let a secret out, each in another way: it is the watch that has to fail (secret-watch.test.ts). */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { createEncryptionKeyFile } from '../../../../node/crypto/encryption-key-files.ts';
import { createKeyFile, type PrivateKey } from '../../../../node/crypto/key-files.ts';

const built = (path: string): string => new URL(`../../../../dist/${path}`, import.meta.url).href;
const directory = mkdtempSync(join(tmpdir(), 'concordat-leaking-'));
afterAll(() => rmSync(directory, { recursive: true }));
const passphrase = 'a passphrase of these tests';
const keyIn = (file: string): Promise<PrivateKey> =>
  createKeyFile(join(directory, file), passphrase, { workFactor: 1 });

/** Resolves with its exit code. Nobody reads what it says. */
const run = (...args: readonly string[]): Promise<number | null> =>
  new Promise((resolve) => spawn(process.execPath, args).once('close', resolve));

it('prints a signing key', async () => {
  const { seed } = await keyIn('printed.age');
  expect(await run('-e', 'console.log(process.argv[1])', Buffer.from(seed).toString('hex'))).toBe(0);
});

it('a process makes a key, complains with it, and erases its file', async () => {
  const code = `
    import { rmSync } from 'node:fs';
    import { createKeyFile } from '${built('node/crypto/key-files.js')}';
    const [file, passphrase] = process.argv.slice(1);
    const { seed } = await createKeyFile(file, passphrase, { workFactor: 1 });
    rmSync(file);
    process.stderr.write('complaint: ' + Buffer.from(seed).toString('base64'));`;
  expect(await run('--input-type=module', '-e', code, join(directory, 'erased.age'), passphrase)).toBe(0);
});

it('logs an encryption key, and removes the log', async () => {
  const { secret } = await createEncryptionKeyFile(join(directory, 'reader.age'), passphrase, {
    workFactor: 1,
  });
  const removed = mkdtempSync(join(tmpdir(), 'concordat-removed-'));
  writeFileSync(join(removed, 'log'), `opened ${secret.toLowerCase()}`);
  rmSync(removed, { recursive: true });
});

it('answers with a signing key', async () => {
  const { seed } = await keyIn('answered.age');
  const server = createServer((_, response) => response.end(seed)).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  expect((await answer.arrayBuffer()).byteLength).toBe(32);
  server.close();
});

it('logs a passphrase and keeps it in a file that is called so', async () => {
  await keyIn('another.age');
  for (const name of ['passphrase', 'log']) writeFileSync(join(directory, name), `${passphrase}\n`);
});

it('a gateway logs the token of a session', async () => {
  const code = `
    import { writeFileSync } from 'node:fs';
    import { Sessions } from '${built('node/gateway/sessions/sessions.js')}';
    const sessions = new Sessions({ idleMs: 1, lifeMs: 1, perIdentityMax: 1 });
    writeFileSync(process.argv[1], sessions.open('alpha.admin', '00', 0).token);`;
  expect(await run('--input-type=module', '-e', code, join(directory, 'token.log'))).toBe(0);
});

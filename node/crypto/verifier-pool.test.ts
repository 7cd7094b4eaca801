import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { toHex } from '../../shared/codec/hex.ts';
import type { PublicKey } from '../../shared/types/brands.ts';
import type { VerificationItem, VerifierPort } from '../runtime/ports.ts';
import { createPrivateSeed } from './key-files.ts';
import { keyPairOf, signWithSodium } from './sodium.ts';
import { createVerifierPool, type VerifierPool, type VerifierPoolOptions } from './verifier-pool.ts';

const repository = fileURLToPath(new URL('../../', import.meta.url));
let build: string;
let workerScript: URL;
const pools: VerifierPool[] = [];

// Node runs workers from JavaScript only: they are compiled beside the sources, where packages resolve.
beforeAll(() => {
  mkdirSync(join(repository, 'dist'), { recursive: true });
  build = mkdtempSync(join(repository, 'dist', 'worker-test-'));
  const config = {
    extends: '../../tsconfig.base.json',
    compilerOptions: { types: ['node'], rootDir: repository, outDir: build },
    files: ['../../node/crypto/verifier-worker.ts', '../../node/crypto/sodium-native.d.ts'],
  };
  writeFileSync(join(build, 'tsconfig.json'), JSON.stringify(config));
  execFileSync('npx', ['tsc', '-p', join(build, 'tsconfig.json')], { cwd: repository });
  workerScript = pathToFileURL(join(build, 'node/crypto/verifier-worker.js'));
}, 60_000);
afterAll(() => rmSync(build, { recursive: true }));
afterEach(() => Promise.all(pools.splice(0).map((pool) => pool.close())));

function pool(options: Partial<VerifierPoolOptions>): VerifierPool {
  const fatal = (error: Error) => {
    throw error;
  };
  const created = createVerifierPool({ workers: 1, workerScript, onFatal: fatal, ...options });
  pools.push(created);
  return created;
}

const { publicKey, secretKey } = keyPairOf(createPrivateSeed());
const key = toHex(publicKey) as PublicKey;

function item(index: number): VerificationItem {
  const message = new Uint8Array(Buffer.from(`message ${index} ${'x'.repeat(index % 300)}`));
  return { key, message, signature: signWithSodium(secretKey, message) };
}
/** Every third is right; the others have a changed message, a long or short signature, a strange key. */
function mixedItem(index: number): VerificationItem {
  const good = item(index);
  const signature = new Uint8Array(65);
  signature.set(good.signature);
  const spoilt: readonly VerificationItem[] = [
    { ...good, message: new Uint8Array([1, ...good.message]) },
    { ...good, signature },
    { ...good, signature: good.signature.subarray(0, 63) },
    { ...good, key: 'ab' as PublicKey },
    { ...good, key: '0'.repeat(64) as PublicKey },
  ];
  return index % 3 === 0 ? good : spoilt[index % spoilt.length]!;
}

const verify = (port: VerifierPort, items: readonly VerificationItem[]): Promise<readonly boolean[]> =>
  new Promise((resolve) => port.verify(items, resolve));

describe('the verifier pool', () => {
  it.each([0, 1, 3])('answers in order with %i workers, whatever the form of the items', async (workers) => {
    const items = Array.from({ length: 1_000 }, (_, index) => mixedItem(index));
    const valid = await verify(pool({ workers }), items);
    expect(valid).toEqual(items.map((_, index) => index % 3 === 0));
  });

  it('answers a worker-bound call that has nothing to verify, and an empty one', async () => {
    const port = pool({ inlineItemsMax: 0 });
    expect(await verify(port, [{ ...item(1), key: '' as PublicKey }])).toEqual([false]);
    expect(await verify(port, [])).toEqual([]);
  });

  it('verifies a few items ahead of bulk that was handed in before', async () => {
    const port = pool({});
    const order: string[] = [];
    const bulk = Array.from({ length: 600 }, (_, index) => item(index));
    const bulkDone = new Promise<void>((resolve) =>
      port.verify(bulk, () => {
        order.push('bulk');
        resolve();
      }),
    );
    port.verify([item(1)], ([valid]) => order.push(`vote ${valid}`));
    expect(order).toEqual([]);
    await bulkDone;
    expect(order).toEqual(['vote true', 'bulk']);
  });

  it('hands items beyond the budget of a turn to the workers', async () => {
    const port = pool({ inlineItemsMax: 2 });
    const answers = await Promise.all([1, 2, 3, 4].map((index) => verify(port, [item(index)])));
    expect(answers).toEqual([[true], [true], [true], [true]]);
  });

  it('does not touch the buffers of its caller', async () => {
    const items = Array.from({ length: 40 }, (_, index) => item(index));
    await verify(pool({}), items);
    expect(items.every(({ message }) => message.length > 0)).toBe(true);
  });

  it('reports a worker that dies', async () => {
    const error = await new Promise<Error>((resolve) => {
      pool({ workerScript: pathToFileURL(join(build, 'absent.js')), onFatal: resolve });
    });
    expect(error.message).toMatch(/absent\.js/);
  });
});

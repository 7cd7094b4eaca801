import { createHash, hash } from 'node:crypto';
import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js';
import { afterEach, expect, test } from 'vitest';
import { fromHex, toHex } from '../codec/hex.ts';
import type { NetworkId } from '../types/brands.ts';
import { digestBytes, digestOf, signingBytes } from './digest.ts';
import { installSha256, sha256 } from './sha256.ts';

afterEach(() => installSha256(nobleSha256));
const text = (value: string): Uint8Array => new TextEncoder().encode(value);

test('a digest covers its domain, a zero byte and the content', () => {
  const expected = createHash('sha256').update('concordat/header/v1\0abc').digest('hex');
  expect(digestOf('header', text('abc'))).toBe(expected);
  expect(toHex(digestBytes('header', text('abc')))).toBe(expected);
  expect(digestOf('batch', text('abc'))).not.toBe(expected);
});

test('signed bytes hold domain, network and content; before genesis there is no network', () => {
  const network = 'ab'.repeat(32) as NetworkId;
  const prefix = toHex(text('concordat/vote/prepare/v1\0'));
  expect(toHex(signingBytes('vote/prepare', network, Uint8Array.of(1)))).toBe(`${prefix}${network}01`);
  expect(toHex(signingBytes('vote/prepare', '', Uint8Array.of(1)))).toBe(`${prefix}01`);
});

test("a host's SHA-256 takes the place of the built-in one", () => {
  const empty = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
  expect(toHex(sha256(fromHex('')))).toBe(empty);
  let calls = 0;
  installSha256((bytes) => {
    calls += 1;
    return hash('sha256', bytes, 'buffer');
  });
  expect(toHex(sha256(fromHex('')))).toBe(empty);
  expect(calls).toBe(1);
});

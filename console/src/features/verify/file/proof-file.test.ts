import { describe, expect, test } from 'vitest';
import { toBase64Url, toHex } from '../../../../../shared/codec/hex.ts';
import { encodeReceipt } from '../../../../../shared/codec/ledger.ts';
import type { BlockHash, Digest, Epoch, Height } from '../../../../../shared/types/brands.ts';
import { readProofFile } from './proof-file.ts';

const utf8 = (text: string) => new TextEncoder().encode(text);
const proof = { index: 0, size: 2, path: ['ab'.repeat(32) as Digest] };
const certificate = {
  epoch: 0 as Epoch,
  height: 3 as Height,
  block: 'cd'.repeat(32) as BlockHash,
  seals: [],
};
const parts = { header: utf8('header'), envelope: utf8('envelope'), outcome: utf8('outcome') };
const receipt = encodeReceipt({ ...parts, certificate, transactionProof: proof, outcomeProof: proof });
const json = JSON.stringify({
  header: toBase64Url(parts.header),
  envelope: toBase64Url(parts.envelope),
  outcome: toBase64Url(parts.outcome),
  certificate,
  transactionProof: proof,
  outcomeProof: proof,
});

describe('a receipt is recognised', () => {
  test.each([
    ['as CBOR', receipt],
    ['as base64url', utf8(toBase64Url(receipt))],
    [
      'as base64 in lines, with padding',
      utf8(`${btoa(String.fromCharCode(...receipt)).replace(/(.{60})/g, '$1\n')}\n`),
    ],
    ['as hex', utf8(toHex(receipt).toUpperCase())],
    ["as the API's JSON", utf8(json)],
  ])('%s', (_, bytes) => expect(readProofFile(bytes)).toEqual({ kind: 'receipt', bytes: receipt }));
});

test('CBOR of something else is left to the checks of a pack', () => {
  expect(readProofFile(receipt.slice(0, 40)).kind).toBe('pack');
});

test.each([
  ['nothing', ''],
  ['prose', 'Dear auditor, see below.'],
  ['other JSON', '{"a":1}'],
  ['cut-off base64url', 'abcde'],
])('%s is refused with a reason', (_, text) => {
  expect(readProofFile(utf8(text))).toMatchObject({ kind: 'unreadable', why: expect.stringMatching(/\.$/) });
});

test('the genesis of the API is recognised, and only what is checked is taken', () => {
  const validators = [{ id: 'alpha', member: 'm', consensusKey: 'ab'.repeat(32) }];
  const file = utf8(
    JSON.stringify({ network: 'cd'.repeat(32), headerBytes: 'AAAA', validators, document: {} }),
  );
  expect(readProofFile(file)).toEqual({ kind: 'genesis', genesis: { headerBytes: 'AAAA', validators } });
});

test('of a report only the bytes and who signed them count', () => {
  const signed = { key: 'ab'.repeat(32), signature: toBase64Url(Uint8Array.of(1, 2)) };
  const text = JSON.stringify({
    kind: 'concordat-chain-report',
    report: { height: 9 },
    bytes: 'AAAA',
    ...signed,
  });
  expect(readProofFile(utf8(text))).toEqual({
    kind: 'chain-report',
    bytes: new Uint8Array(3),
    key: signed.key,
    signature: Uint8Array.of(1, 2),
  });
});

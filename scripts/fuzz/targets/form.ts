/** The codec itself, and bytes as text. */

import { createPrng } from '../../../node/sim/prng.ts';
import { decode, encode } from '../../../shared/codec/dag-cbor.ts';
import { fromBase64Url, fromHex, toBase64Url, toHex } from '../../../shared/codec/hex.ts';
import type { CborValue } from '../../../shared/types/ledger.ts';
import { someValue } from '../mutate-tree.ts';
import { bytesOf, type Target, textOf } from '../target.ts';
import { codecTarget } from './codec-target.ts';

const someValues = (): readonly CborValue[] => {
  const random = createPrng(1);
  return Array.from({ length: 200 }, () => someValue(random));
};

export const formTargets: readonly Target[] = [
  codecTarget({ name: 'dag-cbor', corpus: () => someValues().map(encode), decode, encode }),
  codecTarget({
    name: 'hex',
    form: 'text',
    corpus: () => ['', '00', 'ff'.repeat(40), 'abcdef'].map(bytesOf),
    decode: (bytes) => fromHex(textOf(bytes)),
    encode: (value) => bytesOf(toHex(value)),
  }),
  codecTarget({
    name: 'base64url',
    form: 'text',
    corpus: () => ['', 'AA', '_-8', 'QUJD'.repeat(20)].map(bytesOf),
    decode: (bytes) => fromBase64Url(textOf(bytes)),
    encode: (value) => bytesOf(toBase64Url(value)),
  }),
];

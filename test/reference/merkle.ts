/** RFC 9162, section 2.1, word for word and as slow as it reads: what the fast code is tested against. */
import { createHash } from 'node:crypto';

const hash = (...parts: readonly Uint8Array[]): Uint8Array => {
  const sha256 = createHash('sha256');
  for (const part of parts) sha256.update(part);
  return new Uint8Array(sha256.digest());
};

const largestPowerOfTwoBelow = (n: number): number => {
  let k = 1;
  while (2 * k < n) k = 2 * k;
  return k;
};

/** MTH(D_n) */
export const treeHash = (entries: readonly Uint8Array[]): Uint8Array => {
  if (entries.length === 0) return hash();
  if (entries.length === 1) return hash(Uint8Array.of(0), entries[0]!);
  const k = largestPowerOfTwoBelow(entries.length);
  return hash(Uint8Array.of(1), treeHash(entries.slice(0, k)), treeHash(entries.slice(k)));
};

/** PATH(m, D_n) */
export const path = (m: number, entries: readonly Uint8Array[]): Uint8Array[] => {
  if (entries.length === 1) return [];
  const k = largestPowerOfTwoBelow(entries.length);
  return m < k
    ? [...path(m, entries.slice(0, k)), treeHash(entries.slice(k))]
    : [...path(m - k, entries.slice(k)), treeHash(entries.slice(0, k))];
};

/** PROOF(m, D_n) for 0 < m < n */
export const proof = (m: number, entries: readonly Uint8Array[]): Uint8Array[] => subProof(m, entries, true);

/** SUBPROOF(m, D_n, b) */
const subProof = (m: number, entries: readonly Uint8Array[], b: boolean): Uint8Array[] => {
  if (m === entries.length) return b ? [] : [treeHash(entries)];
  const k = largestPowerOfTwoBelow(entries.length);
  return m <= k
    ? [...subProof(m, entries.slice(0, k), b), treeHash(entries.slice(k))]
    : [...subProof(m - k, entries.slice(k), false), treeHash(entries.slice(0, k))];
};

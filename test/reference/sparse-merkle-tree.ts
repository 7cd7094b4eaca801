/** The state tree rebuilt from all its entries by its definition, without any node of before. */
import { createHash } from 'node:crypto';

export interface Entry {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}
export interface ReferenceTree {
  readonly hash: Uint8Array;
  /** 'empty', 'branch', or the key of a leaf, by path. */
  readonly shape: ReadonlyMap<string, string>;
}

const digest = (domain: string, ...parts: readonly Uint8Array[]): Uint8Array => {
  const sha256 = createHash('sha256').update(`concordat/${domain}/v1\0`);
  for (const part of parts) sha256.update(part);
  return new Uint8Array(sha256.digest());
};

const bitsOf = (key: Uint8Array): string =>
  Array.from(key, (byte) => byte.toString(2).padStart(8, '0')).join('');

export const buildTree = (entries: readonly Entry[]): ReferenceTree =>
  build(
    entries.map((entry) => ({ ...entry, bits: bitsOf(entry.key) })),
    '',
  );

const build = (entries: readonly (Entry & { readonly bits: string })[], path: string): ReferenceTree => {
  if (entries.length === 0) return { hash: new Uint8Array(32), shape: new Map() };
  if (entries.length === 1) {
    const { key, value } = entries[0]!;
    const shape = new Map([[path, Buffer.from(key).toString('hex')]]);
    return { hash: digest('state-leaf', key, value), shape };
  }
  const side = (wanted: string): ReferenceTree =>
    build(
      entries.filter(({ bits }) => bits[path.length] === wanted),
      path + wanted,
    );
  const [left, right] = [side('0'), side('1')];
  const shape = new Map([[path, 'branch'], ...left.shape, ...right.shape]);
  return { hash: digest('state-branch', left.hash, right.hash), shape };
};

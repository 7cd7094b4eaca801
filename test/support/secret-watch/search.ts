/**
 * Looks for many patterns at once in much data. Each pattern is known by the four bytes that stand at every offset of its
 * beginning, so that it is enough to look at one position in so many: the shortest pattern decides how many.
 */
import type { Secret } from './secrets.ts';

interface Anchor {
  readonly name: string;
  readonly pattern: Buffer;
  readonly offset: number;
}

const anchorBytes = 4;

export class SecretSearch {
  readonly #anchors = new Map<number, Anchor[]>();
  readonly #step: number;

  constructor(secrets: readonly Secret[]) {
    const lengths = secrets.flatMap(({ spellings }) => spellings.map(({ length }) => length));
    this.#step = Math.min(...lengths, 64) - anchorBytes + 1;
    if (this.#step < 1) throw new Error(`a pattern has less than ${anchorBytes} bytes`);
    for (const { name, spellings } of secrets)
      for (const pattern of spellings)
        for (let offset = 0; offset < this.#step; offset += 1) this.#know({ name, pattern, offset });
  }

  #know(anchor: Anchor): void {
    const key = anchor.pattern.readInt32LE(anchor.offset);
    const known = this.#anchors.get(key);
    if (known === undefined) this.#anchors.set(key, [anchor]);
    else known.push(anchor);
  }

  /** Names of the secrets in these bytes, each with where it first begins. */
  in(bytes: Buffer): ReadonlyMap<string, number> {
    const found = new Map<string, number>();
    for (let at = 0; at + anchorBytes <= bytes.length; at += this.#step) {
      const key = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
      for (const { name, pattern, offset } of this.#anchors.get(key) ?? []) {
        const start = at - offset;
        const isThere = start >= 0 && bytes.subarray(start, start + pattern.length).equals(pattern);
        if (isThere && !found.has(name)) found.set(name, start);
      }
    }
    return found;
  }
}

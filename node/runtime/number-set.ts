/** A set of whole numbers from 0 on, one bit each: where there may be millions, and most that are near are alike. */
export interface NumberSet {
  add(number: number): void;
  /** False if it was not in. */
  delete(number: number): boolean;
  readonly size: number;
  /** The smallest one that is not below this; undefined if there is none. */
  nextFrom(number: number): number | undefined;
}

export function createNumberSet(): NumberSet {
  let bits = new Uint8Array(64);
  let size = 0;

  const has = (number: number): boolean => ((bits[number >> 3] ?? 0) & (1 << (number & 7))) !== 0;

  function add(number: number): void {
    if (has(number)) return;
    const at = number >> 3;
    if (at >= bits.length) {
      const larger = new Uint8Array(Math.max(2 * bits.length, at + 1));
      larger.set(bits);
      bits = larger;
    }
    bits[at]! |= 1 << (number & 7);
    size += 1;
  }

  function remove(number: number): boolean {
    if (!has(number)) return false;
    bits[number >> 3]! &= ~(1 << (number & 7));
    size -= 1;
    return true;
  }

  function nextFrom(number: number): number | undefined {
    const end = 8 * bits.length;
    for (let at = number; at < end; ) {
      if (has(at)) return at;
      const isByteDone = (at & 7) === 7 || bits[at >> 3] === 0;
      at = isByteDone ? ((at >> 3) + 1) << 3 : at + 1;
    }
    return undefined;
  }

  return {
    add,
    delete: remove,
    get size() {
      return size;
    },
    nextFrom,
  };
}

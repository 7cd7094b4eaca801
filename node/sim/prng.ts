/** sfc32: small, fast, and the same on every machine. One seed replays one universe. */
export interface Prng {
  /** Uniform in [0, 1). */
  unit(): number;
  /** Uniform in [min, max). */
  between(min: number, max: number): number;
  /** Uniform integer in [0, count). */
  below(count: number): number;
  chance(probability: number): boolean;
  pick<Item>(items: readonly Item[]): Item;
}

export function createPrng(seed: number): Prng {
  let a = seed | 0;
  let b = (seed / 2 ** 32) | 0;
  let c = 0x9e3779b9;
  let counter = 1;

  function unit(): number {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return (sum >>> 0) / 2 ** 32;
  }
  for (let round = 0; round < 16; round += 1) unit();

  const below = (count: number): number => Math.floor(unit() * count);
  return {
    unit,
    between: (min, max) => min + unit() * (max - min),
    below,
    chance: (probability) => unit() < probability,
    pick: (items) => items[below(items.length)]!,
  };
}

/** A small seeded generator (mulberry32), so that a run of chaos names what it did. */
export interface Random {
  /** Integer in [0, limit). */
  below(limit: number): number;
  /** Integer in [from, to]. */
  between(from: number, to: number): number;
}

export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  function unit(): number {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }
  const below = (limit: number): number => Math.floor(unit() * limit);
  return { below, between: (from, to) => from + below(to - from + 1) };
}

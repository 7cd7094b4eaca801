/** Makes an input smaller while it still does what it did. */

const triesMax = 3_000;

/** @param still says whether a smaller input breaks the same property */
export async function minimise(
  input: Uint8Array,
  still: (smaller: Uint8Array) => Promise<boolean>,
): Promise<Uint8Array> {
  let best = input;
  let tries = 0;
  const attempt = async (smaller: Uint8Array): Promise<boolean> => {
    tries += 1;
    if (tries > triesMax || !(await still(smaller))) return false;
    best = smaller;
    return true;
  };
  for (let size = Math.ceil(best.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < best.length && tries < triesMax; ) {
      const removed = await attempt(without(best, from, size));
      if (!removed) from += size;
    }
  }
  for (let at = 0; at < best.length && tries < triesMax; at++) {
    if (best[at] !== 0) await attempt(best.with(at, 0));
  }
  return best;
}

function without(bytes: Uint8Array, from: number, count: number): Uint8Array {
  const rest = new Uint8Array(bytes.length - Math.min(count, bytes.length - from));
  rest.set(bytes.subarray(0, from));
  rest.set(bytes.subarray(from + count), from);
  return rest;
}

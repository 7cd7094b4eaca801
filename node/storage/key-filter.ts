/**
 * Which keys were added: Bloom filters (Bloom 1970), a larger one when the last is full. "No" is certain. Nearly all
 * questions about pairs and eventIds are answered "no", and each of them would be a query.
 */
export interface KeyFilter {
  add(key: string): void;
  /** False only if the key was never added. */
  mayHave(key: string): boolean;
}

interface Layer {
  readonly bits: Uint32Array;
  readonly mask: number;
  readonly keysMax: number;
  keys: number;
}

const probes = 4;
/** With four probes: one of 150 absent keys passes a full layer. */
const bitsPerKey = 12;
const growth = 4;
/** 2 MiB, 8 MiB, 32 MiB; the last one goes on filling beyond 22 million keys, and more absent keys pass. */
const firstBits = 2 ** 24;
const lastBits = 2 ** 28;

export function makeKeyFilter(bitsMin: number = firstBits, bitsMax: number = lastBits): KeyFilter {
  const layers = [makeLayer(bitsMin)];
  // Random, so that nobody can choose keys that pass on every node.
  const seed = Math.floor(Math.random() * 2 ** 32);

  function add(key: string): void {
    const hash = hashOf(key, seed);
    const step = stepOf(hash, key);
    if (layers.some((layer) => has(layer, hash, step))) return;
    let layer = layers.at(-1)!;
    if (layer.keys >= layer.keysMax && layer.mask + 1 < bitsMax) {
      layer = makeLayer((layer.mask + 1) * growth);
      layers.push(layer);
    }
    put(layer, hash, step);
  }

  function mayHave(key: string): boolean {
    const hash = hashOf(key, seed);
    const step = stepOf(hash, key);
    return layers.some((layer) => has(layer, hash, step));
  }

  return { add, mayHave };
}

const makeLayer = (bits: number): Layer => ({
  bits: new Uint32Array(bits / 32),
  mask: bits - 1,
  keysMax: bits / bitsPerKey,
  keys: 0,
});

function put(layer: Layer, hash: number, step: number): void {
  for (let probe = 0, at = hash; probe < probes; probe++, at = (at + step) | 0)
    layer.bits[(at & layer.mask) >>> 5]! |= 1 << (at & 31);
  layer.keys++;
}

function has({ bits, mask }: Layer, hash: number, step: number): boolean {
  for (let probe = 0, at = hash; probe < probes; probe++, at = (at + step) | 0)
    if ((bits[(at & mask) >>> 5]! & (1 << (at & 31))) === 0) return false;
  return true;
}

/** FNV-1a over UTF-16 units, its bits mixed at the end as in MurmurHash3. */
function hashOf(key: string, seed: number): number {
  let hash = seed;
  for (let at = 0; at < key.length; at++) hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193);
  return mix(hash);
}

/** From the key again and not from its hash alone: keys of equal hash shall differ here. Odd: no probe repeats. */
function stepOf(hash: number, key: string): number {
  let step = ~hash;
  for (let at = key.length - 1; at >= 0; at--) step = Math.imul(step ^ key.charCodeAt(at), 0x5bd1e995);
  return mix(step) | 1;
}

function mix(hash: number): number {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}

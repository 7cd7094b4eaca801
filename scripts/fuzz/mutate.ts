/** Makes a new input of one that is known, by one to four changes. */
import type { Prng } from '../../node/sim/prng.ts';
import { decode, encode } from '../../shared/codec/dag-cbor.ts';
import { toBase64Url } from '../../shared/codec/hex.ts';
import type { CborValue } from '../../shared/types/ledger.ts';
import { mutateBytes } from './mutate-bytes.ts';
import { mutateText } from './mutate-text.ts';
import { mutateTree } from './mutate-tree.ts';
import { bytesOf, type InputForm, textOf } from './target.ts';

const structureShare = 0.6;

export interface MutationLimits {
  readonly form: InputForm;
  readonly bytesMax: number;
}

/** @param other a second known input, to take parts from */
export function mutate(
  input: Uint8Array,
  other: Uint8Array,
  random: Prng,
  { form, bytesMax }: MutationLimits,
): Uint8Array {
  let changed = input;
  for (let left = 1 + random.below(4); left > 0; left -= 1) {
    const structured = form !== 'bytes' && random.chance(structureShare);
    const next = structured ? byStructure(changed, other, random, form) : undefined;
    // After each change: a few doublings of the whole would make gigabytes.
    changed = (next ?? mutateBytes(changed, random, other)).subarray(0, bytesMax);
  }
  return changed;
}

/** @returns undefined if the input has lost its structure */
function byStructure(
  input: Uint8Array,
  other: Uint8Array,
  random: Prng,
  form: InputForm,
): Uint8Array | undefined {
  if (form === 'text') return bytesOf(mutateText(textOf(input), random, textOf(other)));
  try {
    if (form === 'cbor') return encode(mutateTree(decode(input), random));
    return bytesOf(jsonText(mutateTree(JSON.parse(textOf(input)) as CborValue, random)));
  } catch {
    // An earlier change broke the form: bytes can still be changed.
    return undefined;
  }
}

const jsonText = (value: CborValue): string =>
  JSON.stringify(value, (_key, item: unknown) => {
    if (typeof item === 'bigint') return String(item);
    return item instanceof Uint8Array ? toBase64Url(item) : item;
  });

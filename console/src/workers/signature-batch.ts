/** Signatures to be verified, packed into one buffer that moves between workers instead of being copied. */

export interface SignatureToVerify {
  readonly publicKey: Uint8Array;
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
}

export interface SignatureBatch {
  /** Three for each signature: the lengths of its key, message and signature. */
  readonly lengths: Uint32Array<ArrayBuffer>;
  /** Key, message and signature of each, one after another. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export function packBatch(items: readonly SignatureToVerify[]): SignatureBatch {
  const parts = items.flatMap(({ publicKey, message, signature }) => [publicKey, message, signature]);
  const lengths = Uint32Array.from(parts, ({ length }) => length);
  const bytes = new Uint8Array(lengths.reduce((sum, length) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return { lengths, bytes };
}

export function unpackBatch({ lengths, bytes }: SignatureBatch): readonly SignatureToVerify[] {
  let at = 0;
  const next = (index: number): Uint8Array => {
    const from = at;
    at += lengths[index] as number;
    return bytes.subarray(from, at);
  };
  return Array.from({ length: lengths.length / 3 }, (_, item) => ({
    publicKey: next(3 * item),
    message: next(3 * item + 1),
    signature: next(3 * item + 2),
  }));
}

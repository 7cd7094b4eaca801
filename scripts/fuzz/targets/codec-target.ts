/** Targets whose values encode: what is accepted must encode to the same bytes. */
import { CodecError } from '../../../shared/codec/codec-error.ts';
import { equalBytes, toHex } from '../../../shared/codec/hex.ts';
import { accepted, type InputForm, type Outcome, PropertyBroken, refused, type Target } from '../target.ts';

export interface CodecOptions<Value> {
  readonly name: string;
  readonly form?: InputForm;
  readonly bytesMax?: number;
  readonly corpus: () => readonly Uint8Array[];
  /** @throws CodecError */
  readonly decode: (bytes: Uint8Array) => Value;
  /** Left out if the decoder keeps less than it reads. */
  readonly encode?: (value: Value) => Uint8Array;
  /** What else must hold of a value that was accepted. */
  readonly check?: (value: Value, bytes: Uint8Array, corpus: ReadonlySet<string>) => void;
}

export const codecTarget = <Value>(options: CodecOptions<Value>): Target => ({
  name: options.name,
  form: options.form ?? 'cbor',
  ...(options.bytesMax !== undefined && { bytesMax: options.bytesMax }),
  open() {
    const corpus = options.corpus();
    const known = new Set(corpus.map(toHex));
    return {
      corpus,
      run: (input) => {
        const read = readOrRefusal(() => options.decode(input));
        if ('refusal' in read) return read.refusal;
        if (options.encode !== undefined) expectSameBytes(options.encode(read.value), input);
        options.check?.(read.value, input, known);
        return accepted();
      },
    };
  },
});

type Read<Value> = { readonly value: Value } | { readonly refusal: Outcome };

/** CodecError is the one named error of everything in shared/codec. */
export function readOrRefusal<Value>(read: () => Value): Read<Value> {
  try {
    return { value: read() };
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    return { refusal: refused(`${error.code} ${error.facts.path.replace(/\d+/g, '#')}`) };
  }
}

export function expectSameBytes(again: Uint8Array, input: Uint8Array): void {
  if (equalBytes(again, input)) return;
  throw new PropertyBroken(
    'round-trip',
    `accepted ${toHex(input).slice(0, 200)} encodes to ${toHex(again).slice(0, 200)}`,
  );
}

/** To be called when all signatures of an input hold: only what was made with the keys may get here. */
export function expectKnown(input: Uint8Array, known: ReadonlySet<string>): void {
  if (known.has(toHex(input))) return;
  throw new PropertyBroken('signature', `verifies, and was never signed: ${toHex(input).slice(0, 200)}`);
}

/** What is fuzzed: a decoder, real encodings to start from, and what must hold for any input. */

/** How inputs are changed: bytes only, or also by the structure that they have. */
export type InputForm = 'bytes' | 'cbor' | 'json' | 'text';

/** Which promise an input breaks. */
export type Property =
  /** Nothing is thrown but the decoder's named error. */
  | 'named-error'
  /** Accepted bytes encode to the same bytes; a value comes back equal. */
  | 'round-trip'
  /** What was signed and then changed does not verify. */
  | 'signature'
  /** A second's work and 64 MiB suffice for any input. */
  | 'time'
  | 'memory'
  /** Ten seconds without an answer: found from outside. */
  | 'hang';

export class PropertyBroken extends Error {
  readonly property: Property;

  constructor(property: Property, message: string) {
    super(message);
    this.property = property;
  }
}

/** What one input did. Inputs that do something new are kept: `feature` names what, without numbers. */
export interface Outcome {
  readonly accepted: boolean;
  readonly feature: string;
}

export interface OpenTarget {
  readonly corpus: readonly Uint8Array[];
  /** @throws PropertyBroken, or anything else, which breaks `named-error` */
  run(input: Uint8Array): Outcome | Promise<Outcome>;
  close?(): Promise<void>;
}

export interface Target {
  readonly name: string;
  readonly form: InputForm;
  /** Longest input that mutation makes. */
  readonly bytesMax?: number;
  open(): OpenTarget | Promise<OpenTarget>;
}

export const bytesMaxDefault = 16 * 1024;

export const accepted = (feature = ''): Outcome => ({ accepted: true, feature: `accepted ${feature}` });
export const refused = (feature: string): Outcome => ({ accepted: false, feature: `refused ${feature}` });

export const textOf = (input: Uint8Array): string =>
  new TextDecoder('utf-8', { ignoreBOM: true }).decode(input);
export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** UTF-8 by the host's TextEncoder and TextDecoder, which browsers and Node share but ES libraries do not type. */

interface Encoder {
  encode(text: string): Uint8Array;
}
interface Decoder {
  decode(bytes: Uint8Array): string;
}
const host = globalThis as unknown as {
  readonly TextEncoder: new () => Encoder;
  readonly TextDecoder: new (
    label: 'utf-8',
    options: { readonly fatal: true; readonly ignoreBOM: true },
  ) => Decoder;
};
const encoder = new host.TextEncoder();
const decoder = new host.TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Lone surrogates become U+FFFD: check for them first where that matters. */
export const toUtf8 = (text: string): Uint8Array => encoder.encode(text);

/** Keeps a byte order mark. Throws TypeError if the bytes are not UTF-8. */
export const fromUtf8 = (bytes: Uint8Array): string => decoder.decode(bytes);

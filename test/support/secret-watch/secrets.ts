/** What no log, error, answer or file may hold, and every way in which it could be written there. */
import { decodePrivateKeyPem, encodePrivateKeyDer } from '../../../node/crypto/key-files.ts';
import type { ToldSecret } from '../../../scripts/trials/tell-secrets-child.ts';
import { fromBech32 } from '../../../shared/codec/bech32.ts';

export interface Secret {
  /** What it is, or which one. */
  readonly name: string;
  readonly spellings: readonly Buffer[];
}

/** Below, a passphrase of a test is a word that anything may hold. */
const passphraseLengthMin = 12;
/** Of a seed that was drawn at random; those of worked examples repeat one byte, and are public. */
const distinctBytesMin = 16;

/** Undefined if it could stand somewhere without having leaked. */
export function secretOf({ kind, text }: ToldSecret): Secret | undefined {
  if (kind === 'token') return named('token', [Buffer.from(text)]);
  if (kind === 'passphrase')
    return text.length < passphraseLengthMin ? undefined : named('passphrase', [Buffer.from(text)]);
  const seed = decodePrivateKeyPem(text);
  if (seed !== undefined)
    return new Set(seed).size < distinctBytesMin ? undefined : named('signing key', spellingsOf(seed));
  const reader = /AGE-SECRET-KEY-1[0-9A-Z]+/.exec(text)?.[0];
  return reader === undefined
    ? named('key file', [Buffer.from(text)])
    : named('encryption key', spellingsOfReader(reader));
}

const named = (name: string, spellings: readonly Buffer[]): Secret => ({ name, spellings });

/** @param secret as age spells it, `AGE-SECRET-KEY-1…` */
export const spellingsOfReader = (secret: string): readonly Buffer[] => [
  ...[secret, secret.toLowerCase()].map((text) => Buffer.from(text)),
  ...spellingsOf(fromBech32(secret).bytes),
];

/** Of a seed, also where it stands at the beginning of a longer secret key or at the end of PKCS#8. */
export function spellingsOf(seed: Uint8Array): readonly Buffer[] {
  const bytes = Buffer.from(seed);
  const hex = bytes.toString('hex');
  // Whole groups of three bytes: what follows them does not change their letters.
  const base64 = bytes.subarray(0, 30).toString('base64');
  const pkcs8 = Buffer.from(encodePrivateKeyDer(seed)).toString('base64').slice(24, 64);
  const texts = [hex, hex.toUpperCase(), base64, urlSafe(base64), pkcs8, urlSafe(pkcs8), bytes.join(',')];
  return [bytes, ...texts.map((text) => Buffer.from(text))];
}

const urlSafe = (base64: string): string => base64.replaceAll('+', '-').replaceAll('/', '_');

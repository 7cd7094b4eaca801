/**
 * Loaded before everything else by each process of an integration test (test/support/secret-watch): what this process
 * holds and nobody may ever read is told to a file of the test, which then searches all that was said and written.
 * Keys and passphrases as key files are written and opened, so that a key that is erased later is known as well; the
 * tokens of sessions as gateways make them.
 */
import { appendFileSync } from 'node:fs';
import { Decrypter, Encrypter } from 'age-encryption';
import { Sessions } from '../../node/gateway/sessions/sessions.ts';

/** Names the file. */
export const toldFileVariable = 'CONCORDAT_TEST_TOLD_SECRETS';

export interface ToldSecret {
  readonly kind: 'key' | 'passphrase' | 'token';
  /** Of a key: what its age file holds. */
  readonly text: string;
}

const told = new Set<string>();

function tell(kind: ToldSecret['kind'], text: string): void {
  const file = process.env[toldFileVariable];
  const line = JSON.stringify({ kind, text } satisfies ToldSecret);
  if (file === undefined || told.has(line)) return;
  told.add(line);
  appendFileSync(file, `${line}\n`, { mode: 0o600 });
}

function tellKeyFile(passphrase: string, content: unknown): void {
  tell('passphrase', passphrase);
  tell('key', typeof content === 'string' ? content : Buffer.from(content as Uint8Array).toString('latin1'));
}

/** Puts another function around a method, which is handed what it was called with and what it came to. */
function after<Method extends string>(
  owner: { [method in Method]: unknown },
  method: Method,
  seen: (self: object, args: readonly unknown[], result: unknown) => void,
): void {
  const original = owner[method] as (...args: readonly unknown[]) => unknown;
  owner[method] = function (this: object, ...args: readonly unknown[]): unknown {
    const result = original.apply(this, [...args]);
    if (!(result instanceof Promise)) {
      seen(this, args, result);
      return result;
    }
    return result.then((value: unknown) => {
      seen(this, args, value);
      return value;
    });
  };
}

const passphrases = new WeakMap<object, string>();
const remember = (self: object, [passphrase]: readonly unknown[]): void =>
  void passphrases.set(self, passphrase as string);

/** Age files for recipients are payloads, and none of these. */
function tellOf(self: object, content: unknown): void {
  const passphrase = passphrases.get(self);
  if (passphrase !== undefined) tellKeyFile(passphrase, content);
}

after(Encrypter.prototype, 'setPassphrase', remember);
after(Encrypter.prototype, 'encrypt', (self, [content]) => tellOf(self, content));
after(Decrypter.prototype, 'addPassphrase', remember);
after(Decrypter.prototype, 'decrypt', (self, _, content) => tellOf(self, content));
after(Sessions.prototype, 'open', (_, __, opened) => tell('token', (opened as { token: string }).token));

import { Decrypter } from 'age-encryption';
import { describe, expect, test } from 'vitest';
import { payloadBytesMax, payloadDigest, saysErasable } from '../codec/payload.ts';
import { fromUtf8, toUtf8 } from '../codec/utf8.ts';
import type { IdentityId } from '../types/brands.ts';
import { ClientError } from './client-error.ts';
import {
  ageRecipientOf,
  createDecryptionKey,
  type DecryptionKey,
  encryptionKeyOf,
  identityFileText,
  readIdentityFile,
} from './encryption-keys.ts';
import { checkPayload, decryptPayload, encryptPayload, openPayload } from './payload.ts';
import type { Recipient } from './recipients.ts';

const keys = await Promise.all([createDecryptionKey(), createDecryptionKey(), createDecryptionKey()]);
const [one, two, three] = keys as [DecryptionKey, DecryptionKey, DecryptionKey];
const recipient = (identity: string, { publicKey }: DecryptionKey): Recipient => ({
  identity: identity as IdentityId,
  encryptionKey: publicKey,
});
const text = 'The price is 7, and nobody else may know.';
const sealed = await encryptPayload(toUtf8(text), [recipient('a.one', one), recipient('b.two', two)]);

async function refusalOf(work: Promise<unknown>): Promise<ClientError> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof ClientError) return error;
  throw new Error('a ClientError was expected', { cause: error });
}

describe('a confidential payload', () => {
  test('is read by each recipient, and named by the digest of what is encrypted', async () => {
    const { payload, bytes } = sealed;
    expect(payload).toEqual({
      digest: payloadDigest(bytes),
      size: bytes.length,
      recipients: ['a.one', 'b.two'],
    });
    for (const key of [one, two]) expect(fromUtf8(await decryptPayload(bytes, key, payload))).toBe(text);
  });

  test('is a file of age, and shows nothing of what it holds', async () => {
    const shown = new TextDecoder('latin1').decode(sealed.bytes);
    expect(shown).toMatch(/^age-encryption\.org\/v1\n-> X25519 /);
    expect(shown).not.toContain('price');
    const age = new Decrypter();
    age.addIdentity(one.secret);
    expect(await age.decrypt(sealed.bytes, 'text')).toBe(text);
  });

  test('that may be erased says so itself, and is a file of age all the same', async () => {
    const erasable = await encryptPayload(toUtf8(text), [recipient('a.one', one)], { erasable: true });
    expect(new TextDecoder('latin1').decode(erasable.bytes)).toMatch(
      /^age-encryption\.org\/v1\n-> concordat\/erasable\n\n-> X25519 /,
    );
    expect([saysErasable(erasable.bytes), saysErasable(sealed.bytes)]).toEqual([true, false]);
    expect(saysErasable(erasable.bytes.slice(0, 20))).toBe(false);
    const age = new Decrypter();
    age.addIdentity(one.secret);
    expect(await age.decrypt(erasable.bytes, 'text')).toBe(text);
    // The header's MAC covers it: without it nobody's key opens the rest.
    const note = toUtf8('-> concordat/erasable\n\n').length;
    const start = 'age-encryption.org/v1\n'.length;
    const stripped = new Uint8Array([
      ...erasable.bytes.slice(0, start),
      ...erasable.bytes.slice(start + note),
    ]);
    await expect(age.decrypt(stripped)).rejects.toThrow();
  });

  test('has another digest each time, so that equal content is not found by it', async () => {
    const again = await encryptPayload(toUtf8(text), [recipient('a.one', one)]);
    expect(again.payload.digest).not.toBe(sealed.payload.digest);
  });

  test('is closed to any other key', async () => {
    const refused = await refusalOf(decryptPayload(sealed.bytes, three, sealed.payload));
    expect(refused).toMatchObject({ code: 'not-a-recipient', facts: { digest: sealed.payload.digest } });
    expect(JSON.stringify(refused) + refused.stack).not.toContain(three.secret);
  });

  test('that was changed is refused before it is decrypted, wherever it was changed', async () => {
    for (const at of [0, 60, Math.floor(sealed.bytes.length / 2), sealed.bytes.length - 1]) {
      const changed = sealed.bytes.slice();
      changed[at] = (changed[at] ?? 0) ^ 1;
      const refused = await refusalOf(decryptPayload(changed, one, sealed.payload));
      expect(refused).toMatchObject({
        code: 'payload-damaged',
        facts: { expected: sealed.payload.digest, actual: payloadDigest(changed) },
      });
    }
    expect(() => checkPayload(sealed.bytes, sealed.payload)).not.toThrow();
  });

  test('that was recorded as something that does not decrypt is named as such', async () => {
    for (const bytes of [sealed.bytes.slice(0, -1), toUtf8('plain text'), new Uint8Array()]) {
      const refused = await refusalOf(decryptPayload(bytes, one, { digest: payloadDigest(bytes) }));
      expect(refused.code).toBe('payload-damaged');
      expect(refused.facts.reason).toEqual(expect.any(String));
    }
  });

  test('is bounded, as it is encrypted', async () => {
    const largest = payloadBytesMax - 1_000;
    const fits = await encryptPayload(new Uint8Array(largest), [recipient('a.one', one)]);
    expect(fits.payload.size).toBeLessThanOrEqual(payloadBytesMax);
    for (const size of [payloadBytesMax, payloadBytesMax + 1])
      expect(await refusalOf(encryptPayload(new Uint8Array(size), [recipient('a.one', one)]))).toMatchObject({
        code: 'payload-too-large',
        facts: { max: payloadBytesMax },
      });
  });

  test('needs recipients, not too many of them, and keys that are points', async () => {
    const plain = toUtf8(text);
    expect((await refusalOf(encryptPayload(plain, []))).code).toBe('recipients-missing');
    const many = Array.from({ length: 65 }, (_, at) => recipient(`a.${at}`, one));
    expect((await refusalOf(encryptPayload(plain, many))).code).toBe('too-many-recipients');
    expect((await encryptPayload(plain, many.slice(1))).payload.recipients).toHaveLength(64);
    const smallOrder = { identity: 'a.low' as IdentityId, encryptionKey: '00'.repeat(32) };
    expect(await refusalOf(encryptPayload(plain, [recipient('a.one', one), smallOrder]))).toMatchObject({
      code: 'recipient-key-unusable',
      facts: { recipients: 'a.one, a.low' },
    });
  });
});

test('what is for all readers is kept as it is', () => {
  const bytes = toUtf8(text);
  expect(openPayload(bytes)).toEqual({
    payload: { digest: payloadDigest(bytes), size: bytes.length, recipients: [] },
    bytes,
  });
  expect(() => openPayload(new Uint8Array(payloadBytesMax + 1))).toThrow(ClientError);
});

describe('encryption keys', () => {
  test('are read as people write them', () => {
    expect(encryptionKeyOf(one.publicKey)).toBe(one.publicKey);
    expect(encryptionKeyOf(ageRecipientOf(one.publicKey))).toBe(one.publicKey);
    for (const wrong of ['', 'AB'.repeat(32), 'age1', ageRecipientOf(one.publicKey).slice(0, -1), one.secret])
      expect(encryptionKeyOf(wrong)).toBeUndefined();
  });

  test('come back from an identity file, with or without its comment', async () => {
    expect(await readIdentityFile(identityFileText(one))).toEqual(one);
    expect(await readIdentityFile(`${one.secret}\r\n`)).toEqual(one);
    for (const wrong of ['', one.secret.toLowerCase(), `${one.secret}\n${two.secret}`, '-----BEGIN'])
      expect(await readIdentityFile(wrong)).toBeUndefined();
  });
});

/**
 * Many verification items in one ArrayBuffer, so that handing them to a worker costs a pointer and not a clone.
 *
 * Layout, integers little-endian: count u32, then per item public key (32 bytes), signature (64 bytes), length
 * of the message u32, message. The answer has one byte per item: 1 is valid.
 */
import type { VerificationItem } from '../runtime/ports.ts';
import { publicKeyBytes, signatureBytes } from './sodium.ts';

const countBytes = 4;
const fixedBytes = publicKeyBytes + signatureBytes + 4;

/** Only items of exactly these lengths can be packed; all others are invalid without a look. */
export const isPackable = (item: VerificationItem): boolean =>
  item.key.length === publicKeyBytes * 2 && item.signature.length === signatureBytes;

/** Precondition: every item is packable. */
export function packItems(items: readonly VerificationItem[]): ArrayBuffer {
  const size = items.reduce((sum, item) => sum + fixedBytes + item.message.length, countBytes);
  const pack = Buffer.from(new ArrayBuffer(size));
  let offset = pack.writeUInt32LE(items.length, 0);
  for (const { key, message, signature } of items) {
    pack.write(key, offset, publicKeyBytes, 'hex');
    pack.set(signature, offset + publicKeyBytes);
    offset = pack.writeUInt32LE(message.length, offset + publicKeyBytes + signatureBytes);
    pack.set(message, offset);
    offset += message.length;
  }
  return pack.buffer;
}

/** Calls `verify` on every packed item and answers one byte each. */
export function verifyPack(
  buffer: ArrayBuffer,
  verify: (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array) => boolean,
): Uint8Array<ArrayBuffer> {
  const view = new DataView(buffer);
  const answers = new Uint8Array(view.getUint32(0, true));
  let offset = countBytes;
  for (let index = 0; index < answers.length; index++) {
    const publicKey = new Uint8Array(buffer, offset, publicKeyBytes);
    const signature = new Uint8Array(buffer, offset + publicKeyBytes, signatureBytes);
    const length = view.getUint32(offset + publicKeyBytes + signatureBytes, true);
    const message = new Uint8Array(buffer, offset + fixedBytes, length);
    answers[index] = verify(publicKey, message, signature) ? 1 : 0;
    offset += fixedBytes + length;
  }
  return answers;
}

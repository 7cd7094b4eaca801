/** What people drop or paste into `/verify`: a proof pack or receipt as CBOR, base64url, hex, or the API's JSON. */
import * as z from 'zod/mini';
import {
  type ProofPackJson,
  proofPackSchema,
  type ReceiptJson,
  receiptSchema,
} from '../../../../shared/api.ts';
import { CodecError } from '../../../../shared/codec/codec-error.ts';
import { fromBase64Url, fromHex } from '../../../../shared/codec/hex.ts';
import {
  decodeProofPack,
  decodeReceipt,
  encodeProofPack,
  encodeReceipt,
} from '../../../../shared/codec/ledger.ts';
import type { Digest } from '../../../../shared/types/brands.ts';
import type { InclusionProof, ProofPack, Receipt } from '../../../../shared/types/ledger.ts';
import { certificateOf, validatorSetOf } from '../../lib/wire.ts';

export type ProofFile =
  | { readonly kind: 'pack' | 'receipt'; readonly bytes: Uint8Array }
  | { readonly kind: 'unreadable'; readonly why: string };

/** Decides by content. Broken CBOR counts as a pack, so that the first check can name what is wrong with it. */
export function readProofFile(bytes: Uint8Array): ProofFile {
  const text = textOf(bytes);
  if (text === undefined) return ofCbor(bytes);
  if (text === '') return { kind: 'unreadable', why: 'There is nothing in it.' };
  if (text.startsWith('{')) return ofJson(text);
  if (/^[0-9a-f\s]+$/i.test(text)) return ofText(() => fromHex(text.replace(/\s/g, '').toLowerCase()));
  if (/^[A-Za-z0-9_\-+/=\s]+$/.test(text)) return ofText(() => fromBase64Url(withoutPadding(text)));
  return {
    kind: 'unreadable',
    why: 'It is neither CBOR, nor base64url, nor hex, nor the JSON of a proof pack.',
  };
}

function ofCbor(bytes: Uint8Array): ProofFile {
  return decodes(() => decodeReceipt(bytes)) && !decodes(() => decodeProofPack(bytes))
    ? { kind: 'receipt', bytes }
    : { kind: 'pack', bytes };
}

function ofText(read: () => Uint8Array): ProofFile {
  try {
    return ofCbor(read());
  } catch {
    return { kind: 'unreadable', why: 'The text is cut off or has stray characters.' };
  }
}

function ofJson(text: string): ProofFile {
  const value = parsed(text);
  const pack = z.safeParse(proofPackSchema, value);
  if (pack.success) return { kind: 'pack', bytes: encodeProofPack(packOf(pack.data)) };
  const receipt = z.safeParse(receiptSchema, value);
  if (receipt.success) return { kind: 'receipt', bytes: encodeReceipt(receiptOf(receipt.data)) };
  return { kind: 'unreadable', why: 'It is JSON, but of neither a proof pack nor a receipt.' };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function decodes(read: () => unknown): boolean {
  try {
    read();
    return true;
  } catch (error) {
    if (error instanceof CodecError) return false;
    throw error;
  }
}

/** Trimmed text, or undefined for bytes that are no printable text. */
function textOf(bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what tells CBOR from text
    return /[\u0000-\u0008\u000e-\u001f]/.test(text) ? undefined : text.trim();
  } catch {
    return undefined;
  }
}

const withoutPadding = (text: string): string =>
  text.replace(/[\s=]/g, '').replace(/\+/g, '-').replace(/\//g, '_');

function packOf({ version, genesis, epochs, receipt }: ProofPackJson): ProofPack {
  return {
    version,
    genesis: { header: fromBase64Url(genesis.header), validators: validatorSetOf(genesis.validators) },
    epochs: epochs.map(({ header, certificate, nextValidators }) => ({
      header: fromBase64Url(header),
      certificate: certificateOf(certificate),
      nextValidators: validatorSetOf(nextValidators),
    })),
    receipt: receiptOf(receipt),
  };
}

function receiptOf(json: ReceiptJson): Receipt {
  return {
    header: fromBase64Url(json.header),
    certificate: certificateOf(json.certificate),
    envelope: fromBase64Url(json.envelope),
    outcome: fromBase64Url(json.outcome),
    transactionProof: proofOf(json.transactionProof),
    outcomeProof: proofOf(json.outcomeProof),
  };
}

const proofOf = ({ index, size, path }: ReceiptJson['transactionProof']): InclusionProof => ({
  index,
  size,
  path: path as readonly string[] as readonly Digest[],
});

/**
 * What people drop or paste into `/verify`: a proof pack or receipt as CBOR, base64url, hex, or the API's JSON; the
 * API's genesis; or a report of somebody who verified a chain.
 */
import * as z from 'zod/mini';
import { proofPackOfJson, receiptOfJson } from '../../../../../shared/api/ledger-of-json.ts';
import {
  base64Url,
  genesisSchema,
  hex32,
  proofPackSchema,
  receiptSchema,
} from '../../../../../shared/api.ts';
import { CodecError } from '../../../../../shared/codec/codec-error.ts';
import { fromBase64Url, fromHex } from '../../../../../shared/codec/hex.ts';
import {
  decodeProofPack,
  decodeReceipt,
  encodeProofPack,
  encodeReceipt,
} from '../../../../../shared/codec/ledger.ts';
import type { ChainReportSubject, Origin } from '../subjects.ts';

export type ProofFile =
  | { readonly kind: 'pack' | 'receipt'; readonly bytes: Uint8Array }
  | { readonly kind: 'genesis'; readonly genesis: Origin }
  | ChainReportSubject
  | { readonly kind: 'unreadable'; readonly why: string };

/** Decides by content. Broken CBOR counts as a pack, so that the first check can name what is wrong with it. */
export function readProofFile(bytes: Uint8Array): ProofFile {
  const text = textOf(bytes);
  if (text === undefined) return ofCbor(bytes);
  if (text === '') return { kind: 'unreadable', why: 'There is nothing in it.' };
  if (text.startsWith('{')) return unlessCut(() => ofJson(text));
  if (/^[0-9a-f\s]+$/i.test(text))
    return unlessCut(() => ofCbor(fromHex(text.replace(/\s/g, '').toLowerCase())));
  if (/^[A-Za-z0-9_\-+/=\s]+$/.test(text))
    return unlessCut(() => ofCbor(fromBase64Url(withoutPadding(text))));
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

/** Every text form ends in digits that may be cut off or mistyped. */
function unlessCut(read: () => ProofFile): ProofFile {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    return { kind: 'unreadable', why: 'The text is cut off or has stray characters.' };
  }
}

function ofJson(text: string): ProofFile {
  const value = parsed(text);
  const pack = z.safeParse(proofPackSchema, value);
  if (pack.success) return { kind: 'pack', bytes: encodeProofPack(proofPackOfJson(pack.data)) };
  const receipt = z.safeParse(receiptSchema, value);
  if (receipt.success) return { kind: 'receipt', bytes: encodeReceipt(receiptOfJson(receipt.data)) };
  const report = z.safeParse(chainReportFileSchema, value);
  if (report.success) return chainReportOf(report.data);
  const genesis = z.safeParse(originSchema, value);
  if (genesis.success) return { kind: 'genesis', genesis: genesis.data };
  return { kind: 'unreadable', why: 'It is JSON, but of nothing that is verified here.' };
}

const originSchema = z.pick(genesisSchema, { headerBytes: true, validators: true });

/** Of such a file only the bytes count, and who signed them; the rest is for reading. */
const chainReportFileSchema = z.object({
  kind: z.literal('concordat-chain-report'),
  bytes: base64Url,
  key: z.exactOptional(hex32),
  signature: z.exactOptional(base64Url),
});

function chainReportOf({ bytes, key, signature }: z.infer<typeof chainReportFileSchema>): ProofFile {
  return {
    kind: 'chain-report',
    bytes: fromBase64Url(bytes),
    ...(key === undefined ? {} : { key }),
    ...(signature === undefined ? {} : { signature: fromBase64Url(signature) }),
  };
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

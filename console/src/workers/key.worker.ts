/** Holds the opened keys for as long as the page lives. Nothing here answers with one. */
import { randomBytes } from '@noble/hashes/utils.js';
import { ClientError } from '../../../shared/client/client-error.ts';
import type { DecryptionKey } from '../../../shared/client/encryption-keys.ts';
import { checkPayload, decryptPayload, encryptPayload } from '../../../shared/client/payload.ts';
import { decode } from '../../../shared/codec/dag-cbor.ts';
import { fromBase64Url, toBase64Url, toHex } from '../../../shared/codec/hex.ts';
import {
  encodeEnvelope,
  encodeTransactionBody,
  transactionId,
  transactionSigningBytes,
} from '../../../shared/codec/ledger.ts';
import { challengeFault, decodeChallenge, signInSigningBytes } from '../../../shared/codec/sign-in.ts';
import { publicKeyOf, signNoble } from '../../../shared/crypto/ed25519.ts';
import { chainReportSigningBytes, decodeChainReport } from '../../../shared/protocol/chain-report.ts';
import type { Digest, NetworkId, Nonce, PublicKey } from '../../../shared/types/brands.ts';
import type {
  EncodedBody,
  KeyCall,
  KeyReply,
  KeyRequest,
  OpenedFile,
  SignedEnvelope,
  SignedHandOver,
} from '../features/submit/key-protocol.ts';
import { type PreparedHandOver, prepareHandOver, shownHandOver, signHandOver } from './hand-over.ts';
import { type KeyInFile, openKeyFile, sealKeyFile } from './key-file.ts';
import { readableBody } from './readable.ts';
import { createSuccessor, openSuccessor } from './successor.ts';

let seed: Uint8Array | undefined;
let reader: DecryptionKey | undefined;
/** For a node, and never to sign with here. */
let successor: Uint8Array | undefined;
/** What was shown of handing it over. */
let handOver: PreparedHandOver | undefined;
let prepared: { readonly bytes: Uint8Array; readonly network: NetworkId } | undefined;

self.onmessage = ({ data: { id, call } }: MessageEvent<KeyRequest>) => {
  perform(call).then(
    (result) => reply({ id, ok: true, result }),
    (error: unknown) => reply(failure(id, error)),
  );
};

const reply = (message: KeyReply) => self.postMessage(message);

async function perform(call: KeyCall): Promise<unknown> {
  switch (call.type) {
    case 'create': {
      const created = randomBytes(32);
      const file = await sealKeyFile(created, call.passphrase);
      seed = created;
      return { publicKey: toHex(publicKeyOf(created)), file };
    }
    case 'open':
      return open(await openKeyFile(call.file, call.passphrase));
    case 'create-successor':
      return createSuccessor(call.passphrase);
    case 'open-successor':
      forgetSuccessor();
      successor = await openSuccessor(call.file, call.passphrase, call.publicKey);
      return undefined;
    case 'review-hand-over':
      handOver = prepareHandOver(call, openSuccessorKey());
      return shownHandOver(handOver, openSuccessorKey());
    case 'sign-hand-over':
      return signReviewed(openSuccessorKey(), openKey());
    case 'forget-successor':
      return forgetSuccessor();
    case 'forget':
      forgetSuccessor();
      seed?.fill(0);
      seed = undefined;
      reader = undefined;
      prepared = undefined;
      return undefined;
    case 'prepare':
      return prepare(call, openKey());
    case 'sign-in':
      return signIn(call, openKey());
    case 'sign-report':
      return signReport(call, openKey());
    case 'sign':
      return sign(openKey());
    case 'seal':
      return encryptPayload(call.content, call.recipients, call);
    case 'read':
      return read(call);
  }
}

function forgetSuccessor(): void {
  successor?.fill(0);
  successor = undefined;
  handOver = undefined;
}

function openSuccessorKey(): Uint8Array {
  if (successor === undefined) throw new Error('The file of the new key is not open.');
  return successor;
}

/** Once: another attempt is for another recipient, and is shown again. */
function signReviewed(opened: Uint8Array, admin: Uint8Array): Promise<SignedHandOver> {
  if (handOver === undefined) throw new Error('Nothing was reviewed for handing over.');
  const reviewed = handOver;
  handOver = undefined;
  return signHandOver(reviewed, opened, admin);
}

function failure(id: number, error: unknown): KeyReply {
  const message = error instanceof Error ? error.message : String(error);
  if (!(error instanceof ClientError)) return { id, ok: false, message };
  const { code, facts, next } = error;
  return { id, ok: false, message, refusal: { code, facts, next } };
}

function open(opened: KeyInFile): OpenedFile {
  if (opened.kind === 'signing') {
    seed = opened.seed;
    return { kind: 'signing', publicKey: toHex(publicKeyOf(opened.seed)) };
  }
  reader = opened.key;
  return { kind: 'reading', encryptionKey: opened.key.publicKey };
}

/** Only bytes of the digest that the event names. */
async function read({ bytes, digest, isSealed }: KeyCall & { type: 'read' }): Promise<Uint8Array> {
  const expected = { digest: digest as Digest };
  if (!isSealed) {
    checkPayload(bytes, expected);
    return bytes;
  }
  if (reader === undefined) throw new Error('No encryption key is open.');
  return decryptPayload(bytes, reader, expected);
}

function openKey(): Uint8Array {
  if (seed === undefined) throw new Error('No key is open.');
  return seed;
}

/** Encodes the body; what is shown is decoded again from the very bytes that will be signed. */
function prepare(call: KeyCall & { type: 'prepare' }, key: Uint8Array): EncodedBody {
  const network = call.network as NetworkId;
  const bytes = encodeTransactionBody({
    version: 1,
    network,
    sender: toHex(publicKeyOf(key)) as PublicKey,
    nonce: toHex(randomBytes(16)) as Nonce,
    expiresAt: call.expiresAt,
    action: call.action,
    args: call.args,
  });
  prepared = { bytes, network };
  return { bytes: bytes.length, decoded: readableBody(decode(bytes)), hex: toHex(bytes) };
}

/** Whatever the page was told: what is signed names the gateway that was dialled and the network that is trusted. */
function signIn({ challenge, origin, network }: KeyCall & { type: 'sign-in' }, key: Uint8Array): string {
  const bytes = fromBase64Url(challenge);
  const fault = challengeFault(decodeChallenge(bytes), { origin, network });
  if (fault !== undefined)
    throw new Error(`The node asks for a signature with another ${fault} than expected.`);
  return toBase64Url(signNoble(key, signInSigningBytes(network as NetworkId, bytes)));
}

/** Only what decodes as a report, and is about the network that is trusted. */
function signReport({ report, network }: KeyCall & { type: 'sign-report' }, key: Uint8Array): Uint8Array {
  if (decodeChainReport(report).network !== network)
    throw new Error('The report is about another network than this browser trusts.');
  return signNoble(key, chainReportSigningBytes(network as NetworkId, report));
}

function sign(key: Uint8Array): SignedEnvelope {
  if (prepared === undefined) throw new Error('Nothing was prepared for signing.');
  const { bytes, network } = prepared;
  const envelope = encodeEnvelope(bytes, signNoble(key, transactionSigningBytes(network, bytes)));
  prepared = undefined;
  return { id: transactionId(envelope), envelope: toBase64Url(envelope) };
}

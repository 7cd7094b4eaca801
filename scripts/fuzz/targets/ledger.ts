/** What the ledger consists of, and proofs about it. */

import { verifyWithSodium } from '../../../node/crypto/sodium.ts';
import { checkGenesisDocument } from '../../../node/ledger/genesis-check.ts';
import {
  decodeEpochChain,
  type EpochChainFile,
  encodeEpochChain,
} from '../../../shared/codec/epoch-chain.ts';
import { fromHex, toHex } from '../../../shared/codec/hex.ts';
import {
  batchDigest,
  decodeBatch,
  decodeCertificate,
  decodeEnvelope,
  decodeEvent,
  decodeEvents,
  decodeGenesisDocument,
  decodeHeader,
  decodeOutcome,
  decodeProofPack,
  decodeReceipt,
  decodeStreamEvent,
  decodeTransactionBody,
  decodeValidatorSet,
  encodeBatch,
  encodeCertificate,
  encodeEnvelope,
  encodeEvent,
  encodeEvents,
  encodeGenesisDocument,
  encodeHeader,
  encodeOutcome,
  encodeProofPack,
  encodeReceipt,
  encodeStreamEvent,
  encodeTransactionBody,
  encodeValidatorSet,
  nullBatch,
  transactionSigningBytes,
} from '../../../shared/codec/ledger.ts';
import type { VerifySignature } from '../../../shared/crypto/ed25519.ts';
import type { Verification } from '../../../shared/protocol/checks.ts';
import { verifyProofPack } from '../../../shared/protocol/verify-pack.ts';
import { verifyReceipt } from '../../../shared/protocol/verify-receipt.ts';
import type { Digest, IdentityId, StreamName } from '../../../shared/types/brands.ts';
import { epochOf } from '../../../shared/types/brands.ts';
import type { Certificate, LedgerEvent, StreamEvent } from '../../../shared/types/ledger.ts';
import { buildExampleNetwork, examplePack, exampleReceipt } from '../../lib/example-network.ts';
import { accepted, refused, type Target } from '../target.ts';
import { codecTarget, expectKnown } from './codec-target.ts';
import { exampleBatch, exampleCertificate } from './example-messages.ts';

const example = buildExampleNetwork({ validators: 4, epochs: 2, transactions: 3 });
const { network, document } = example;
const last = example.blocks.at(-1)!;
const { genesis, epochs } = examplePack(example, 0);
const chain: EpochChainFile = { genesis, epochs };
const packs = [0, 1, 2].map((index) => encodeProofPack(examplePack(example, index)));
const receipts = [0, 1, 2].map((index) => encodeReceipt(exampleReceipt(last, index)));

const events: readonly LedgerEvent[] = [
  { type: 'streams.appended', data: { stream: 'orders/å', revision: 1, events: [{ eventId: 'a' }] } },
  { type: 'assets.moved', data: { amount: 2n ** 63n, to: null } },
];
const streamEvent: StreamEvent = {
  eventId: 'e-1',
  type: 'departed',
  data: { from: 'Antwerp', tonnes: 12.5 },
  labels: { port: 'Antwerp', ship: 'é' },
  references: ['orders/1'],
  payload: {
    digest: 'ef'.repeat(32) as Digest,
    size: 4096,
    erasable: true,
    recipients: ['north.auditor' as IdentityId],
  },
  stream: 'shipments/42' as StreamName,
  revision: 3,
};

const verifySignature: VerifySignature = async (key, message, signature) =>
  verifyWithSodium(key, message, signature);

/** A proof that verifies must be one that the validators made. */
const proofTarget = (
  name: string,
  corpus: readonly Uint8Array[],
  verify: (bytes: Uint8Array) => Promise<Verification>,
): Target => ({
  name,
  form: 'cbor',
  open() {
    const known = new Set(corpus.map(toHex));
    return {
      corpus,
      run: async (input) => {
        const { ok, checks } = await verify(input);
        if (ok) expectKnown(input, known);
        return ok ? accepted() : refused(checks.map(({ id, reason }) => `${id}:${reason ?? 'ok'}`).join(' '));
      },
    };
  },
});

export const ledgerTargets: readonly Target[] = [
  codecTarget({
    name: 'envelope',
    corpus: () => last.envelopes,
    decode: (bytes) => decodeEnvelope(bytes, { bytesMax: 65_536 }),
    encode: ({ bodyBytes, signature }) => encodeEnvelope(bodyBytes, signature),
    check: ({ body, bodyBytes, signature }, bytes, known) => {
      const message = transactionSigningBytes(network, bodyBytes);
      if (verifyWithSodium(fromHex(body.sender), message, signature)) expectKnown(bytes, known);
    },
  }),
  codecTarget({
    name: 'transaction-body',
    corpus: () => last.envelopes.map((envelope) => decodeEnvelope(envelope).bodyBytes),
    decode: (bytes) => decodeTransactionBody(bytes),
    encode: encodeTransactionBody,
  }),
  codecTarget({
    name: 'batch',
    corpus: () => [exampleBatch, nullBatch].map(encodeBatch),
    decode: (bytes) => decodeBatch(bytes),
    encode: encodeBatch,
    check: (value) => void batchDigest(value),
  }),
  codecTarget({
    name: 'header',
    corpus: () => example.blocks.map((block) => block.headerBytes),
    decode: decodeHeader,
    encode: encodeHeader,
  }),
  codecTarget({ name: 'outcome', corpus: () => last.outcomes, decode: decodeOutcome, encode: encodeOutcome }),
  codecTarget({
    name: 'event',
    corpus: () => events.map(encodeEvent),
    decode: decodeEvent,
    encode: encodeEvent,
  }),
  codecTarget({
    name: 'events',
    corpus: () => [encodeEvents(events), encodeEvents([])],
    decode: decodeEvents,
    encode: encodeEvents,
  }),
  codecTarget({
    name: 'stream-event',
    corpus: () => [encodeStreamEvent(streamEvent)],
    decode: decodeStreamEvent,
    encode: encodeStreamEvent,
  }),
  codecTarget({
    name: 'validator-set',
    corpus: () => [encodeValidatorSet(last.validators)],
    decode: decodeValidatorSet,
    encode: encodeValidatorSet,
  }),
  codecTarget({
    name: 'certificate',
    corpus: () => [encodeCertificate(exampleCertificate)],
    decode: decodeCertificate,
    encode: encodeCertificate,
  }),
  codecTarget({
    name: 'genesis',
    corpus: () => [encodeGenesisDocument(document)],
    decode: decodeGenesisDocument,
    encode: encodeGenesisDocument,
    check: (value) => void checkGenesisDocument(value),
  }),
  codecTarget({ name: 'receipt', corpus: () => receipts, decode: decodeReceipt, encode: encodeReceipt }),
  codecTarget({ name: 'proof-pack', corpus: () => packs, decode: decodeProofPack, encode: encodeProofPack }),
  codecTarget({
    name: 'epoch-chain',
    corpus: () => {
      const highest = last.certificate as Certificate;
      return [
        chain,
        { ...chain, highest },
        { ...chain, highest, highestHeader: encodeHeader(last.header) },
      ].map(encodeEpochChain);
    },
    decode: decodeEpochChain,
    encode: encodeEpochChain,
  }),
  proofTarget('proof-pack-verification', packs, (bytes) => verifyProofPack(bytes, network, verifySignature)),
  proofTarget('receipt-verification', receipts, (bytes) =>
    verifyReceipt(bytes, { network, epoch: epochOf(1), validators: last.validators }, verifySignature),
  ),
];
export const exampleReceipts = receipts;
export const examplePacks = packs;

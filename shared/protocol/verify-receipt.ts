/** A receipt: its transaction and outcome are in a block that a quorum of the epoch's validators sealed. */
import { CodecError } from '../codec/codec-error.ts';
import { fromHex, toHex } from '../codec/hex.ts';
import {
  decodeEnvelope,
  decodeHeader,
  decodeOutcome,
  decodeReceipt,
  transactionSigningBytes,
  validatorSetDigest,
} from '../codec/ledger.ts';
import type { VerifySignature } from '../crypto/ed25519.ts';
import { inclusionSteps, leafHash } from '../crypto/merkle.ts';
import type { Digest, NetworkId } from '../types/brands.ts';
import type { Header, InclusionProof, Outcome, Receipt, Transaction } from '../types/ledger.ts';
import {
  type Check,
  checklist,
  compared,
  type DrawnPath,
  failed,
  firstFailed,
  malformed,
  passed,
  type TrustedValidators,
  type Verification,
} from './checks.ts';
import { type KnownEpoch, placeInEpoch } from './known-epochs.ts';
import { certifiedBySet, headerCheck } from './verify-certificate.ts';

/** A receipt with its parts decoded. */
export interface OpenReceipt {
  readonly receipt: Receipt;
  readonly header: Header;
  readonly transaction: Transaction;
  readonly outcome: Outcome;
}

export interface ReceiptVerification extends Verification {
  /** Absent if it could not be decoded. Believe it only if `ok`. */
  readonly opened?: OpenReceipt;
}

/**
 * The six checks, given the validators of the receipt's epoch from a source that the caller trusts (without
 * one, take a proof pack). If the epoch's heights are known besides, the block must be one of them. Never rejects
 * for bad input.
 */
export const verifyReceipt = async (
  bytes: Uint8Array,
  trusted: TrustedValidators | KnownEpoch,
  verifySignature: VerifySignature,
): Promise<ReceiptVerification> => {
  const opened = opening(() => openReceipt(decodeReceipt(bytes)));
  if (opened instanceof CodecError) return checklist([malformed(opened)]);
  const { header } = opened;
  const history = firstFailed([
    compared('history', 'validator-set', validatorSetDigest(trusted.validators), header.validators),
    ...placeInEpoch(header, trusted),
  ]);
  const checks = [
    passed('decode', { inputs: { bytes: bytes.length } }),
    ...(await receiptChecks(opened, trusted.network, verifySignature)),
    await certifiedBySet(header, opened.receipt.certificate, trusted, verifySignature),
    history,
  ];
  return { ...checklist(checks), opened };
};

/** What `open` returns, or the CodecError that it throws. */
export const opening = <Opened>(open: () => Opened): Opened | CodecError => {
  try {
    return open();
  } catch (error) {
    if (error instanceof CodecError) return error;
    throw error;
  }
};

/** Throws CodecError. */
export const openReceipt = (receipt: Receipt): OpenReceipt => ({
  receipt,
  header: decodeHeader(receipt.header),
  transaction: decodeEnvelope(receipt.envelope),
  outcome: decodeOutcome(receipt.outcome),
});

/** The checks `leaf`, `path` and `header`. */
export const receiptChecks = async (
  opened: OpenReceipt,
  network: NetworkId,
  verifySignature: VerifySignature,
): Promise<readonly Check[]> => [
  await leafCheck(opened, network, verifySignature),
  pathCheck(opened),
  headerCheck(opened.receipt.header, opened.header, opened.receipt.certificate, network),
];

/** The transaction is this network's, signed by its sender, and the one that the outcome names. */
const leafCheck = async (
  { transaction, outcome, receipt }: OpenReceipt,
  network: NetworkId,
  verifySignature: VerifySignature,
): Promise<Check> => {
  const { body } = transaction;
  const details = {
    inputs: {
      transaction: transaction.id,
      transactionLeaf: toHex(leafHash(fromHex(transaction.id))),
      outcomeLeaf: toHex(leafHash(receipt.outcome)),
      sender: body.sender,
    },
  };
  const form = firstFailed([
    compared('leaf', 'wrong-network', network, body.network, details),
    compared('leaf', 'wrong-transaction', outcome.transaction, transaction.id, details),
  ]);
  if (!form.ok) return form;
  const message = transactionSigningBytes(network, transaction.bodyBytes);
  const signed = await verifySignature(fromHex(body.sender), message, transaction.signature);
  return signed
    ? form
    : failed('leaf', 'client-signature', { ...details, expected: 'valid', actual: 'invalid' });
};

/** Both proofs lead to the header's roots, from the same position in trees of the same size. */
const pathCheck = ({ receipt, header, transaction }: OpenReceipt): Check => {
  const { transactionProof, outcomeProof } = receipt;
  const transactionPath = drawPath(
    'transactions',
    fromHex(transaction.id),
    transactionProof,
    header.transactions,
  );
  const outcomePath = drawPath('outcomes', receipt.outcome, outcomeProof, header.outcomes);
  if (transactionPath === undefined || outcomePath === undefined) {
    return failed('path', 'proof-form', { expected: 'a path as long as its position in the tree needs' });
  }
  const paths = [transactionPath, outcomePath];
  // Reported, not proven: a path may fit several positions and sizes, and no hash covers either.
  const inputs = { reportedIndex: transactionProof.index, reportedSize: transactionProof.size };
  return firstFailed([
    compared('path', 'proof-position', positionOf(transactionProof), positionOf(outcomeProof), {
      paths,
      inputs,
    }),
    compared('path', 'root', header.outcomes, outcomePath.root, { paths, inputs }),
    compared('path', 'root', header.transactions, transactionPath.root, { paths, inputs }),
  ]);
};

const positionOf = ({ index, size }: InclusionProof): string => `${index} of ${size}`;

/** The path from a leaf's data to a root, to be drawn and compared; undefined if the proof's form is wrong. */
export const drawPath = (
  tree: DrawnPath['tree'],
  leafData: Uint8Array,
  proof: InclusionProof,
  expectedRoot: Digest,
): DrawnPath | undefined => {
  const leaf = leafHash(leafData);
  const steps = inclusionSteps(leaf, proof);
  if (steps === undefined) return undefined;
  return {
    tree,
    leaf: toHex(leaf) as Digest,
    steps: steps.map(({ sibling, side, hash }) => ({
      sibling: toHex(sibling) as Digest,
      side,
      hash: toHex(hash) as Digest,
    })),
    root: toHex(steps.at(-1)?.hash ?? leaf) as Digest,
    expectedRoot,
  };
};

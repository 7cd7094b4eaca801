/**
 * What a certified header says about the past: `history` of block k is the RFC 9162 root over the hashes of
 * blocks 0…k−1. The headers' own certificates are checked elsewhere (verify-certificate.ts).
 */
import { fromHex } from '../codec/hex.ts';
import { verifyConsistency } from '../crypto/merkle.ts';
import type { BlockHash, Digest, Height } from '../types/brands.ts';
import type { Header, InclusionProof } from '../types/ledger.ts';
import { type Check, compared, failed, firstFailed, passed } from './checks.ts';
import { drawPath } from './verify-receipt.ts';

/** The block of this height and hash is among the blocks below a certified header. */
export const verifyHistoryInclusion = (
  block: { readonly height: Height; readonly hash: BlockHash },
  proof: InclusionProof,
  certified: Header,
): Check => {
  const path = drawPath('history', fromHex(block.hash), proof, certified.history);
  if (path === undefined) return failed('history', 'proof-form', { expected: 'a path of the right length' });
  const details = { paths: [path], inputs: { height: block.height, below: certified.height } };
  return firstFailed([
    compared('history', 'proof-position', block.height, proof.index, details),
    compared('history', 'proof-position', certified.height, proof.size, details),
    compared('history', 'root', certified.history, path.root, details),
  ]);
};

/** The blocks below the older header are a prefix of those below the newer one: nothing was removed. */
export const verifyHistoryConsistency = (older: Header, newer: Header, proof: readonly Digest[]): Check => {
  const from = { size: older.height, root: older.history };
  const to = { size: newer.height, root: newer.history };
  const details = { expected: newer.history, inputs: { from: from.size, to: to.size, older: older.history } };
  return verifyConsistency(proof, from, to) ? passed('history', details) : failed('history', 'root', details);
};

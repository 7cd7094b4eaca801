/** That a key has a value, or is absent, in the state after a certified block. */

import { CodecError } from '../codec/codec-error.ts';
import { toHex } from '../codec/hex.ts';
import { decodeHeader, headerHash } from '../codec/ledger.ts';
import type { VerifySignature } from '../crypto/ed25519.ts';
import {
  keyDigest,
  type SparseMerkleProof,
  valueDigest,
  verifySparseProof,
} from '../crypto/sparse-merkle-tree.ts';
import type { NetworkId } from '../types/brands.ts';
import type { Certificate, Header } from '../types/ledger.ts';
import {
  type Check,
  compared,
  failed,
  malformed,
  passed,
  type TrustedValidators,
  type Verification,
  verificationOf,
} from './checks.ts';
import { type KnownEpoch, placeInEpoch } from './known-epochs.ts';
import { certifiedBySet, headerCheck } from './verify-certificate.ts';
import { opening } from './verify-receipt.ts';

/** In the state of genesis, which needs no seals. */
export interface GenesisStateEntry {
  readonly key: string;
  /** undefined claims that the key is absent. */
  readonly value?: Uint8Array;
  readonly proof: SparseMerkleProof;
  /** CBOR of the header exactly as it was hashed. */
  readonly header: Uint8Array;
}

export interface StateEntry extends GenesisStateEntry {
  readonly certificate: Certificate;
}

/**
 * The checks decode, path, header and quorum, and history if the epoch's heights are known. Never rejects for bad
 * input.
 */
export const verifyStateEntry = async (
  entry: StateEntry,
  trusted: TrustedValidators | KnownEpoch,
  verifySignature: VerifySignature,
): Promise<Verification> => {
  const header = opening(() => decodeHeader(entry.header));
  if (header instanceof CodecError) return verificationOf([malformed(header)]);
  return verificationOf([
    passed('decode', { inputs: { bytes: entry.header.length } }),
    stateCheck(entry, header),
    headerCheck(entry.header, header, entry.certificate, trusted.network),
    await certifiedBySet(header, entry.certificate, trusted, verifySignature),
    ...placeInEpoch(header, trusted),
  ]);
};

/**
 * The same at height 0: nobody sealed the genesis block, whose hash is the network id. The checks decode, path and
 * header. Never throws for bad input.
 */
export const verifyGenesisStateEntry = (entry: GenesisStateEntry, network: NetworkId): Verification => {
  const header = opening(() => decodeHeader(entry.header));
  if (header instanceof CodecError) return verificationOf([malformed(header)]);
  return verificationOf([
    passed('decode', { inputs: { bytes: entry.header.length } }),
    stateCheck(entry, header),
    compared('header', 'genesis-hash', network, headerHash(entry.header)),
  ]);
};

const stateCheck = ({ key, value, proof }: GenesisStateEntry, header: Header): Check => {
  const keyHash = keyDigest(key);
  const valueHash = value && valueDigest(value);
  const details = {
    expected: header.state,
    inputs: {
      key,
      keyDigest: toHex(keyHash),
      value: valueHash === undefined ? 'absent' : toHex(valueHash),
      siblings: proof.siblings.length,
    },
  };
  const ok = verifySparseProof(header.state, keyHash, valueHash, proof);
  return ok ? passed('path', details) : failed('path', 'root', details);
};

/**
 * The chain of validator sets since genesis: the network id is the genesis block's hash, genesis names the
 * first set, and the last block of each epoch, certified by its set, names the next one (rule E2).
 */
import { CodecError } from '../codec/codec-error.ts';
import { decodeHeader, headerHash, validatorSetDigest } from '../codec/ledger.ts';
import { decodeRecovery, lastHeaderOf } from '../codec/recovery.ts';
import type { VerifySignature } from '../crypto/ed25519.ts';
import {
  type BlockHash,
  type Digest,
  type Height,
  heightOf,
  type NetworkId,
  zeroDigest,
} from '../types/brands.ts';
import type { CertifiedLink, EpochLink, Header, ProofPack, RecoveryLink } from '../types/ledger.ts';
import {
  type Check,
  compared,
  failed,
  firstFailed,
  malformed,
  passed,
  type TrustedValidators,
} from './checks.ts';
import {
  foundedEpochs,
  handedOver,
  type KnownEpoch,
  type KnownEpochs,
  newestEpoch,
  recoveredTo,
} from './known-epochs.ts';
import { certifiedBySet, headerCheck } from './verify-certificate.ts';
import { opening } from './verify-receipt.ts';
import { type VerifiedRecovery, verifyRecovery } from './verify-recovery.ts';

/** The set that the chain leads to, and the last height that it does not seal. */
export interface EpochChain {
  readonly trusted: TrustedValidators;
  readonly sealsAbove: Height;
  /** Hash of the block at that height. */
  readonly parent: BlockHash;
}
export type EpochsResult =
  | {
      readonly ok: true;
      readonly check: Check;
      readonly chain: EpochChain;
      /** How it went on here, if no quorum handed over. */
      readonly recovery?: VerifiedRecovery;
    }
  | { readonly ok: false; readonly check: Check };

export type VerifiedEpochs =
  | { readonly ok: true; readonly check: Check; readonly chain: EpochChain; readonly known: KnownEpochs }
  | { readonly ok: false; readonly check: Check };

/** The check `history`. Throws CodecError if a header does not decode. */
export const verifyEpochs = async (
  genesis: ProofPack['genesis'],
  links: readonly EpochLink[],
  network: NetworkId,
  verifySignature: VerifySignature,
): Promise<VerifiedEpochs> => {
  const first = checkGenesis(genesis, network);
  if (!first.ok) return first;
  const followed = await followLinks(foundedEpochs(first.chain.trusted), links, verifySignature);
  if (followed.check !== undefined) return { ok: false, check: followed.check };
  const { known } = followed;
  const { epoch, validators } = newestEpoch(known);
  return {
    ok: true,
    check: passed('history', {
      expected: network,
      actual: headerHash(genesis.header),
      inputs: { epochs: links.length, epoch, validators: validators.length },
    }),
    chain: chainTo(newestEpoch(known)),
    known,
  };
};

/** What genesis alone makes known, or why it is not the pinned one. Never throws for bad input. */
export const beginEpochs = (
  genesis: ProofPack['genesis'],
  network: NetworkId,
): { readonly ok: true; readonly known: KnownEpochs } | { readonly ok: false; readonly check: Check } => {
  const begun = opening(() => checkGenesis(genesis, network));
  if (begun instanceof CodecError) return { ok: false, check: malformed(begun) };
  return begun.ok ? { ok: true, known: foundedEpochs(begun.chain.trusted) } : begun;
};

export interface FollowedEpochs {
  /** As far as the links hold. */
  readonly known: KnownEpochs;
  /** Of the first link that does not; absent if all do. */
  readonly check?: Check;
}

/** Further epochs behind those that are known; the first link hands over the newest one. Never rejects for bad input. */
export const followEpochs = async (
  known: KnownEpochs,
  links: readonly EpochLink[],
  verifySignature: VerifySignature,
): Promise<FollowedEpochs> => {
  let followed: FollowedEpochs = { known };
  for (const link of links) {
    try {
      followed = await followLinks(followed.known, [link], verifySignature);
    } catch (error) {
      if (!(error instanceof CodecError)) throw error;
      return { known: followed.known, check: malformed(error) };
    }
    if (followed.check !== undefined) return followed;
  }
  return followed;
};

/** Throws CodecError if a header does not decode. */
const followLinks = async (
  known: KnownEpochs,
  links: readonly EpochLink[],
  verifySignature: VerifySignature,
): Promise<FollowedEpochs> => {
  const epochs = [...known];
  for (const link of links) {
    const newest = newestEpoch(epochs);
    const next = await followLink(chainTo(newest), link, verifySignature);
    if (!next.ok) return { known: epochs, check: next.check };
    const { trusted, sealsAbove: height, parent: block } = next.chain;
    const { recovery } = next;
    const parts =
      recovery === undefined
        ? handedOver(newest, { height, block }, trusted)
        : recoveredTo(newest, recovery, trusted);
    epochs.splice(-1, 1, ...parts);
  }
  return { known: epochs };
};

const chainTo = ({ firstHeight, parent, network, epoch, validators }: KnownEpoch): EpochChain => ({
  trusted: { network, epoch, validators },
  sealsAbove: heightOf(firstHeight - 1),
  parent,
});

/** Where a chain begins. Throws CodecError if the header does not decode. */
export const checkGenesis = (
  { header: bytes, validators }: ProofPack['genesis'],
  network: NetworkId,
): EpochsResult => {
  const header = decodeHeader(bytes);
  const check = firstFailed([
    compared('history', 'genesis-hash', network, headerHash(bytes)),
    genesisForm(header),
    compared('history', 'validator-set', header.validators, validatorSetDigest(validators)),
  ]);
  if (!check.ok) return { ok: false, check };
  const trusted = { network, epoch: header.epoch, validators };
  const parent = network as Digest as BlockHash;
  return { ok: true, check, chain: { trusted, sealsAbove: heightOf(0), parent } };
};

/** Height 0, epoch 0, no network, no parent, and the set that it names seals block 1. */
const genesisForm = (header: Header): Check =>
  firstFailed([
    compared('history', 'genesis-form', 0, header.height),
    compared('history', 'genesis-form', '', header.network),
    compared('history', 'genesis-form', zeroDigest, header.parent),
    compared('history', 'genesis-form', 0, header.epoch),
    compared('history', 'genesis-form', 0, header.nextEpoch),
    compared('history', 'genesis-form', header.validators, header.nextValidators),
  ]);

/** One epoch further. Throws CodecError if the header, or a recovery, does not decode. */
export const followLink = (
  chain: EpochChain,
  link: EpochLink,
  verifySignature: VerifySignature,
): Promise<EpochsResult> =>
  'recovery' in link
    ? followRecovery(chain, link, verifySignature)
    : followHandOver(chain, link, verifySignature);

const followHandOver = async (
  { trusted, sealsAbove }: EpochChain,
  link: CertifiedLink,
  verifySignature: VerifySignature,
): Promise<EpochsResult> => {
  const header = decodeHeader(link.header);
  const nextEpoch = { ...trusted, epoch: header.nextEpoch, validators: link.nextValidators };
  const check = firstFailed([
    headerCheck(link.header, header, link.certificate, trusted.network),
    await certifiedBySet(header, link.certificate, trusted, verifySignature),
    compared('history', 'epoch', trusted.epoch, header.epoch),
    compared('history', 'epoch-link', header.epoch + 1, header.nextEpoch),
    compared('history', 'validator-set', header.nextValidators, validatorSetDigest(link.nextValidators)),
    isAbove(header.height, sealsAbove),
  ]);
  // Whatever failed in a link, it is the history that does not hold.
  if (!check.ok) return { ok: false, check: { ...check, id: 'history' } };
  const parent = headerHash(link.header);
  return { ok: true, check, chain: { trusted: nextEpoch, sealsAbove: header.height, parent } };
};

/** Over a place that no quorum proves. What the members signed names the header and the set; the link repeats them. */
const followRecovery = async (
  chain: EpochChain,
  { header: bytes, recovery, nextValidators }: RecoveryLink,
  verifySignature: VerifySignature,
): Promise<EpochsResult> => {
  const certificate = decodeRecovery(recovery);
  const result = await verifyRecovery(chain, certificate, verifySignature);
  if (!result.ok) return result;
  const { content } = certificate;
  const check = firstFailed([
    compared('history', 'block-hash', headerHash(lastHeaderOf(content)), headerHash(bytes)),
    compared(
      'history',
      'validator-set',
      validatorSetDigest(content.validators),
      validatorSetDigest(nextValidators),
    ),
  ]);
  if (!check.ok) return { ok: false, check };
  const { header, block } = result.recovery;
  const trusted = { network: chain.trusted.network, epoch: content.epoch, validators: nextValidators };
  return {
    ok: true,
    check: result.check,
    chain: { trusted, sealsAbove: header.height, parent: block },
    recovery: result.recovery,
  };
};

/** A block of an epoch lies above the last block of the epoch before. */
export const isAbove = (height: Height, sealsAbove: Height): Check => {
  const details = { expected: `> ${sealsAbove}`, actual: String(height) };
  return height > sealsAbove ? passed('history', details) : failed('history', 'height', details);
};

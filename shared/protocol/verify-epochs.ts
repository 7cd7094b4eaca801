/**
 * The chain of validator sets since genesis: the network id is the genesis block's hash, genesis names the
 * first set, and the last block of each epoch, certified by its set, names the next one (rule E2).
 */
import { decodeHeader, headerHash, validatorSetDigest } from '../codec/ledger.ts';
import type { VerifySignature } from '../crypto/ed25519.ts';
import { type Height, heightOf, type NetworkId, zeroDigest } from '../types/brands.ts';
import type { EpochLink, Header, ProofPack } from '../types/ledger.ts';
import { type Check, compared, failed, firstFailed, passed, type TrustedValidators } from './checks.ts';
import { certifiedBySet, headerCheck } from './verify-certificate.ts';

/** The set that the chain leads to, and the last height that it does not seal. */
export interface EpochChain {
  readonly trusted: TrustedValidators;
  readonly sealsAbove: Height;
}
export type EpochsResult =
  | { readonly ok: true; readonly check: Check; readonly chain: EpochChain }
  | { readonly ok: false; readonly check: Check };

/** The check `history`. Throws CodecError if a header does not decode. */
export const verifyEpochs = async (
  genesis: ProofPack['genesis'],
  links: readonly EpochLink[],
  network: NetworkId,
  verifySignature: VerifySignature,
): Promise<EpochsResult> => {
  const first = checkGenesis(genesis, network);
  if (!first.ok) return first;
  let { chain } = first;
  for (const link of links) {
    const next = await followLink(chain, link, verifySignature);
    if (!next.ok) return next;
    chain = next.chain;
  }
  return {
    ok: true,
    check: passed('history', {
      expected: network,
      actual: headerHash(genesis.header),
      inputs: {
        epochs: links.length,
        epoch: chain.trusted.epoch,
        validators: chain.trusted.validators.length,
      },
    }),
    chain,
  };
};

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
  return { ok: true, check, chain: { trusted, sealsAbove: heightOf(0) } };
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

/** One epoch further. Throws CodecError if the header does not decode. */
export const followLink = async (
  { trusted, sealsAbove }: EpochChain,
  link: EpochLink,
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
  return { ok: true, check, chain: { trusted: nextEpoch, sealsAbove: header.height } };
};

/** A block of an epoch lies above the last block of the epoch before. */
export const isAbove = (height: Height, sealsAbove: Height): Check => {
  const details = { expected: `> ${sealsAbove}`, actual: String(height) };
  return height > sealsAbove ? passed('history', details) : failed('history', 'height', details);
};

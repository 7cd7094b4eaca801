/**
 * The epochs that a chain from genesis leads through: who sealed, at which heights. A certificate of any epoch is
 * judged by it, and it says who held which consensus key when. Whoever remembers it refuses what the keys of a former
 * set sign behind the end of their epoch, which a chain that simply stops earlier would hide.
 */
import { validatorSetDigest } from '../codec/ledger.ts';
import {
  type BlockHash,
  type Digest,
  type Epoch,
  type Height,
  heightOf,
  nextHeight,
  type PublicKey,
  type ValidatorId,
} from '../types/brands.ts';
import type { Certificate } from '../types/ledger.ts';
import type { RecoveryBreak } from '../types/recovery.ts';
import { type Check, compared, failed, firstFailed, passed, type TrustedValidators } from './checks.ts';
import type { VerifiedRecovery } from './verify-recovery.ts';

export interface KnownEpoch extends TrustedValidators {
  /** 1 in epoch 0. */
  readonly firstHeight: Height;
  /** Hash of the block before the first one. */
  readonly parent: BlockHash;
  /** Of the block that handed over; absent while no later epoch is known. */
  readonly lastHeight?: Height;
  /** No quorum handed over to it: the members did, after one was gone for good. */
  readonly recovery?: RecoveryBreak;
}

/** Of one network, ascending from epoch 0 without a gap: an epoch's number is its place. Made by verify-epochs.ts. */
export type KnownEpochs = readonly KnownEpoch[];

/** What genesis alone makes known. */
export const foundedEpochs = (founders: TrustedValidators): KnownEpochs => [
  // The hash of genesis is the network's id.
  { ...founders, firstHeight: heightOf(1), parent: founders.network as Digest as BlockHash },
];

/** The newest one ended with this block, and the next one began. */
export const handedOver = (
  newest: KnownEpoch,
  last: { readonly height: Height; readonly block: BlockHash },
  next: TrustedValidators,
): KnownEpochs => [
  { ...newest, lastHeight: last.height },
  { ...next, firstHeight: nextHeight(last.height), parent: last.block },
];

/** The same, where the members handed over because a quorum was gone for good. */
export const recoveredTo = (
  newest: KnownEpoch,
  { header, block, recovered, break: happened }: VerifiedRecovery,
  next: TrustedValidators,
): KnownEpochs => {
  const last = { height: header.height, block };
  const [ended, begun] = handedOver(newest, last, next) as readonly [KnownEpoch, KnownEpoch];
  return [
    { ...ended, ...(recovered.length > 0 && { recovered }) },
    { ...begun, recovery: happened },
  ];
};

/** Every place of the chain that no quorum proves, ascending. */
export const breaksOf = (known: KnownEpochs): readonly RecoveryBreak[] =>
  known.flatMap(({ recovery }) => recovery ?? []);

export const newestEpoch = (known: KnownEpochs): KnownEpoch => {
  const newest = known.at(-1);
  if (newest === undefined) throw new RangeError('genesis makes an epoch known');
  return newest;
};

/** Undefined if it has not begun, as far as is known. */
export const knownEpoch = (known: KnownEpochs, epoch: Epoch): KnownEpoch | undefined => known[epoch];

/** A certified height lies in its epoch: neither before its first nor behind its last block. The check `history`. */
export const withinEpoch = (
  { height }: Pick<Certificate, 'height'>,
  { epoch, firstHeight, lastHeight }: KnownEpoch,
): Check => {
  const expected = lastHeight === undefined ? `≥ ${firstHeight}` : `${firstHeight}…${lastHeight}`;
  const details = { expected, actual: String(height), inputs: { epoch } };
  const isWithin = height >= firstHeight && (lastHeight === undefined || height <= lastHeight);
  return isWithin ? passed('history', details) : failed('history', 'height', details);
};

/** Of a set whose heights are known, too, that the height is one of them; else nothing can be said. */
export const placeInEpoch = (
  header: Pick<Certificate, 'height'>,
  trusted: TrustedValidators | KnownEpoch,
): readonly Check[] => ('firstHeight' in trusted ? [withinEpoch(header, trusted)] : []);

/**
 * Two chains from one genesis say the same about every epoch that both know. If they do not, more than f validators of
 * an epoch handed over twice, or their old keys did. The check `history`.
 */
export const sameEpochs = (one: KnownEpochs, other: KnownEpochs): Check => {
  const shared = one.slice(0, other.length);
  const differing = shared
    .map((epoch, index) => sameEpoch(epoch, other[index] as KnownEpoch))
    .find((check) => !check.ok);
  return differing ?? passed('history', { inputs: { epochs: shared.length } });
};

const sameEpoch = (one: KnownEpoch, other: KnownEpoch): Check => {
  const details = { inputs: { epoch: one.epoch } };
  return firstFailed([
    compared('history', 'wrong-network', one.network, other.network, details),
    compared('history', 'height', one.firstHeight, other.firstHeight, details),
    compared('history', 'parent', one.parent, other.parent, details),
    compared('history', 'epoch-link', one.recovery?.digest ?? '', other.recovery?.digest ?? '', details),
    compared(
      'history',
      'validator-set',
      validatorSetDigest(one.validators),
      validatorSetDigest(other.validators),
      details,
    ),
    one.lastHeight === undefined || other.lastHeight === undefined
      ? passed('history', details)
      : compared('history', 'height', one.lastHeight, other.lastHeight, details),
  ]);
};

/** Who could seal with this key, from which height to which. A key has one holder, and is never held again (rule E4). */
export interface HeldKey {
  readonly validator: ValidatorId;
  readonly key: PublicKey;
  readonly from: Height;
  /** Absent while it is held. */
  readonly to?: Height;
}

/** Every consensus key that ever sealed, by the height from which on it could, then by validator. */
export const heldConsensusKeys = (known: KnownEpochs): readonly HeldKey[] => {
  const held: HeldKey[] = [];
  let places = new Map<PublicKey, number>();
  for (const { validators, firstHeight, lastHeight } of known) {
    const end = lastHeight === undefined ? {} : { to: lastHeight };
    const stillHeld = new Map<PublicKey, number>();
    for (const { id: validator, consensusKey: key } of validators) {
      const place = places.get(key) ?? held.length;
      held[place] = { validator, key, from: held[place]?.from ?? firstHeight, ...end };
      stillHeld.set(key, place);
    }
    places = stillHeld;
  }
  return held;
};

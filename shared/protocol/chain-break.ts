/**
 * A place in a walked chain that no quorum proves (docs/recovery.md). The recovery that leads over it is verified like
 * all else, with the epoch that the walk has come to; what it keeps needs no seals, and what it ends is ended.
 */
import { CodecError } from '../codec/codec-error.ts';
import { validatorSetDigest } from '../codec/ledger.ts';
import type { VerifySignature } from '../crypto/ed25519.ts';
import type { Digest } from '../types/brands.ts';
import type { RecoveryLink } from '../types/ledger.ts';
import type { RecoveryBreak } from '../types/recovery.ts';
import { type Check, compared, failed, malformed, passed } from './checks.ts';
import type { ChainPoint } from './verify-chain.ts';
import { type EpochChain, type EpochsResult, followLink } from './verify-epochs.ts';

/** What a proven recovery puts in place behind the last block that it keeps. */
export interface RecoveryAhead {
  /** `sealsAbove` and `parent` are that block. */
  readonly chain: EpochChain;
  /** Of the new set, as headers name it. */
  readonly validators: Digest;
}

/** The same place, knowing what the recovery keeps and leads to; or the check `history` that fails. Never rejects for bad input. */
export const takeRecovery = async (
  point: ChainPoint,
  link: RecoveryLink,
  verifySignature: VerifySignature,
): Promise<ChainPoint | Check> => {
  if (point.ahead !== undefined) return point;
  const next = await followed(point.epochs, link, verifySignature);
  if (next instanceof CodecError) return { ...malformed(next), id: 'history' };
  if (!next.ok) return next.check;
  const { chain, recovery } = next;
  if (recovery === undefined) throw new Error('a recovery link is followed by its recovery');
  const begins = beginsHere(point, chain);
  if (!begins.ok) return begins;
  const { trusted } = point.epochs;
  const { recovered } = recovery;
  return {
    ...point,
    epochs: { ...point.epochs, trusted: { ...trusted, ...(recovered.length > 0 && { recovered }) } },
    ahead: { chain, validators: validatorSetDigest(link.nextValidators) },
    breaks: [...breaksAt(point), recovery.break],
  };
};

/** Behind the last block that a recovery keeps the new set seals, and nobody else. */
export const overBreak = (point: ChainPoint): ChainPoint => {
  const { ahead, ...rest } = point;
  if (ahead === undefined || ahead.chain.sealsAbove !== point.height) return point;
  return { ...rest, epochs: ahead.chain, validators: ahead.validators };
};

/** Every recovery that the walk was led by, ascending. */
export const breaksAt = ({ breaks = [] }: Pick<ChainPoint, 'breaks'>): readonly RecoveryBreak[] => breaks;

const followed = async (
  epochs: EpochChain,
  link: RecoveryLink,
  verifySignature: VerifySignature,
): Promise<EpochsResult | CodecError> => {
  try {
    return await followLink(epochs, link, verifySignature);
  } catch (error) {
    if (error instanceof CodecError) return error;
    throw error;
  }
};

/** It may not end the epoch below a block that a quorum is known to have sealed, nor behind another block. */
const beginsHere = ({ height, block }: ChainPoint, { sealsAbove, parent }: EpochChain): Check => {
  if (sealsAbove < height)
    return failed('history', 'recovery-conflict', {
      expected: `block ${height} is kept`,
      actual: `nothing above block ${sealsAbove} is`,
    });
  return sealsAbove === height ? compared('history', 'parent', block, parent) : passed('history');
};

/**
 * Recoveries that this node's operator accepted (docs/recovery.md). A node knows of none by itself, and believes none
 * that a peer shows: where they lead is asked for here, and from nowhere else.
 */
import { decodeHeader, headerHash } from '../../shared/codec/ledger.ts';
import { decodeRecovery, lastHeaderOf } from '../../shared/codec/recovery.ts';
import { type BlockHash, type Epoch, epochOf, type Height } from '../../shared/types/brands.ts';
import type { EpochLink, ValidatorSet } from '../../shared/types/ledger.ts';
import type { RecoveryCertificate } from '../../shared/types/recovery.ts';
import { readMembershipOf } from '../ledger/modules/epochs.ts';
import { recoveredView } from '../ledger/recovered-view.ts';
import type { StateView } from '../ledger/types.ts';
import type { BlockStorePort, StatePort } from './ports.ts';

export interface AcceptedRecovery {
  readonly bytes: Uint8Array;
  readonly certificate: RecoveryCertificate;
  /** C: the last block that a quorum sealed. */
  readonly base: Height;
  /** H: the last block that is kept. */
  readonly height: Height;
  readonly block: BlockHash;
  /** Of C…H. */
  readonly kept: ReadonlyMap<Height, BlockHash>;
}

/** Throws CodecError. */
export function acceptedRecovery(bytes: Uint8Array): AcceptedRecovery {
  const certificate = decodeRecovery(bytes);
  const { base, headers } = certificate.content;
  const kept = new Map(
    [base.header, ...headers].map((header) => [decodeHeader(header).height, headerHash(header)] as const),
  );
  const last = lastHeaderOf(certificate.content);
  return {
    bytes,
    certificate,
    base: decodeHeader(base.header).height,
    height: decodeHeader(last).height,
    block: headerHash(last),
    kept,
  };
}

export interface Recoveries {
  /** By the epoch that each begins. */
  readonly all: readonly AcceptedRecovery[];
  /** The one whose last block has this height. @throws if another block has it here */
  behind(height: Height, block: BlockHash): AcceptedRecovery | undefined;
  /** The one that ended this epoch. */
  ending(epoch: Epoch): AcceptedRecovery | undefined;
  /** The block that one of them keeps at this height: no other is taken there, whoever sealed it. */
  kept(height: Height): BlockHash | undefined;
}

export function recoveriesOf(blocks: Pick<BlockStorePort, 'recoveries'>): Recoveries {
  const all = blocks.recoveries?.() ?? [];

  function behind(height: Height, block: BlockHash): AcceptedRecovery | undefined {
    // Of two behind one block, the later one holds: in the set of the first nothing was ever sealed.
    const found = all.findLast((one) => one.height === height);
    if (found !== undefined && found.block !== block)
      throw new Error(`Block ${height} is ${block} here, and the accepted recovery keeps ${found.block}`);
    return found;
  }

  function kept(height: Height): BlockHash | undefined {
    for (const one of all) {
      const block = one.kept.get(height);
      if (block !== undefined) return block;
    }
    return undefined;
  }

  return { all, behind, kept, ending: (epoch) => all.find((one) => endedBy(one) === epoch) };
}

const endedBy = ({ certificate }: AcceptedRecovery): number => certificate.content.epoch - 1;

/**
 * State as far as it says who seals the next block, and where nodes are: that of the recovery, if the block that was
 * executed last is the last one that it keeps.
 */
export function standingView(state: StatePort, blocks: Pick<BlockStorePort, 'recoveries'>): StateView {
  const height = state.height();
  const found = blocks.recoveries?.().findLast((one) => one.height === height);
  return found === undefined ? state : recoveredView(state, found.certificate);
}

/**
 * How an epoch ended: it handed over, or a recovery did that was accepted here. Undefined if neither is here.
 * @param state where the set is read that is damaged beside the blocks; throws what storage does for the block itself
 */
export function linkBehind(blocks: BlockStorePort, epoch: Epoch, state?: StateView): EpochLink | undefined {
  const recovery = recoveriesOf(blocks).ending(epoch);
  if (recovery !== undefined) {
    const { bytes, certificate } = recovery;
    const header = lastHeaderOf(certificate.content);
    return { header, recovery: bytes, nextValidators: keysOf(certificate.content.validators) };
  }
  const end = blocks.epochEnd(epoch);
  const nextValidators =
    end?.nextValidators ?? (state && readMembershipOf(state, epochOf(epoch + 1))?.validators);
  if (end === undefined || nextValidators === undefined) return undefined;
  const { header, certificate } = end;
  return { header, certificate, nextValidators };
}

const keysOf = (set: ValidatorSet): ValidatorSet =>
  set.map(({ id, member, consensusKey }) => ({ id, member, consensusKey }));

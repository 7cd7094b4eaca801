/**
 * The signer as a light client (rule E2): genesis names the first set, and every further epoch is one that the set
 * before it handed over to, in a certified header. So it knows which key votes in an epoch, and at which heights;
 * what the node says about it is not believed.
 */
import { CodecError } from '../../shared/codec/codec-error.ts';
import type { GivenUpHeights } from '../../shared/codec/conflict.ts';
import { decodeEpochLink, decodeHeader } from '../../shared/codec/ledger.ts';
import { decodeRecovery } from '../../shared/codec/recovery.ts';
import type { VerifySignature } from '../../shared/crypto/ed25519.ts';
import {
  checkGenesis,
  type EpochsResult,
  followLink,
  type EpochChain as ProvenChain,
} from '../../shared/protocol/verify-epochs.ts';
import {
  type Epoch,
  epochOf as epochNumber,
  type Height,
  heightOf,
  type MemberId,
  type NetworkId,
  nextHeight,
  type PublicKey,
  type ValidatorId,
} from '../../shared/types/brands.ts';
import type { ProofPack } from '../../shared/types/ledger.ts';
import { SignerRefusal } from '../crypto/signer-refusal.ts';
import type { HeightRange } from './vote-memory.ts';

export interface SignerEpoch {
  readonly epoch: Epoch;
  /** Of this validator; absent if the set does not hold it. */
  readonly key?: PublicKey;
  readonly member?: MemberId;
  readonly range: HeightRange;
}

export interface EpochChain {
  current(): SignerEpoch;
  of(epoch: Epoch): SignerEpoch | undefined;
  /** The key was this validator's in an epoch, and a hand-over that was followed ended that for good. */
  isOver(key: PublicKey): boolean;
  /** Heights that recoveries gave up: opened anew to who gave no word in them. */
  givenUp(): readonly GivenUpHeights[];
  /** Follows one hand-over; a known one again is no fault. @returns whether it was new. @throws SignerRefusal `link-invalid` */
  follow(link: Uint8Array): Promise<boolean>;
}

export interface EpochChainOptions {
  readonly network: NetworkId;
  readonly validator: ValidatorId;
  readonly genesis: ProofPack['genesis'];
  readonly verifySignature: VerifySignature;
}

/** @throws SignerRefusal `link-invalid` if the genesis is not the network's */
export function createEpochChain({
  network,
  validator,
  genesis,
  verifySignature,
}: EpochChainOptions): EpochChain {
  const first = checkGenesis(genesis, network);
  if (!first.ok) throw new SignerRefusal('link-invalid', { reason: first.check.reason ?? first.check.id });
  let { chain } = first;
  const epochs: SignerEpoch[] = [epochOf(chain)];

  function epochOf({ trusted, sealsAbove }: ProvenChain): SignerEpoch {
    const own = trusted.validators.find(({ id }) => id === validator);
    return {
      epoch: trusted.epoch,
      range: { first: nextHeight(sealsAbove) },
      ...(own && { key: own.consensusKey, member: own.member }),
    };
  }
  const givenUp: GivenUpHeights[] = [];
  const current = (): SignerEpoch => epochs.at(-1)!;

  async function follow(bytes: Uint8Array): Promise<boolean> {
    const { epoch, height, survivors } = endOf(bytes);
    const known = epochs.find((one) => one.epoch === epoch);
    if (known?.range.last !== undefined && known.range.last === height) return false;
    const before = chain;
    const result = await followed(before, decodeEpochLink(bytes), verifySignature);
    if (!result.ok || chain !== before)
      throw new SignerRefusal('link-invalid', { epoch, reason: result.check.reason ?? 'overtaken' });
    const last = heightOf(height);
    epochs[epochs.length - 1] = { ...current(), range: { first: current().range.first, last } };
    chain = result.chain;
    epochs.push(epochOf(chain));
    if (survivors !== undefined) givenUp.push({ epoch: epoch + 1, height, survivors });
    return true;
  }

  return {
    current,
    givenUp: () => givenUp,
    of: (epoch) => epochs.find((one) => one.epoch === epoch),
    // Keys are never used again (rule E4).
    isOver: (key) => current().key !== key && epochs.some((one) => one.key === key),
    follow,
  };
}

/** Headers inside a recovery are read only while it is verified. @throws SignerRefusal `link-invalid` */
async function followed(...link: Parameters<typeof followLink>): Promise<EpochsResult> {
  try {
    return await followLink(...link);
  } catch (error) {
    if (error instanceof CodecError) throw new SignerRefusal('link-invalid', { reason: error.message });
    throw error;
  }
}

/** Which epoch a link ends, with which block, and, if it is a recovery, who gave its word in it. */
function endOf(bytes: Uint8Array): {
  readonly epoch: Epoch;
  readonly height: Height;
  readonly survivors?: readonly ValidatorId[];
} {
  try {
    const link = decodeEpochLink(bytes);
    const { epoch, height } = decodeHeader(link.header);
    if (!('recovery' in link)) return { epoch, height };
    // The last block may be of the epoch before: nothing was sealed in the one that ends.
    const { content } = decodeRecovery(link.recovery);
    const survivors = content.survivors.map(({ validator: id }) => id);
    return { epoch: epochNumber(content.epoch - 1), height, survivors };
  } catch (error) {
    if (error instanceof CodecError) throw new SignerRefusal('link-invalid', { reason: error.message });
    throw error;
  }
}

/**
 * A whole chain of blocks, one after another from the pinned genesis: each block names the one before it as its
 * parent, its history covers every block below it, and a quorum of its epoch's validators sealed it. Where a quorum was
 * gone for good, the recovery that led on is verified, and stands among the breaks. What is carried from block to block
 * is one record, so that a verifier can stop anywhere and go on later.
 */
import { CodecError } from '../codec/codec-error.ts';
import { fromHex } from '../codec/hex.ts';
import { decodeHeader, headerHash, validatorSetDigest } from '../codec/ledger.ts';
import type { VerifySignature } from '../crypto/ed25519.ts';
import { appendLeaf, emptyFrontier, type Frontier, frontierRoot } from '../crypto/merkle.ts';
import type { BlockHash, Digest, Height, NetworkId } from '../types/brands.ts';
import type { Certificate, Header, ProofPack, RecoveryLink, ValidatorSet } from '../types/ledger.ts';
import type { RecoveryBreak } from '../types/recovery.ts';
import { overBreak, type RecoveryAhead, takeRecovery } from './chain-break.ts';
import { type Check, compared, failed, firstFailed, malformed, passed } from './checks.ts';
import { headerCheck, quorumCheck } from './verify-certificate.ts';
import { checkGenesis, type EpochChain, followLink } from './verify-epochs.ts';
import { opening } from './verify-receipt.ts';

/** How far a chain is verified, and what the next block is checked with. */
export interface ChainPoint {
  readonly epochs: EpochChain;
  /** Of `epochs.trusted.validators`, as headers name the set. */
  readonly validators: Digest;
  readonly height: Height;
  readonly block: BlockHash;
  /** Block time, milliseconds since 1970. */
  readonly time: number;
  /** Over the hashes of blocks 0…height. */
  readonly history: Frontier;
  /** Proven, and in force behind the last block that it keeps. */
  readonly ahead?: RecoveryAhead;
  /** Places up to here, and the one that is ahead, over which no quorum led; absent if there is none. */
  readonly breaks?: readonly RecoveryBreak[];
}

export interface ChainBlock {
  /** CBOR of the header exactly as it was hashed. */
  readonly header: Uint8Array;
  readonly certificate: Certificate;
  /** The set of the next epoch, with the last block of an epoch. */
  readonly nextValidators?: ValidatorSet;
  /** With each block that nobody certified and with the first one behind it: the recovery that led on. */
  readonly recovery?: RecoveryLink;
}

export type ChainBeginning =
  | { readonly ok: true; readonly point: ChainPoint }
  | { readonly ok: false; readonly check: Check };

export type ChainResult =
  | { readonly ok: true; readonly point: ChainPoint; readonly seals: number }
  /** Verified up to `point`; the block after it fails with the last of these checks. */
  | {
      readonly ok: false;
      readonly point: ChainPoint;
      readonly seals: number;
      readonly checks: readonly Check[];
    };

/** The genesis block, whose hash is the pinned network id. Never throws for bad input. */
export const beginChain = (genesis: ProofPack['genesis'], network: NetworkId): ChainBeginning => {
  const result = opening(() => checkGenesis(genesis, network));
  if (result instanceof CodecError) return { ok: false, check: malformed(result) };
  if (!result.ok) return result;
  const header = decodeHeader(genesis.header);
  const block = headerHash(genesis.header);
  const point = {
    epochs: result.chain,
    validators: header.nextValidators,
    height: header.height,
    block,
    time: header.time,
    history: appendLeaf(emptyFrontier, fromHex(block)),
  };
  return { ok: true, point };
};

interface Linked {
  readonly header: Header;
  readonly point: ChainPoint;
  readonly checks: readonly Check[];
}

/**
 * Verifies a run of blocks that follows `from`, up to the first failure. Their seals are verified side by side, so
 * give as many blocks as memory allows. Never rejects for bad input.
 */
export const verifyBlocks = async (
  from: ChainPoint,
  blocks: readonly ChainBlock[],
  verifySignature: VerifySignature,
): Promise<ChainResult> => {
  const points = [from];
  const sealChecks: Promise<Check>[] = [];
  const linkChecks: (readonly Check[])[] = [];
  let broken: readonly Check[] | undefined;
  for (const block of blocks) {
    const last = points.at(-1) as ChainPoint;
    const led =
      block.recovery === undefined ? last : await takeRecovery(last, block.recovery, verifySignature);
    if ('id' in led) {
      broken = [led];
      break;
    }
    const before = overBreak(led);
    const linked = linkBlock(before, block);
    linkChecks.push(linked.checks);
    if (linked.checks.some(({ ok }) => !ok) || !('point' in linked)) {
      broken = linked.checks;
      break;
    }
    sealChecks.push(quorumCheck(block.certificate, before.epochs.trusted, verifySignature));
    const next = isHandover(linked.header)
      ? await handOver(before, linked, block, verifySignature)
      : linked.point;
    if ('id' in next) {
      // One row `history`: that the block follows is worth nothing if nobody follows it.
      broken = [...linked.checks.filter(({ id }) => id !== next.id), next];
      break;
    }
    points.push(next);
  }
  const sealed = await Promise.all(sealChecks);
  const unsealed = sealed.findIndex(({ ok }) => !ok);
  const verified = unsealed < 0 ? points.length - 1 : unsealed;
  const point = points[verified] as ChainPoint;
  const seals = sealed.slice(0, verified).reduce((sum, { signers = [] }) => sum + signers.length, 0);
  if (unsealed >= 0) {
    return { ok: false, point, seals, checks: [...(linkChecks[unsealed] ?? []), sealed[unsealed] as Check] };
  }
  return broken === undefined ? { ok: true, point, seals } : { ok: false, point, seals, checks: broken };
};

/** Everything but the seals: `decode`, `header`, `history`. */
const linkBlock = (before: ChainPoint, block: ChainBlock): Linked | { readonly checks: readonly Check[] } => {
  const header = opening(() => decodeHeader(block.header));
  if (header instanceof CodecError) return { checks: [malformed(header)] };
  const checks = upToFirstFailed([
    passed('decode', { inputs: { bytes: block.header.length } }),
    firstFailed([
      compared('header', 'height', before.height + 1, header.height),
      headerCheck(block.header, header, block.certificate, before.epochs.trusted.network),
      compared('header', 'validator-set', before.validators, header.validators),
    ]),
    followsCheck(before, header),
  ]);
  const hash = block.certificate.block;
  const point = {
    ...before,
    height: header.height,
    block: hash,
    time: header.time,
    history: appendLeaf(before.history, fromHex(hash)),
  };
  return { header, point, checks };
};

const upToFirstFailed = (checks: readonly Check[]): readonly Check[] => {
  const at = checks.findIndex(({ ok }) => !ok);
  return at < 0 ? checks : checks.slice(0, at + 1);
};

/** Nothing was removed or put in between. */
const followsCheck = (before: ChainPoint, { parent, time, history, epoch, nextEpoch }: Header): Check => {
  const details = { inputs: { follows: before.height, parent, time } };
  return firstFailed([
    compared('history', 'parent', before.block, parent, details),
    time >= before.time
      ? passed('history')
      : failed('history', 'time', { ...details, expected: `≥ ${before.time}`, actual: String(time) }),
    compared('history', 'epoch', before.epochs.trusted.epoch, epoch, details),
    nextEpoch === epoch
      ? passed('history')
      : compared('history', 'epoch-link', epoch + 1, nextEpoch, details),
    compared('history', 'root', frontierRoot(before.history), history, details),
  ]);
};

const isHandover = ({ epoch, nextEpoch }: Header): boolean => epoch !== nextEpoch;

/** The last block of an epoch names the set that seals the next one. */
const handOver = async (
  before: ChainPoint,
  { header, point }: Linked,
  { header: bytes, certificate, nextValidators }: ChainBlock,
  verifySignature: VerifySignature,
): Promise<ChainPoint | Check> => {
  if (nextValidators === undefined) {
    const expected = `the validators of epoch ${header.nextEpoch}`;
    return failed('history', 'validator-set', { expected, actual: 'nothing' });
  }
  const link = { header: bytes, certificate, nextValidators };
  const next = await followLink(before.epochs, link, verifySignature);
  if (!next.ok) return next.check;
  return { ...point, epochs: next.chain, validators: validatorSetDigest(nextValidators) };
};

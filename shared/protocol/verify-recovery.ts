/**
 * A recovery certificate (docs/recovery.md): what it needs to lead a chain of epochs over a place that no quorum
 * proves. Pure, and the same for a node that is asked to accept it, a signer, a light client and whoever opens a pack.
 * It says that enough members wanted this and enough validators stood aside; it never says that nothing was lost.
 */
import { fromHex } from '../codec/hex.ts';
import { possessionSigningBytes } from '../codec/key-possession.ts';
import { decodeHeader, headerHash, validatorSetDigest } from '../codec/ledger.ts';
import { recoveryDigest, recoverySigningBytes, statementSigningBytes } from '../codec/recovery.ts';
import type { VerifySignature } from '../crypto/ed25519.ts';
import type { BlockHash, Height, ValidatorId } from '../types/brands.ts';
import { neededOf } from '../types/governance.ts';
import type { Header, ValidatorKey } from '../types/ledger.ts';
import type {
  RecoveryBreak,
  RecoveryCertificate,
  RecoveryContent,
  RecoveryLoss,
  RecoverySeat,
} from '../types/recovery.ts';
import {
  type Check,
  compared,
  failed,
  firstFailed,
  passed,
  type RecoveredBlock,
  type TrustedValidators,
} from './checks.ts';
import { faultsTolerated, quorum } from './quorum.ts';
import { type ProvenRecords, proveRecords } from './recovery-records.ts';
import { certifiedBySet, headerCheck } from './verify-certificate.ts';

/** What the chain of epochs has come to: the epoch that ends, and the block that it began behind. */
export interface RecoveryGround {
  readonly trusted: TrustedValidators;
  readonly sealsAbove: Height;
  readonly parent: BlockHash;
}

export interface VerifiedRecovery {
  readonly break: RecoveryBreak;
  /** Of H. */
  readonly header: Header;
  readonly block: BlockHash;
  /** C + 1…H. */
  readonly recovered: readonly RecoveredBlock[];
}

export type RecoveryResult =
  | { readonly ok: true; readonly check: Check; readonly recovery: VerifiedRecovery }
  | { readonly ok: false; readonly check: Check };

/** Fewer validators than this tolerate no liar: a network that had as many keeps as many. */
const validatorsKept = 4;

/** The check `history`. Throws CodecError if a header or a record does not decode. */
export const verifyRecovery = async (
  ground: RecoveryGround,
  certificate: RecoveryCertificate,
  verifySignature: VerifySignature,
): Promise<RecoveryResult> => {
  const { content, contentBytes } = certificate;
  const walked = await walk(ground, content, verifySignature);
  if ('id' in walked) return refusedBy(walked);
  const { base, header, recovered } = walked;
  const block = recovered.at(-1)?.block ?? headerHash(content.base.header);
  const records = proveRecords(base, certificate.records);
  if ('id' in records) return refusedBy(records);
  const check = firstFailed([
    compared('history', 'recovery-epoch', ground.trusted.epoch + 1, content.epoch),
    ...takingPart(ground, content),
    ...(await statementsHold(ground, walked, content, verifySignature)),
    ...(await seatsHold(ground, content, records, verifySignature)),
    ...(await adminsHold(certificate, records, verifySignature)),
  ]);
  if (!check.ok) return refusedBy(check);
  const { trusted } = ground;
  const happened: RecoveryBreak = {
    digest: recoveryDigest(contentBytes),
    base: base.height,
    height: header.height,
    epoch: content.epoch,
    reason: content.reason,
    signers: certificate.signatures.map(({ identity }) => ({
      identity,
      member: records.identities.get(identity)!.member,
    })),
    survivors: content.survivors.map(({ validator }) => validator),
    fenced: content.fenced,
    of: trusted.validators.length,
    loss: lossOf(content.survivors.length, trusted.validators.length),
  };
  return { ok: true, check, recovery: { break: happened, header, block, recovered } };
};

const refusedBy = (check: Check): RecoveryResult => ({ ok: false, check: { ...check, id: 'history' } });

/** How many old validators must stand aside so that no quorum of them is left: n − Q + 1. */
export const standAsideNeeded = (n: number): number => n - quorum(n) + 1;

/** @param stated how many of n said what they sealed. Every quorum has f + 1 that one more liar cannot hide. */
export const lossOf = (stated: number, n: number): RecoveryLoss => {
  if (stated >= standAsideNeeded(n) + faultsTolerated(n)) return 'none';
  return stated >= standAsideNeeded(n) ? 'if-lied' : 'possible';
};

interface Walked {
  /** Header C. */
  readonly base: Header;
  /** Header H. */
  readonly header: Header;
  readonly recovered: readonly RecoveredBlock[];
}

/** From the block that a quorum sealed, parent by parent, up to H. */
const walk = async (
  ground: RecoveryGround,
  content: RecoveryContent,
  verifySignature: VerifySignature,
): Promise<Walked | Check> => {
  const network = compared('history', 'wrong-network', ground.trusted.network, content.network);
  if (!network.ok) return network;
  const base = decodeHeader(content.base.header);
  const proven = await baseCheck(ground, content.base, base, verifySignature);
  if (!proven.ok) return proven;
  const recovered: RecoveredBlock[] = [];
  let before = { header: base, block: headerHash(content.base.header) };
  for (const bytes of content.headers) {
    const header = decodeHeader(bytes);
    const follows = followsCheck(ground.trusted, before, header);
    if (!follows.ok) return follows;
    before = { header, block: headerHash(bytes) };
    recovered.push({ height: header.height, block: before.block });
  }
  return { base, header: before.header, recovered };
};

/** A quorum of the epoch that ends sealed it, or the epoch began behind it. */
const baseCheck = async (
  { trusted, sealsAbove, parent }: RecoveryGround,
  { header: bytes, certificate }: RecoveryContent['base'],
  header: Header,
  verifySignature: VerifySignature,
): Promise<Check> => {
  if (certificate === undefined)
    return firstFailed([
      compared('history', 'recovery-base', sealsAbove, header.height),
      compared('history', 'recovery-base', parent, headerHash(bytes)),
    ]);
  return firstFailed([
    headerCheck(bytes, header, certificate, trusted.network),
    await certifiedBySet(header, certificate, trusted, verifySignature),
    // A block that hands over ends its epoch by itself: the link that it makes comes first.
    compared('history', 'epoch-link', header.epoch, header.nextEpoch),
    compared('history', 'validator-set', header.validators, header.nextValidators),
    header.height > sealsAbove
      ? passed('history')
      : failed('history', 'height', { expected: `> ${sealsAbove}`, actual: String(header.height) }),
  ]);
};

const followsCheck = (
  { epoch, network, validators }: TrustedValidators,
  before: { readonly header: Header; readonly block: BlockHash },
  header: Header,
): Check =>
  firstFailed([
    compared('history', 'wrong-network', network, header.network),
    compared('history', 'height', before.header.height + 1, header.height),
    compared('history', 'parent', before.block, header.parent),
    compared('history', 'epoch', epoch, header.epoch),
    // Nobody can be told who is to seal behind a hand-over that no quorum made.
    compared('history', 'epoch-link', epoch, header.nextEpoch),
    // Of the epoch that ends, and not what the one before names: a recovery kept that one, and it names the old set.
    compared('history', 'validator-set', validatorSetDigest(validators), header.validators),
    compared('history', 'validator-set', header.validators, header.nextValidators),
    header.time >= before.header.time
      ? passed('history')
      : failed('history', 'time', { expected: `≥ ${before.header.time}`, actual: String(header.time) }),
  ]);

/** So many of the old validators sign nothing any more that no quorum of them is left. */
const takingPart = (
  { trusted: { validators } }: RecoveryGround,
  { survivors, fenced }: RecoveryContent,
): readonly Check[] => {
  const known = new Set(validators.map(({ id }) => id));
  const stated = survivors.map(({ validator }) => validator);
  const stranger = [...stated, ...fenced].find((id) => !known.has(id));
  const twice = fenced.find((id) => stated.includes(id));
  const needed = standAsideNeeded(validators.length);
  const aside = stated.length + fenced.length;
  return [
    stranger === undefined
      ? passed('history')
      : failed('history', 'recovery-stranger', { expected: 'validators of the epoch', actual: stranger }),
    twice === undefined
      ? passed('history')
      : failed('history', 'recovery-stranger', {
          expected: 'a survivor or fenced',
          actual: `${twice} as both`,
        }),
    aside >= needed
      ? passed('history')
      : failed('history', 'recovery-too-few-validators', { expected: `≥ ${needed}`, actual: String(aside) }),
    stated.length > 0
      ? passed('history')
      : failed('history', 'recovery-too-few-validators', { expected: '≥ 1 survivor', actual: '0' }),
  ];
};

/** Each survivor's own word; none of them sealed above H, nor another block than the one that is kept. */
const statementsHold = async (
  { trusted }: RecoveryGround,
  { base, header, recovered }: Walked,
  { survivors, base: { header: baseBytes } }: RecoveryContent,
  verifySignature: VerifySignature,
): Promise<readonly Check[]> => {
  const kept = new Map<Height, BlockHash>(recovered.map(({ height, block }) => [height, block]));
  kept.set(base.height, headerHash(baseBytes));
  const checks: Check[] = [];
  for (const statement of survivors) {
    const { validator, height, block, signature } = statement;
    const key = keyOf(trusted.validators, validator);
    const message = statementSigningBytes(trusted.network, trusted.epoch, statement);
    const isSigned = key !== undefined && (await verifySignature(fromHex(key), message, signature));
    const own = kept.get(height);
    checks.push(
      isSigned
        ? passed('history')
        : failed('history', 'recovery-statement', { expected: `signed by ${validator}`, actual: 'invalid' }),
      height <= header.height
        ? passed('history')
        : failed('history', 'recovery-sealed-above', {
            expected: `≤ ${header.height}`,
            actual: String(height),
            inputs: { validator },
          }),
      own !== undefined
        ? compared('history', 'recovery-conflict', own, block, { inputs: { validator, height } })
        : passed('history'),
    );
  }
  return checks;
};

/** Who validates from here on: of active members, each with keys that it holds, none with a key that was fenced. */
const seatsHold = async (
  { trusted: { network, validators: old } }: RecoveryGround,
  { validators, fenced }: RecoveryContent,
  { activeMembers }: ProvenRecords,
  verifySignature: VerifySignature,
): Promise<readonly Check[]> => {
  const least = Math.min(validatorsKept, old.length);
  const marks = validators.flatMap(({ consensusKey, nodeKey, incarnation }) => [
    consensusKey,
    nodeKey,
    incarnation,
  ]);
  const checks: Check[] = [
    // State registers each once (rule E4): a certificate that cannot be executed would end the network.
    new Set<string>(marks).size === marks.length
      ? passed('history')
      : failed('history', 'recovery-set', {
          expected: 'each key and vote store once',
          actual: 'one stands there twice',
        }),
    validators.length >= least
      ? passed('history')
      : failed('history', 'recovery-set', {
          expected: `≥ ${least} validators`,
          actual: String(validators.length),
        }),
  ];
  const fencedKeys = new Set(old.filter(({ id }) => fenced.includes(id)).map(keyName));
  for (const seat of validators) {
    const { id, member, consensusKey } = seat;
    const taken = old.find((one) => one.consensusKey === consensusKey && one.id !== id);
    const problem = !activeMembers.has(member)
      ? `of ${member}, which is no active member`
      : fencedKeys.has(consensusKey)
        ? 'with a key that was fenced'
        : taken !== undefined
          ? `with a key of ${taken.id}`
          : undefined;
    checks.push(
      problem === undefined
        ? passed('history')
        : failed('history', 'recovery-set', {
            expected: 'a validator that may seal',
            actual: `${id} ${problem}`,
          }),
      (await holdsKeys(seat, network, verifySignature))
        ? passed('history')
        : failed('history', 'recovery-possession', {
            expected: `both keys of ${id} held`,
            actual: 'not proven',
          }),
    );
  }
  return checks;
};

const keyName = ({ consensusKey }: ValidatorKey): string => consensusKey;

const holdsKeys = async (
  { id: owner, member, consensusKey, nodeKey, possession }: RecoverySeat,
  network: TrustedValidators['network'],
  verifySignature: VerifySignature,
): Promise<boolean> => {
  const consensus = possessionSigningBytes(network, { key: consensusKey, kind: 'consensus', owner, member });
  const node = possessionSigningBytes(network, { key: nodeKey, kind: 'node', owner, member });
  return (
    consensusKey !== nodeKey &&
    (await verifySignature(fromHex(consensusKey), consensus, possession.consensus)) &&
    (await verifySignature(fromHex(nodeKey), node, possession.node))
  );
};

/** Admins of more of the active members than the threshold that genesis fixed for this alone. */
const adminsHold = async (
  { content: { network }, contentBytes, signatures }: RecoveryCertificate,
  { threshold, activeMembers, identities }: ProvenRecords,
  verifySignature: VerifySignature,
): Promise<readonly Check[]> => {
  const message = recoverySigningBytes(network, contentBytes);
  const members = new Set<string>();
  const checks: Check[] = [];
  for (const { identity, signature } of signatures) {
    const admin = identities.get(identity);
    const mayDecide = admin?.isAdmin === true && activeMembers.has(admin.member);
    checks.push(
      mayDecide
        ? passed('history')
        : failed('history', 'recovery-admin', { expected: 'an admin of an active member', actual: identity }),
      admin === undefined || (await verifySignature(fromHex(admin.key), message, signature))
        ? passed('history')
        : failed('history', 'recovery-signature', { expected: `signed by ${identity}`, actual: 'invalid' }),
    );
    if (mayDecide) members.add(admin.member);
  }
  const needed = neededOf(activeMembers.size, threshold);
  return [
    ...checks,
    members.size >= needed
      ? passed('history', { inputs: { members: members.size, needed } })
      : failed('history', 'recovery-too-few-members', {
          expected: `≥ ${needed} of ${activeMembers.size} members`,
          actual: String(members.size),
        }),
  ];
};

const keyOf = (set: readonly ValidatorKey[], id: ValidatorId): string | undefined =>
  set.find((one) => one.id === id)?.consensusKey;

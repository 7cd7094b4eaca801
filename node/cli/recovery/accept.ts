/**
 * Acceptance of a recovery by the operator of one node, which does not run. Everything is verified before anything is
 * written, also what no quorum vouches for any more: clients' signatures, and the roots of every block that was kept.
 * What is written is done in an order in which a kill leaves nothing half-believed: the acceptance itself first, then
 * the blocks that it keeps, then the vote store. Repeated, it goes on where it was.
 */

import { fromHex } from '../../../shared/codec/hex.ts';
import {
  batchDigest,
  decodeEnvelope,
  decodeHeader,
  headerHash,
  transactionSigningBytes,
} from '../../../shared/codec/ledger.ts';
import { recoveryDigest } from '../../../shared/codec/recovery.ts';
import { verifyRecovery } from '../../../shared/protocol/verify-recovery.ts';
import { type Height, heightOf, type Incarnation } from '../../../shared/types/brands.ts';
import type { Certificate, Transaction } from '../../../shared/types/ledger.ts';
import type { RecoveryBreak, RecoveryCertificate } from '../../../shared/types/recovery.ts';
import { verifyWithSodium } from '../../crypto/sodium.ts';
import { readParameters } from '../../ledger/modules/network.ts';
import { recoveryFault, recoverySetFault } from '../../ledger/modules/recovery.ts';
import type { ExecutedBlock } from '../../ledger/types.ts';
import { verifyStoredBlock } from '../../ledger/verify-chain.ts';
import { type AcceptedRecovery, acceptedRecovery } from '../../runtime/recoveries.ts';
import { CliError } from '../cli-error.ts';
import { exitCodes } from '../exit-codes.ts';
import { verifySignature } from '../light-client.ts';
import type { BundleFile, CarriedBlock } from './files.ts';
import { provenChain } from './make-plan.ts';
import { statementMade } from './make-statement.ts';
import type { StoppedNode } from './stopped-node.ts';

export interface Acceptance {
  readonly break: RecoveryBreak;
  /** Blocks that were added here. */
  readonly added: number;
  /** Whether this node's vote store votes in the new epoch. */
  readonly votes: boolean;
}

export interface AcceptOptions {
  /** The digest that the operator compared with the other members. */
  readonly recovery: string;
  /** Seals above what is kept are given up: whoever asks for it knows that a certified block may go with them. */
  readonly giveUpSealed: boolean;
  readonly nowMs: number;
  /** Told of each step that is durable. */
  readonly done: (step: AcceptStep) => void;
}
export type AcceptStep = 'verified' | 'accepted' | 'block-kept' | 'votes-renounced';

/** @throws CliError by name; StorageError `other-recovery` */
export async function acceptRecovery(
  node: StoppedNode,
  bundle: BundleFile,
  options: AcceptOptions,
): Promise<Acceptance> {
  const { storage } = node;
  const recovery = acceptedRecovery(bundle.recovery);
  requireCertifiedBase(recovery);
  const happened = await provenRecovery(node, bundle, recovery, options.recovery);
  requireFirst(node, recovery);
  requireNothingAbove(node, recovery, options);
  const blocks = executed(node, recovery, bundle.blocks, options);
  requireIncarnation(node, recovery.certificate);
  options.done('verified');
  storage.acceptRecovery(bundle.recovery);
  options.done('accepted');
  for (const { block, carried } of blocks) {
    await append(node, block, carried);
    options.done('block-kept');
  }
  const votes = await renounce(node, recovery.certificate);
  options.done('votes-renounced');
  return { break: happened, added: blocks.length, votes };
}

/** From the network id of this node's genesis, and it is the very one that the operator compared. */
export async function provenRecovery(
  { founding }: Pick<StoppedNode, 'founding'>,
  bundle: BundleFile,
  { certificate }: AcceptedRecovery,
  compared: string,
): Promise<RecoveryBreak> {
  const digest = recoveryDigest(certificate.contentBytes);
  if (digest !== compared)
    throw refused(
      'recovery-not-compared',
      'The file is another recovery than the one that was named.',
      { named: compared, file: digest },
      'Compare the digest with the other members by voice, and name it: --recovery DIGEST.',
    );
  const chain = await provenChain(bundle.chain, founding.genesis.network);
  const verified = await verifyRecovery(chain, certificate, verifySignature);
  if (verified.ok) return verified.recovery.break;
  const { reason, expected, actual } = verified.check;
  throw refused(
    'recovery-refused',
    'The certificate does not hold.',
    { reason, expected, actual },
    'Nothing was changed. Ask who made it.',
  );
}

/**
 * Two recoveries behind one block, the first of which never sealed anything, would have to be folded one after the
 * other, which execution does not do: a node that accepted such a one could not go on.
 * @throws CliError `recovery-behind-recovery`
 */
function requireCertifiedBase({ base, certificate }: AcceptedRecovery): void {
  const { base: from, epoch: recovered } = certificate.content;
  if (base === 0 || from.certificate !== undefined) return;
  // A hand-over needs no certificate here: the chain of epochs proves it, if it opened the very epoch that ends.
  const { epoch, nextEpoch } = decodeHeader(from.header);
  if (nextEpoch > epoch && recovered === nextEpoch + 1) return;
  throw refused(
    'recovery-behind-recovery',
    `Block ${base} is where another recovery begins, and nothing was certified since.`,
    { base },
    'Nothing was changed. Bring machines of the first recovery back; there is no second one behind the same block.',
  );
}

/** An epoch ends once. @throws CliError `other-recovery` */
function requireFirst({ storage }: StoppedNode, { certificate }: AcceptedRecovery): void {
  const { epoch } = certificate.content;
  const known = storage.blocks.recoveries?.().find((one) => one.certificate.content.epoch === epoch);
  if (known === undefined) return;
  const accepted = recoveryDigest(known.certificate.contentBytes);
  const offered = recoveryDigest(certificate.contentBytes);
  if (accepted === offered) return;
  throw refused(
    'other-recovery',
    `Another recovery was accepted here for the end of epoch ${epoch - 1}.`,
    { accepted, offered },
    'Two recoveries make two networks. Compare the digests with all members; whoever accepted the wrong one begins again with an empty data directory.',
  );
}

/** No certified block is lost by this node's hand, and none that it sealed without its operator's word. */
function requireNothingAbove(
  node: StoppedNode,
  { height, base, kept, certificate }: AcceptedRecovery,
  { giveUpSealed }: AcceptOptions,
): void {
  const { blocks, votes } = node.storage;
  const tip = blocks.tip();
  const isIn = blocks
    .recoveries?.()
    .some((one) => one.certificate.content.epoch === certificate.content.epoch);
  const own = kept.get(tip.height);
  if (isIn !== true && (tip.height > height || (tip.height >= base && own !== tip.hash)))
    throw refused(
      'certified-above-recovery',
      'This node holds a certified block that the recovery would lose.',
      { height: tip.height, block: tip.hash, kept: own ?? `nothing above ${height}` },
      'Do not accept. Show this node\u2019s statement to the other members: a plan that begins at its block loses nothing.',
    );
  const ended = certificate.content.epoch - 1;
  const seals = votes
    .load()
    .records.flatMap((record) => (record.kind === 'seal' && record.epoch <= ended ? [record] : []));
  const lost = [...seals, ...statedBlocks(node, ended)]
    .filter((sealed) => sealed.height > base && kept.get(sealed.height) !== sealed.block)
    .map((sealed) => sealed.height);
  if (lost.length === 0 || giveUpSealed) return;
  throw refused(
    'sealed-above-recovery',
    'This validator sealed blocks that the recovery does not keep. One of them may have been certified.',
    { sealed: Math.max(...lost), kept: height },
    'Make a statement on this node and plan again with it. Only if the members decide to lose it: --give-up-sealed.',
  );
}

/** Whoever made its statement has renounced its votes: the statement still says what it sealed. */
function statedBlocks(node: StoppedNode, ended: number) {
  const word = statementMade(node)?.word;
  if (word?.epoch !== ended) return [];
  return word.blocks.map(({ header }) => ({
    height: decodeHeader(header).height,
    block: headerHash(header),
  }));
}

interface Kept {
  readonly block: ExecutedBlock;
  readonly carried: CarriedBlock;
}

/** In memory, on this node's own state: what the bundle says must be what execution yields. */
function executed(
  { storage, ledger }: StoppedNode,
  { base, kept, height: last, certificate }: AcceptedRecovery,
  blocks: readonly CarriedBlock[],
  { nowMs }: AcceptOptions,
): readonly Kept[] {
  const tip = storage.blocks.tip();
  // Whoever lags behind fetches them from the others, like all below, and asks its state when it comes to it.
  if (tip.height < base || tip.height > last) {
    requireFit(recoverySetFault(certificate.content));
    return [];
  }
  const { state } = storage;
  let parent = { hash: tip.hash, time: tip.header.time };
  let next = tip.height + 1;
  const found: Kept[] = [];
  for (const carried of blocks) {
    const header = decodeHeader(carried.header);
    if (header.height < next) continue;
    const transactions = carried.envelopes.map((envelope) => decodeEnvelope(envelope));
    const before = ledger.recoveries?.behind(heightOf(next - 1), parent.hash);
    const checked = verifyStoredBlock({
      network: ledger.genesis.network,
      height: header.height,
      parent,
      batch: carried.batch,
      transactions,
      signaturesValid: transactions.map((one) => isSigned(one)),
      headerBytes: carried.header,
      state,
      tree: state,
      stateRoot: state.stateRoot(),
      history: state.history(),
      ...(before && { recovery: before.certificate }),
      verifySignature: verifyWithSodium,
    });
    if (!checked.ok)
      throw refused(
        'recovered-block-invalid',
        `Block ${header.height} of the bundle is not what its transactions yield.`,
        { height: header.height, fault: checked.fault.code, ...checked.fault.facts },
        'Nothing was changed. Who sealed it lied: fence it, and plan without its statement.',
      );
    const { block } = checked;
    if (kept.get(block.height) !== block.hash || block.height !== next) throw incomplete(next);
    state.apply(block);
    found.push({ block, carried });
    parent = { hash: block.hash, time: block.header.time };
    next += 1;
  }
  if (next <= last) throw incomplete(next);
  const { driftMs } = readParameters(state);
  if (parent.time > nowMs + driftMs)
    throw refused(
      'block-time-ahead',
      'The last block that is kept lies in the future: until then the network would refuse everything.',
      { time: parent.time, now: nowMs },
      'Set this machine\u2019s clock. If it is right, who proposed the block lied: fence it, and plan without it.',
    );
  const problem = state.height() === last ? recoveryFault(state, certificate.content) : undefined;
  if (!isRecorded(storage.blocks.recoveries?.(), certificate)) requireFit(problem);
  return found;
}

/** @throws CliError `recovery-refused` */
function requireFit(problem: string | undefined): void {
  if (problem === undefined) return;
  throw refused(
    'recovery-refused',
    'The new set does not fit the ledger.',
    { problem },
    'Nothing was changed. Make the statement of that validator anew, with keys of its own, and plan again.',
  );
}

const isRecorded = (
  known: readonly AcceptedRecovery[] | undefined,
  { contentBytes }: RecoveryCertificate,
): boolean =>
  known?.some((one) => recoveryDigest(one.certificate.contentBytes) === recoveryDigest(contentBytes)) ===
  true;

const isSigned = ({ body, bodyBytes, signature }: Transaction): boolean =>
  verifyWithSodium(fromHex(body.sender), transactionSigningBytes(body.network, bodyBytes), signature);

const incomplete = (height: number): CliError =>
  refused(
    'bundle-incomplete',
    `The bundle does not hold block ${height} as the certificate keeps it.`,
    { height },
    'Nothing was changed. Ask for the bundle again.',
  );

function append(
  { storage: { blocks, state } }: StoppedNode,
  block: ExecutedBlock,
  { batch, envelopes }: CarriedBlock,
): Promise<void> {
  if (batchDigest(batch) !== block.header.batch) throw new Error('the batch is the one of its block');
  const { epoch } = block.header;
  // Nobody's quorum sealed it: the recovery is its proof.
  const certificate: Certificate = { epoch, height: block.height, block: block.hash, seals: [] };
  return new Promise((resolve) => {
    blocks.append(block, certificate, batch, envelopes, () => {
      state.certified(block.height as Height);
      resolve();
    });
  });
}

/** A vote store that made its statement bears the name that the certificate registers. */
function requireIncarnation({ config, storage }: StoppedNode, { content }: RecoveryCertificate): void {
  const seat = content.validators.find(({ id }) => id === config.validator);
  if (seat === undefined) return;
  const { incarnation } = storage.votes.load();
  if (incarnation === seat.incarnation) return;
  throw refused(
    'incarnation-not-registered',
    'The certificate registers another vote store for this validator than the one that is here.',
    { registered: seat.incarnation, here: incarnation },
    'It is the directory of another machine, or a later statement was made here. Nothing was changed.',
  );
}

/** Votes of the epoch that ended say nothing any more; those of the new one, if it was accepted before, stay. */
async function renounce(
  { config, storage: { votes } }: StoppedNode,
  { content }: RecoveryCertificate,
): Promise<boolean> {
  const { records } = votes.load();
  const seat = content.validators.find(({ id }) => id === config.validator);
  const isOver = records.every((record) => epochOfRecord(record) < content.epoch);
  if (records.length > 0 && isOver)
    await new Promise<Incarnation>((resolve) => votes.renounce(resolve, seat?.incarnation));
  return seat !== undefined;
}

type Records = ReturnType<StoppedNode['storage']['votes']['load']>['records'];

const epochOfRecord = (record: Records[number]): number => {
  if (record.kind === 'seal') return record.epoch;
  if (record.kind === 'vote') return record.vote.epoch;
  if (record.kind === 'prepared') return record.certificate.epoch;
  if (record.kind === 'view-change' || record.kind === 'new-view') return record.message.vote.epoch;
  return 0;
};

const refused = (
  code: string,
  headline: string,
  facts: Readonly<Record<string, unknown>>,
  next: string,
): CliError => new CliError(exitCodes.refused, code, headline, facts, next);

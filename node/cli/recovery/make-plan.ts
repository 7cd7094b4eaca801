/**
 * The plan of a recovery, made of the statements of machines: from the newest block that a quorum sealed up to the
 * highest that a survivor sealed. Two different blocks of one height end it: one of those who sealed them lied, and the
 * members must find out who before they go on.
 */
import { decodeHeader, headerHash } from '../../../shared/codec/ledger.ts';
import { encodeRecoveryContent, recoveryDigest } from '../../../shared/codec/recovery.ts';
import { type EpochChain, verifyEpochs } from '../../../shared/protocol/verify-epochs.ts';
import { verifyRecovery } from '../../../shared/protocol/verify-recovery.ts';
import {
  type BlockHash,
  epochOf,
  type Height,
  type NetworkId,
  type ValidatorId,
} from '../../../shared/types/brands.ts';
import type { RecoveryCertificate, RecoveryContent, RecoverySeat } from '../../../shared/types/recovery.ts';
import { CliError, usageError } from '../cli-error.ts';
import { exitCodes } from '../exit-codes.ts';
import { verifySignature } from '../light-client.ts';
import type { CarriedChain, LedgerWord, PlanFile, StatementFile } from './files.ts';

export interface PlanWishes {
  readonly network: NetworkId;
  readonly reason: string;
  /** Ids of the new set. */
  readonly validators: readonly string[];
  /** Old validators that sign nothing any more, as the members vouch. */
  readonly fenced: readonly string[];
}

/** @throws CliError with the check that failed, by name */
export async function makePlan(statements: readonly StatementFile[], wishes: PlanWishes): Promise<PlanFile> {
  const { network, reason } = wishes;
  for (const statement of statements)
    if (statement.network !== network)
      throw refused('wrong-network', `The statement of ${statement.seat.id} is of another network.`, {
        validator: statement.seat.id,
        expected: network,
        actual: statement.network,
      });
  const words = statements.flatMap(({ word }) => word ?? []);
  const newest = words.reduce<LedgerWord | undefined>(
    (best, word) => (best === undefined || baseHeight(word) > baseHeight(best) ? word : best),
    undefined,
  );
  if (newest === undefined)
    throw usageError(
      'no-survivor',
      'None of the statements is of a validator that has the ledger.',
      {},
      'At least one validator of the epoch that ends must say what it sealed.',
    );
  const chain = await provenChain(newest.chain, network);
  const survivors = survivorsOf(words, newest, chain);
  const highest = highestOf(survivors, newest);
  const content: RecoveryContent = {
    version: 1,
    network,
    epoch: epochOf(newest.epoch + 1),
    base: newest.base,
    headers: highest.map(({ header }) => header),
    validators: seatsOf(statements, wishes.validators),
    reason,
    survivors: survivors.map(({ statement }) => statement),
    fenced: [...wishes.fenced].sort() as ValidatorId[],
  };
  const plan = {
    content: encodeRecoveryContent(content),
    chain: newest.chain,
    records: newest.records,
    blocks: highest,
  };
  await requireSound({ content, contentBytes: plan.content, records: plan.records, signatures: [] }, chain);
  return plan;
}

const baseHeight = ({ base }: LedgerWord): Height => decodeHeader(base.header).height;

export async function provenChain(
  { genesis, epochs }: CarriedChain,
  network: NetworkId,
): Promise<EpochChain> {
  const verified = await verifyEpochs(genesis, epochs, network, verifySignature);
  if (verified.ok) return verified.chain;
  const { reason, expected, actual } = verified.check;
  throw refused('epochs-not-proven', 'The epochs of the file do not prove themselves from the network id.', {
    reason,
    expected,
    actual,
  });
}

/** Those that speak of the epoch that ends, sorted; nobody twice, and no two of them of different blocks. */
function survivorsOf(
  words: readonly LedgerWord[],
  newest: LedgerWord,
  { trusted }: EpochChain,
): readonly LedgerWord[] {
  const survivors = [...words].sort((one, other) =>
    one.statement.validator < other.statement.validator ? -1 : 1,
  );
  for (const [i, { epoch, statement }] of survivors.entries()) {
    const { validator } = statement;
    if (survivors[i + 1]?.statement.validator === validator)
      throw refused('statement-twice', `There are two statements of ${validator}.`, { validator });
    if (epoch !== trusted.epoch)
      throw refused(
        'statement-of-other-epoch',
        `${validator} stands in epoch ${epoch}, and epoch ${trusted.epoch} ends.`,
        { validator, epoch },
      );
  }
  requireAgreement(survivors, newest);
  return survivors;
}

/** @throws CliError `conflicting-blocks` */
function requireAgreement(survivors: readonly LedgerWord[], newest: LedgerWord): void {
  const { header } = newest.base;
  const base = decodeHeader(header).height;
  const found = new Map<Height, Map<BlockHash, string[]>>();
  const note = (height: Height, block: BlockHash, by: string): void => {
    if (height < base) return;
    const blocks = found.get(height) ?? new Map<BlockHash, string[]>();
    found.set(height, blocks);
    blocks.set(block, [...(blocks.get(block) ?? []), by]);
  };
  note(base, headerHash(header), 'the newest certificate');
  for (const { statement, blocks } of survivors) {
    for (const block of blocks)
      note(decodeHeader(block.header).height, headerHash(block.header), statement.validator);
    if (blocks.length === 0) note(statement.height, statement.block, statement.validator);
  }
  for (const [height, blocks] of found) {
    if (blocks.size < 2) continue;
    throw new CliError(
      exitCodes.refused,
      'conflicting-blocks',
      `Two different blocks of height ${height} were sealed.`,
      { height, blocks: Object.fromEntries(blocks) },
      'One of those who sealed them lied, or lost votes. Find out who, fence it, and plan without its statement.',
    );
  }
}

/** Blocks C + 1…H, of who sealed the highest. */
function highestOf(survivors: readonly LedgerWord[], newest: LedgerWord): LedgerWord['blocks'] {
  const base = baseHeight(newest);
  const top = survivors.reduce((best, word) => (word.statement.height > best.statement.height ? word : best));
  return top.blocks.filter(({ header }) => decodeHeader(header).height > base);
}

function seatsOf(statements: readonly StatementFile[], ids: readonly string[]): readonly RecoverySeat[] {
  return [...ids].sort().map((id) => {
    const found = statements.find(({ seat }) => seat.id === id);
    if (found !== undefined) return found.seat;
    throw usageError(
      'seat-missing',
      `There is no statement of ${id}.`,
      { validator: id },
      'Every validator of the new set makes one on its own machine: network recover state.',
    );
  });
}

/** All but the signatures, which are still to come. @throws CliError with the check that failed */
export async function requireSound(certificate: RecoveryCertificate, chain: EpochChain): Promise<void> {
  const verified = await verifyRecovery(chain, certificate, verifySignature);
  if (verified.ok || verified.check.reason === 'recovery-too-few-members') return;
  const { reason, expected, actual, inputs } = verified.check;
  throw refused('recovery-refused', 'This would not be a recovery.', {
    reason,
    expected,
    actual,
    ...inputs,
    recovery: recoveryDigest(certificate.contentBytes),
  });
}

const refused = (code: string, headline: string, facts: Readonly<Record<string, unknown>>): CliError =>
  new CliError(
    exitCodes.refused,
    code,
    headline,
    facts,
    'Nothing was written. docs/operations/lost-quorum.md says what each step needs.',
  );

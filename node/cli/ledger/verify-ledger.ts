/**
 * The whole chain offline: every block is executed again from its envelopes and must have the stored hash, which
 * covers all four roots; every client signature is verified, every certificate with the set of its epoch, and what is
 * stored beside the block (outcomes, events, the set that it hands over to) must be what execution yields. The set of
 * an epoch is that of state, or, where the state before a block is not here, the stored one whose digest the last header
 * of the epoch before names.
 */

import { encode } from '../../../shared/codec/dag-cbor.ts';
import { fromHex } from '../../../shared/codec/hex.ts';
import { decodeEnvelope, transactionSigningBytes, validatorSetDigest } from '../../../shared/codec/ledger.ts';
import { sealSigningBytes } from '../../../shared/codec/messages.ts';
import { appendLeaf, emptyFrontier, type Frontier, frontierRoot } from '../../../shared/crypto/merkle.ts';
import type { TrustedValidators } from '../../../shared/protocol/checks.ts';
import { certificateForm } from '../../../shared/protocol/verify-certificate.ts';
import type { NetworkId } from '../../../shared/types/brands.ts';
import type { Header, Transaction } from '../../../shared/types/ledger.ts';
import type { RecoveryBreak, RecoveryCertificate } from '../../../shared/types/recovery.ts';
import { readMembership } from '../../ledger/modules/epochs.ts';
import { recoveredView } from '../../ledger/recovered-view.ts';
import type { ExecutedBlock, ExecutedTransaction, StateView } from '../../ledger/types.ts';
import { verifyStoredBlock } from '../../ledger/verify-chain.ts';
import type { VerificationItem, VerifierPort } from '../../runtime/ports.ts';
import type { BlockRow } from '../../storage/ledger-file.ts';
import type { LedgerReader, ReadBlock } from '../../storage/ledger-reader.ts';
import type { CliIo } from '../io.ts';
import { FaultFound, type LedgerVerdict } from './ledger-fault.ts';
import type { MemoryState } from './memory-state.ts';
import { createRecoveryCheck, type RecoveryCheck } from './recovery-check.ts';
import { compare, compareOwnEvents, walkLedger } from './walk.ts';

export interface VerifyLedgerOptions {
  readonly network?: string;
  readonly verifier: VerifierPort;
}

export async function verifyLedger(
  io: CliIo,
  reader: LedgerReader,
  { network, verifier }: VerifyLedgerOptions,
): Promise<LedgerVerdict> {
  const chain = new Chain(reader, verifier);
  const verdict = await walkLedger(io, reader, network, {
    block: (block, state) => chain.check(block, state),
    header: (block) => chain.checkHeader(block),
  });
  const { breaks } = chain;
  return breaks.length === 0 ? verdict : { ...verdict, figures: { ...verdict.figures, breaks } };
}

class Chain {
  readonly #network: NetworkId;
  readonly #verifier: VerifierPort;
  readonly #setOf: LedgerReader['setOf'];
  #parent: { readonly hash: ReadBlock['hash']; readonly time: number };
  #history: Frontier;
  /** Who seals the next block, where headers alone say so. */
  #sealing: TrustedValidators;
  readonly #recoveries: RecoveryCheck;

  constructor(reader: LedgerReader, verifier: VerifierPort) {
    const { hash, header } = reader.genesis.block;
    this.#recoveries = createRecoveryCheck(reader);
    this.#verifier = verifier;
    this.#setOf = reader.setOf;
    this.#network = hash as string as NetworkId;
    this.#parent = { hash, time: header.time };
    this.#history = appendLeaf(emptyFrontier, fromHex(hash));
    const { validators } = reader.genesis;
    this.#sealing = { network: this.#network, epoch: header.nextEpoch, validators };
  }

  /** Recoveries that led on, verified. */
  get breaks(): readonly RecoveryBreak[] {
    return this.#recoveries.breaks();
  }

  async check(block: ReadBlock, state: MemoryState): Promise<void> {
    const transactions = block.envelopes.map((envelope) => decodeEnvelope(envelope));
    const recovery = this.#recoveries.behind(block);
    await this.#recoveries.prove(block, this.#trustedIn(state));
    const view = recovery === undefined ? state : recoveredView(state, recovery);
    const sealing = this.#trustedIn(view);
    const seals = this.#sealItems(block, sealing);
    const valid = await this.#verify([...seals, ...transactions.map((one) => this.#signatureItem(one))]);
    const badSeal = valid.slice(0, seals.length).indexOf(false);
    if (badSeal >= 0) {
      throw new FaultFound(block.height, 'bad-seal', {
        validator: block.certificate?.seals[badSeal]?.validator,
      });
    }
    const executed = this.#execute(block, transactions, valid.slice(seals.length), state, recovery);
    compareStored(block, executed);
    nextSealing(sealing, executed.header, this.#setOf);
    state.apply({ ...executed, stateRoot: executed.header.state });
    this.#parent = { hash: executed.hash, time: executed.header.time };
    this.#history = executed.history;
  }

  #trustedIn(state: StateView): TrustedValidators {
    const { epoch, validators } = readMembership(state);
    return { network: this.#network, epoch, validators };
  }

  /** Without the body: the seals, and the place in the chain, in its history and in its epoch. */
  async checkHeader(block: BlockRow): Promise<void> {
    const { height, hash, header } = block;
    const recovery = this.#recoveries.behind(block);
    await this.#recoveries.prove(block, this.#sealing);
    if (recovery !== undefined) {
      const { epoch, validators } = recovery.content;
      this.#sealing = { network: this.#network, epoch, validators };
    }
    const seals = this.#sealItems(block, this.#sealing);
    const valid = await this.#verify(seals);
    const badSeal = valid.indexOf(false);
    if (badSeal >= 0)
      throw new FaultFound(height, 'bad-seal', { validator: block.certificate?.seals[badSeal]?.validator });
    compare(height, 'certificate-block', hash, block.certificate?.block ?? 'no certificate');
    compare(height, 'parent', this.#parent.hash, header.parent);
    compare(height, 'history', frontierRoot(this.#history), header.history);
    compare(height, 'epoch', String(this.#sealing.epoch), String(header.epoch));
    compare(height, 'validators', validatorSetDigest(this.#sealing.validators), header.validators);
    this.#sealing = nextSealing(this.#sealing, header, this.#setOf);
    this.#parent = { hash, time: header.time };
    this.#history = appendLeaf(this.#history, fromHex(hash));
  }

  #execute(
    block: ReadBlock,
    transactions: readonly Transaction[],
    signaturesValid: readonly boolean[],
    state: MemoryState,
    recovery: RecoveryCertificate | undefined,
  ): ExecutedBlock {
    const checked = verifyStoredBlock({
      network: this.#network,
      height: block.height,
      parent: this.#parent,
      batch: block.batch,
      transactions,
      signaturesValid,
      headerBytes: block.headerBytes,
      state,
      tree: state,
      stateRoot: state.root,
      history: this.#history,
      ...(recovery && { recovery }),
    });
    if (!checked.ok) throw new FaultFound(block.height, checked.fault.code, checked.fault.facts);
    compare(
      block.height,
      'certificate-block',
      checked.block.hash,
      block.certificate?.block ?? 'no certificate',
    );
    return checked.block;
  }

  /** @throws FaultFound if the certificate is not one of this epoch's set, whatever its signatures */
  #sealItems(block: BlockRow, trusted: TrustedValidators): readonly VerificationItem[] {
    const { height, certificate } = block;
    if (certificate === undefined) throw new FaultFound(height, 'certificate-missing', {});
    // No quorum sealed it: the recovery that keeps it was proven.
    if (this.#recoveries.keeps(block)) return [];
    const { validators } = trusted;
    const form = certificateForm(certificate, trusted);
    if (!form.ok)
      throw new FaultFound(height, 'bad-certificate', { reason: form.reason, actual: form.actual });
    const message = sealSigningBytes(this.#network, certificate);
    return certificate.seals.map(({ validator, signature }) => {
      const key = validators.find(({ id }) => id === validator)!.consensusKey;
      return { key, message, signature };
    });
  }

  #signatureItem({ body, bodyBytes, signature }: Transaction): VerificationItem {
    return { key: body.sender, message: transactionSigningBytes(this.#network, bodyBytes), signature };
  }

  #verify(items: readonly VerificationItem[]): Promise<readonly boolean[]> {
    return new Promise((resolve) => {
      this.#verifier.verify(items, resolve);
    });
  }
}

/** Rule E2: the last header of an epoch names the set of the next one, every other its own again. @throws FaultFound */
function nextSealing(
  sealing: TrustedValidators,
  header: Header,
  setOf: LedgerReader['setOf'],
): TrustedValidators {
  const { height, epoch, nextEpoch, validators, nextValidators } = header;
  if (nextEpoch === epoch) {
    compare(height, 'next-validators', validators, nextValidators);
    return sealing;
  }
  compare(height, 'next-epoch', String(epoch + 1), String(nextEpoch));
  const next = setOf(nextEpoch);
  if (next === undefined) throw new FaultFound(height, 'epoch-set-missing', { epoch: nextEpoch });
  compare(height, 'next-validators', nextValidators, validatorSetDigest(next));
  return { ...sealing, epoch: nextEpoch, validators: next };
}

/** Outcomes and events are served as they are stored: they must be what was decided. */
function compareStored({ height, transactions, opening, closing }: ReadBlock, executed: ExecutedBlock): void {
  const { ran } = executed;
  compareOwnEvents(height, { opening, closing }, executed);
  compare(height, 'stored-transactions', String(ran.length), String(transactions.length));
  for (const [index, one] of ran.entries()) {
    if (!isSame(one, transactions[index]!)) {
      throw new FaultFound(height, 'stored-outcome', { index, transaction: one.transaction.id });
    }
  }
}

const isSame = (one: ExecutedTransaction, other: ExecutedTransaction): boolean =>
  one.sender === other.sender &&
  sameBytes(one.transaction.envelope, other.transaction.envelope) &&
  sameBytes(one.outcomeBytes, other.outcomeBytes) &&
  sameBytes(encodeFacts(one), encodeFacts(other));

const encodeFacts = ({ events }: ExecutedTransaction): Uint8Array =>
  encode(events.map(({ type, data }) => ({ type, data })));

const sameBytes = (one: Uint8Array, other: Uint8Array): boolean => Buffer.compare(one, other) === 0;

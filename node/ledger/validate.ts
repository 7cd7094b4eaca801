/**
 * What is checked before a transaction is pooled. `checkTransactionForm` asks only what every honest validator
 * answers alike (rule N2): a batch with a transaction that fails it is provably invalid. `precheck` spares a
 * client the wait for a refusal; it looks at this node's certified state and decides nothing.
 */
import { actionPattern } from '../../shared/codec/ids.ts';
import type { NetworkId, TransactionId } from '../../shared/types/brands.ts';
import { heightOf } from '../../shared/types/brands.ts';
import type { Batch, Rejection, Transaction } from '../../shared/types/ledger.ts';
import type { NetworkParameters } from '../../shared/types/parameters.ts';
import { decideTransaction } from './execute.ts';
import { limits } from './limits.ts';
import { readMembership } from './modules/epochs.ts';
import { identityOfKey } from './modules/identities.ts';
import { readParameters } from './modules/network.ts';
import { payloadsNamed } from './modules/streams.ts';
import { transactionOfPair } from './pairs.ts';
import { rejection } from './rejections.ts';
import type { StateView } from './types.ts';

export interface FormRules {
  readonly network: NetworkId;
  readonly parameters: NetworkParameters;
}

/** Stateless; signatures are checked apart, in packed batches. undefined: acceptable. */
export function checkTransactionForm(
  { body, envelope }: Transaction,
  { network, parameters }: FormRules,
): Rejection | undefined {
  const { envelopeBytesMax } = parameters;
  if (envelope.length > envelopeBytesMax) {
    return rejection({ code: 'too-large', facts: { bytes: envelope.length, bytesMax: envelopeBytesMax } });
  }
  if (body.network !== network) {
    return rejection({ code: 'wrong-network', facts: { expected: network, actual: body.network } });
  }
  if (body.version !== 1) return malformed('version', '1');
  if (!Number.isSafeInteger(body.expiresAt) || body.expiresAt < 0) {
    return malformed('expiresAt', 'milliseconds since 1970');
  }
  if (!actionPattern.test(body.action)) return malformed('action', 'module.verb');
  return undefined;
}

function malformed(path: string, expected: string): Rejection {
  return rejection({ code: 'malformed-transaction', facts: { path, expected } });
}

/** Form and size of a proposed batch with its bodies (rule N2); time and clock are consensus' business (N1). */
export function checkBatchForm(
  { ids }: Batch,
  transactions: readonly Transaction[],
  rules: FormRules,
): Rejection | undefined {
  const { batchLimit, batchBytesMax } = rules.parameters;
  if (ids.length > batchLimit) {
    return rejection({ code: 'too-many-transactions', facts: { count: ids.length, countMax: batchLimit } });
  }
  const bytes = transactions.reduce((sum, { envelope }) => sum + envelope.length, 0);
  if (bytes > batchBytesMax) {
    return rejection({ code: 'batch-too-large', facts: { bytes, bytesMax: batchBytesMax } });
  }
  const payloadBytes = transactions.reduce((sum, transaction) => sum + payloadBytesOf(transaction), 0);
  if (payloadBytes > limits.batchPayloadBytesMax) {
    const facts = { bytes: payloadBytes, bytesMax: limits.batchPayloadBytesMax };
    return rejection({ code: 'batch-payloads-too-large', facts });
  }
  const repeated = firstRepeated(ids);
  if (repeated !== undefined) {
    return rejection({ code: 'repeated-transaction', facts: { transaction: repeated } });
  }
  return firstInvalid(transactions, rules);
}

const payloadBytesOf = (transaction: Transaction): number => batchPayloadBytes(payloadsNamed(transaction));

/** What they take of `batchPayloadBytesMax`, by the sizes that the sender names. */
export const batchPayloadBytes = (named: readonly { readonly size: number }[]): number =>
  named.reduce((sum, { size }) => sum + Math.max(size, limits.batchPayloadBytesEach), 0);

function firstRepeated(ids: Batch['ids']): TransactionId | undefined {
  const seen = new Set<TransactionId>();
  return ids.find((id) => {
    if (seen.has(id)) return true;
    seen.add(id);
    return false;
  });
}

function firstInvalid(transactions: readonly Transaction[], rules: FormRules): Rejection | undefined {
  for (const transaction of transactions) {
    const problem = checkTransactionForm(transaction, rules);
    if (problem === undefined) continue;
    const facts = { transaction: transaction.id, code: problem.code };
    return rejection({ code: 'invalid-transaction', facts });
  }
  return undefined;
}

/**
 * State-dependent checks of the gateway, `nowMs` being max(own clock, certified time) (rule F2): whether it can
 * still run, who sends it, whether the action can be decided at all, and whether the stream is where the append
 * expects it. Refusals that a transaction still on its way could cure (balances, assets, roles) are left to
 * execution, which records them.
 */
export function precheck(state: StateView, transaction: Transaction, nowMs: number): Rejection | undefined {
  return checkRunnable(state, transaction, nowMs) ?? checkDecidable(state, transaction, nowMs);
}

function checkRunnable(state: StateView, { id, body }: Transaction, nowMs: number): Rejection | undefined {
  const { sender, nonce, expiresAt } = body;
  const ranAs = transactionOfPair(state, sender, nonce);
  if (ranAs === id) return rejection({ code: 'duplicate', facts: { transaction: id, where: 'ledger' } });
  if (ranAs !== undefined) return rejection({ code: 'superseded', facts: { transaction: ranAs } });
  if (expiresAt <= nowMs) return rejection({ code: 'expired', facts: { expiresAt, now: nowMs } });
  const { lifetimeMs, driftMs } = readParameters(state);
  // The rule allows the whole drift on top; half of it stays for blocks whose time is behind this clock.
  const latest = nowMs + lifetimeMs + Math.floor(driftMs / 2);
  if (expiresAt > latest) return rejection({ code: 'lifetime-too-long', facts: { expiresAt, latest } });
  return undefined;
}

const decidedBeforehand: ReadonlySet<string> = new Set([
  'unknown-sender',
  'identity-not-active',
  'unknown-action',
  'malformed-args',
  'wrong-expected-revision',
  'not-a-validator',
  'evidence-recorded',
  'payload-in-use',
  'payload-erased',
  'grant-other-stream',
  'grant-not-erasable',
  'member-exists',
  'identity-exists',
  'key-in-use',
  'role-needs-ballots',
  'proposal-closed',
  'proposal-expired',
]);

function checkDecidable(state: StateView, transaction: Transaction, nowMs: number): Rejection | undefined {
  const { id, body } = transaction;
  const { epoch, protocol } = readMembership(state);
  const context = {
    network: body.network,
    epoch,
    height: heightOf(0),
    time: nowMs,
    transaction: id,
    // What is inside is for execution to verify: here a stranger could make this node work.
    verifySignature: () => true,
  };
  const decision = decideTransaction(
    state,
    protocol,
    context,
    identityOfKey(state, body.sender),
    transaction,
  );
  if (decision.ok || !decidedBeforehand.has(decision.rejection.code)) return undefined;
  return decision.rejection;
}

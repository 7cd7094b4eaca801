/** GET transactions: lists, one with its fate, receipt and proof pack. */

import {
  jsonOfCbor,
  jsonOfOutcome,
  jsonOfProofPack,
  jsonOfReceipt,
} from '../../../shared/api/json-of-ledger.ts';
import type {
  CertifiedTransactionJson,
  ParamsOf,
  ProofPackJson,
  QueryOf,
  ReceiptJson,
  TransactionRowJson,
  TransactionStatusJson,
  TransactionsJson,
} from '../../../shared/api.ts';
import { toBase64Url } from '../../../shared/codec/hex.ts';
import { decodeEnvelope, encodeProofPack, encodeReceipt } from '../../../shared/codec/ledger.ts';
import { heightOf, type TransactionId } from '../../../shared/types/brands.ts';
import { readKey } from '../../ledger/modules/keys.ts';
import type { TransactionFilter, TransactionRecord } from '../../runtime/queries.ts';
import type { Answer, GatewayContext } from '../context.ts';
import { ProblemError } from '../http/problem-error.ts';
import { pageJson, pageRequest } from '../pages.ts';
import { proofPackOf, receiptOf } from '../proofs.ts';
import { refusalText } from '../refusal-text.ts';
import type { Caller } from '../sessions/caller.ts';
import { canSeeTransaction } from '../sessions/readable-transactions.ts';
import { fateOf, type TransactionFate } from '../transaction-fate.ts';

export function listTransactions(
  context: GatewayContext,
  query: QueryOf<'transactions'>,
): Answer<TransactionsJson> {
  const filter = transactionFilter(context, query);
  const page = pageRequest(query, (request) => context.queries.transactions(filter, request));
  return { body: pageJson(page, transactionRow) };
}

function transactionFilter(context: GatewayContext, query: QueryOf<'transactions'>): TransactionFilter {
  const { receiver, action, stream, label, status, from, to, fromHeight, toHeight } = query;
  const sender = identityNamed(context, query.sender);
  return {
    ...(sender === undefined ? {} : { sender }),
    ...(receiver === undefined ? {} : { receiver }),
    ...(action === undefined ? {} : { action }),
    ...(stream === undefined ? {} : { stream: stream.normalize('NFC') }),
    ...(label === undefined ? {} : { label }),
    ...(status === undefined ? {} : { status }),
    ...(from === undefined ? {} : { fromTime: from }),
    ...(to === undefined ? {} : { toTime: to }),
    ...(fromHeight === undefined ? {} : { fromHeight: heightOf(fromHeight) }),
    ...(toHeight === undefined ? {} : { toHeight: heightOf(toHeight) }),
  };
}

/** The index knows senders by identity id; people may paste a key, be it the present one or not. */
function identityNamed({ state }: GatewayContext, sender: string | undefined): string | undefined {
  const registered = sender === undefined ? undefined : readKey(state, sender);
  return registered?.kind === 'identity' ? registered.owner : sender;
}

function transactionRow(record: TransactionRecord): TransactionRowJson {
  const { id, height, block, index, time, sender, senderKey, action } = record;
  return {
    status: 'certified',
    id,
    height,
    block,
    index,
    time,
    ...(sender === undefined ? {} : { sender }),
    senderKey,
    action,
    outcome: jsonOfOutcome(record.outcome, refusalText),
    sizeBytes: record.envelope.length,
  };
}

export function getTransaction(
  context: GatewayContext,
  { id }: ParamsOf<'transaction'>,
  { sender, nonce, expiresAt }: QueryOf<'transaction'>,
  caller: Caller,
): Answer<TransactionStatusJson> {
  const hint = {
    ...(sender === undefined ? {} : { senderKey: sender }),
    ...(nonce === undefined ? {} : { nonce }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
  };
  const fate = fateOf(context, id as TransactionId, hint);
  if (!canSeeFate(caller, fate)) throw unknownTransaction(id);
  switch (fate.status) {
    case 'certified':
      return { body: certifiedTransaction(fate.record) };
    case 'superseded':
      return { body: { status: 'superseded', id, by: fate.by } };
    case 'expired': {
      const { height, time } = fate;
      return { body: { status: 'expired', id, expiresAt: fate.expiresAt, height, time } };
    }
    case 'pooled': {
      const { expiresAt: until, senderKey, action: named } = fate.known;
      return { body: { status: 'pooled', id, expiresAt: until, senderKey, action: named } };
    }
    case 'unknown':
      throw unknownTransaction(id);
  }
}

/** What is not certified has no arguments here: of that a reader of named streams sees its own. */
function canSeeFate(caller: Caller, fate: TransactionFate): boolean {
  if (caller.reads === 'everything') return true;
  if (fate.status === 'certified')
    return canSeeTransaction(caller, decodeEnvelope(fate.record.envelope).body);
  if (fate.status === 'unknown') return false;
  return (fate.status === 'pooled' ? fate.known.senderKey : fate.senderKey) === caller.key;
}

const unknownTransaction = (id: string): ProblemError =>
  new ProblemError('unknown-transaction', 'This node knows no transaction of this id.', {
    id,
    status: 'unknown',
  });

export function certifiedTransaction(record: TransactionRecord): CertifiedTransactionJson {
  const { nonce, expiresAt, args } = decodeEnvelope(record.envelope).body;
  return {
    ...transactionRow(record),
    nonce,
    expiresAt,
    args: jsonOfCbor(args),
    envelope: toBase64Url(record.envelope),
  };
}

export function getReceipt(
  context: GatewayContext,
  { id }: ParamsOf<'receipt'>,
  caller: Caller,
): Answer<ReceiptJson> {
  const receipt = receiptOf(context.queries, certifiedRecord(context, id, caller));
  return { body: jsonOfReceipt(receipt), cbor: () => encodeReceipt(receipt) };
}

export function getPack(
  context: GatewayContext,
  { id }: ParamsOf<'pack'>,
  caller: Caller,
): Answer<ProofPackJson> {
  const record = certifiedRecord(context, id, caller);
  const pack = proofPackOf(context, record);
  return { body: jsonOfProofPack(pack), cbor: () => encodeProofPack(pack) };
}

function certifiedRecord(context: GatewayContext, id: string, caller: Caller): TransactionRecord {
  const fate = fateOf(context, id as TransactionId, {});
  if (fate.status === 'unknown' || !canSeeFate(caller, fate)) throw unknownTransaction(id);
  if (fate.status === 'certified') return fate.record;
  throw new ProblemError('not-certified', `The transaction is ${fate.status}, not certified.`, {
    id,
    status: fate.status,
  });
}

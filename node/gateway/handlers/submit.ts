/** POST /transactions: 202 accepted, 200 certified; one refusal is a problem, of many each result says its own. */

import { jsonOfOutcome, jsonOfReceipt } from '../../../shared/api/json-of-ledger.ts';
import {
  apiPrefix,
  type QueryOf,
  type SubmitResponseJson,
  type SubmitResultJson,
} from '../../../shared/api.ts';
import type { TransactionId } from '../../../shared/types/brands.ts';
import { countOf } from '../../runtime/diagnosis/words.ts';
import type { TransactionRecord } from '../../runtime/queries.ts';
import type { Answer, GatewayContext } from '../context.ts';
import { activeMemberCount } from '../governance/member-count.ts';
import { ProblemError } from '../http/problem-error.ts';
import type { SubmittingMember } from '../ports.ts';
import { receiptOf } from '../proofs.ts';
import { problemOfRejection } from '../refusal-problem.ts';
import { refusalText } from '../refusal-text.ts';
import type { Caller } from '../sessions/caller.ts';
import { readEnvelopes, refusedJson, type Submitted, submitRead } from '../submission.ts';
import { readSubmission } from '../submission-reader.ts';
import { ownAlone } from './own-actions.ts';

export interface SubmitRequest {
  readonly query: QueryOf<'submit'>;
  readonly contentType: string | undefined;
  readonly body: Uint8Array;
  readonly caller: Caller;
}

type Found = ReadonlyMap<TransactionId, TransactionRecord>;

export async function submit(
  context: GatewayContext,
  request: SubmitRequest,
): Promise<Answer<SubmitResponseJson>> {
  const sent = readSubmission(request.contentType, request.body, context.limits.envelopesMax);
  const { many } = sent;
  const read = ownAlone(readEnvelopes(context, sent), request.caller);
  const client = clientOf(context, request.caller);
  const { submitted, found } = await run(context, read, client, request.query);
  const withReceipt = request.query.receipts !== 'omit';
  const results = submitted.map((one) => resultOf(context, one, found, withReceipt));
  if (!many) throwRefusal(context, submitted[0], found);
  if (results.every((result) => result.status === 'refused')) throwAllRefused(submitted, results);
  return answerOf(results);
}

const clientOf = (context: GatewayContext, { member }: Caller): SubmittingMember => ({
  member,
  members: activeMemberCount(context),
});

/** With `wait`, the waiting begins before the submission: no block can slip between. */
async function run(
  context: GatewayContext,
  read: readonly Submitted[],
  client: SubmittingMember,
  query: SubmitRequest['query'],
): Promise<{ submitted: readonly Submitted[]; found: Found }> {
  if (query.wait !== 'certified') {
    return { submitted: await submitRead(context, read, client), found: new Map() };
  }
  const ids = read.flatMap(({ transaction, refusal }) => (transaction && !refusal ? [transaction.id] : []));
  const timeoutMs = Math.min(query.timeoutMs ?? context.limits.waitMs, context.limits.waitMs);
  const wait = context.waiters.wait(ids, timeoutMs);
  try {
    const submitted = await submitRead(context, read, client);
    for (const { transaction, refusal } of submitted) {
      if (transaction && refusal && refusal.code !== 'duplicate') wait.drop(transaction.id);
    }
    if (ids.length === 0) wait.finish();
    return { submitted, found: await wait.certified };
  } finally {
    wait.finish();
  }
}

function resultOf(
  context: GatewayContext,
  one: Submitted,
  found: Found,
  withReceipt: boolean,
): SubmitResultJson {
  const id = one.transaction?.id;
  const record = id === undefined ? undefined : found.get(id);
  if (record) {
    const outcome = jsonOfOutcome(record.outcome, refusalText);
    const certified = { status: 'certified', id: record.id, height: record.height, outcome } as const;
    return withReceipt
      ? { ...certified, receipt: jsonOfReceipt(receiptOf(context.queries, record)) }
      : certified;
  }
  if (id !== undefined && one.refusal?.code === 'duplicate') {
    const height = context.queries.transaction(id)?.height;
    return { status: 'duplicate', id, ...(height === undefined ? {} : { height }) };
  }
  if (one.refusal) return refusedJson(id, one.refusal);
  return { status: 'accepted', id: id ?? '' };
}

/** A single transaction that was refused, before ordering or in its block, is a problem with its own code. */
function throwRefusal(context: GatewayContext, one: Submitted | undefined, found: Found): void {
  const id = one?.transaction?.id;
  const record = id === undefined ? undefined : found.get(id);
  if (record?.outcome.status === 'failed') {
    const receipt = jsonOfReceipt(receiptOf(context.queries, record));
    throw problemOfRejection(
      {
        ...record.outcome.rejection,
        facts: { ...record.outcome.rejection.facts, transaction: record.id, height: record.height },
      },
      { members: { receipt } },
    );
  }
  if (record === undefined && one?.refusal) {
    throw id === undefined
      ? one.refusal
      : new ProblemError(
          one.refusal.code,
          one.refusal.message,
          { id, ...one.refusal.facts },
          one.refusal.extras,
        );
  }
}

function throwAllRefused(submitted: readonly Submitted[], results: readonly SubmitResultJson[]): never {
  const refusals = submitted.flatMap(({ refusal }) => (refusal ? [refusal] : []));
  const first = refusals[0];
  const sameCode = first !== undefined && refusals.every(({ code }) => code === first.code);
  if (sameCode) {
    throw new ProblemError(first.code, first.message, first.facts, {
      ...first.extras,
      members: { ...first.extras.members, results },
    });
  }
  const facts = { refused: results.length };
  throw new ProblemError(
    'all-refused',
    results.length === 1
      ? 'The transaction was refused.'
      : `All ${countOf(results.length, 'transaction')} were refused.`,
    facts,
    {
      members: { results },
    },
  );
}

function answerOf(results: readonly SubmitResultJson[]): Answer<SubmitResponseJson> {
  const refused = results.filter((result) => result.status === 'refused').length;
  const poolFull = results.some((result) => result.status === 'refused' && result.code === 'pool-full');
  const pending = results.some((result) => result.status === 'accepted' || isPendingDuplicate(result));
  return {
    status: pending ? 202 : 200,
    headers: { 'Cache-Control': 'no-store', ...(poolFull ? { 'Retry-After': '1' } : {}) },
    body: {
      results: [...results],
      accepted: results.length - refused,
      refused,
      follow: `${apiPrefix}/transactions/{id}`,
    },
  };
}

const isPendingDuplicate = (result: SubmitResultJson): boolean =>
  result.status === 'duplicate' && result.height === undefined;

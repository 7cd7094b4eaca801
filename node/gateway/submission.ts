/** From envelopes to results: decode, refuse what is not for this network, hand the rest to the node. */
import type { SubmitResultJson } from '../../shared/api.ts';
import { CodecError } from '../../shared/codec/codec-error.ts';
import { decodeEnvelope } from '../../shared/codec/ledger.ts';
import type { Digest, TransactionId } from '../../shared/types/brands.ts';
import type { Rejection, Transaction } from '../../shared/types/ledger.ts';
import type { GatewayContext } from './context.ts';
import { ProblemError } from './http/problem-error.ts';
import type { SubmissionResult, SubmittingMember } from './ports.ts';
import { problemOfRejection } from './refusal-problem.ts';
import type { SubmittedEnvelopes } from './submission-reader.ts';
import { takePayloads } from './submitted-payloads.ts';

/** `transaction` is there when the envelope decoded. */
export interface Submitted {
  readonly transaction?: Transaction;
  /** What came along and what its events name, by digest. */
  readonly payloads?: ReadonlyMap<Digest, Uint8Array>;
  readonly refusal?: ProblemError;
}

/** Decodes each envelope on its own; network, size and what came along are judged here, all else by the node. */
export const readEnvelopes = (
  context: GatewayContext,
  { envelopes, payloads }: Pick<SubmittedEnvelopes, 'envelopes' | 'payloads'>,
): readonly Submitted[] =>
  envelopes.map((envelope, index) => {
    const read = readEnvelope(context, envelope);
    const alongside = payloads?.[index] ?? [];
    const { transaction } = read;
    if (transaction === undefined || read.refusal !== undefined || alongside.length === 0) return read;
    const taken = takePayloads(transaction, alongside);
    return 'code' in taken
      ? { transaction, refusal: problemOfRejection(taken) }
      : { transaction, payloads: taken };
  });

function readEnvelope({ genesis, network }: GatewayContext, envelope: Uint8Array): Submitted {
  const { envelopeBytesMax } = genesis.parameters;
  if (envelope.length > envelopeBytesMax) {
    const facts = { bytes: envelope.length, bytesMax: envelopeBytesMax };
    return { refusal: problemOfRejection({ code: 'too-large', facts }) };
  }
  try {
    const transaction = decodeEnvelope(envelope);
    if (transaction.body.network === network) return { transaction };
    const facts = { expected: network, actual: transaction.body.network };
    return { transaction, refusal: problemOfRejection({ code: 'wrong-network', facts }) };
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    const facts = { reason: error.code, ...error.facts };
    return {
      refusal: new ProblemError('malformed-cbor', `The envelope does not decode: ${error.message}.`, facts),
    };
  }
}

/** Hands what decoded to the node; answers come back in the order of `submitted`. */
export async function submitRead(
  context: GatewayContext,
  submitted: readonly Submitted[],
  client: SubmittingMember,
): Promise<readonly Submitted[]> {
  const transactions = submitted.flatMap(({ transaction, refusal }) =>
    transaction && !refusal ? [transaction] : [],
  );
  if (transactions.length === 0) return submitted;
  const waiting = new Set(transactions.map(({ id }) => id).filter((id) => context.node.pooled(id)));
  const payloads = new Map(submitted.flatMap((one) => (one.refusal ? [] : [...(one.payloads ?? [])])));
  const results = await new Promise<readonly SubmissionResult[]>((resolve) => {
    context.node.submit(transactions, client, resolve, payloads);
  });
  const rejections = new Map<TransactionId, Rejection>();
  for (const [index, transaction] of transactions.entries()) {
    const { id } = transaction;
    const result = results[index];
    if (result?.ok !== true) rejections.set(id, result?.rejection ?? { code: 'internal', facts: {} });
    else {
      context.submissions.remember(transaction);
      const isRepeat = result.known === true || waiting.has(id);
      if (isRepeat) rejections.set(id, { code: 'duplicate', facts: { transaction: id, where: 'pool' } });
    }
  }
  return submitted.map((one) => {
    const rejection = one.transaction && !one.refusal ? rejections.get(one.transaction.id) : undefined;
    return rejection ? { ...one, refusal: problemOfRejection(rejection) } : one;
  });
}

export function refusedJson(id: string | undefined, problem: ProblemError): SubmitResultJson {
  const { code, detail, facts, next } = problem.toProblem('');
  return { status: 'refused', ...(id === undefined ? {} : { id }), code, detail, facts: { ...facts }, next };
}

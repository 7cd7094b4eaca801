/** From envelopes to results: decode, refuse early what can never run, hand the rest to the node. */
import type { SubmitResultJson } from '../../shared/api.ts';
import { CodecError } from '../../shared/codec/codec-error.ts';
import { decodeEnvelope } from '../../shared/codec/ledger.ts';
import type { Rejection, Transaction } from '../../shared/types/ledger.ts';
import type { GatewayContext } from './context.ts';
import { earlyRefusals } from './early-refusal.ts';
import { ProblemError } from './http/problem-error.ts';
import type { SubmissionResult } from './ports.ts';
import { problemOfRejection } from './refusal-problem.ts';

/** `transaction` is there when the envelope decoded. */
export interface Submitted {
  readonly transaction?: Transaction;
  readonly refusal?: ProblemError;
}

/** Decodes and judges each envelope on its own. */
export function judgeEnvelopes(
  context: GatewayContext,
  envelopes: readonly Uint8Array[],
): readonly Submitted[] {
  const refusalOf = earlyRefusals(context.state);
  return envelopes.map((envelope) => {
    const read = readEnvelope(context, envelope);
    if (read.transaction === undefined || read.refusal) return read;
    const rejection = refusalOf(read.transaction);
    return rejection ? { ...read, refusal: problemOfRejection(rejection) } : read;
  });
}

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

/** Hands the judged ones to the node; answers come back in the order of `submitted`. */
export async function submitJudged(
  context: GatewayContext,
  submitted: readonly Submitted[],
): Promise<readonly Submitted[]> {
  const good = submitted.filter((one) => one.refusal === undefined);
  const transactions = good.flatMap((one) => (one.transaction ? [one.transaction] : []));
  if (transactions.length === 0) return submitted;
  refuseUnlessReady(context);
  const results = await new Promise<readonly SubmissionResult[]>((resolve) => {
    context.node.submit(transactions, resolve);
  });
  const refusals = new Map<Submitted, Rejection>();
  for (const [index, result] of results.entries()) {
    const one = good[index];
    if (!one?.transaction) continue;
    if (result.ok) context.submissions.remember(one.transaction);
    else refusals.set(one, result.rejection);
  }
  return submitted.map((one) => {
    const rejection = refusals.get(one);
    return rejection ? { ...one, refusal: problemOfRejection(rejection) } : one;
  });
}

function refuseUnlessReady({ node }: GatewayContext): void {
  const reason = node.status().notReadyReason;
  if (reason === undefined) return;
  throw new ProblemError(
    'not-ready',
    `This node takes no transactions now: ${reason}.`,
    { reason },
    {
      retryAfterSeconds: 1,
    },
  );
}

export function refusedJson(id: string | undefined, problem: ProblemError): SubmitResultJson {
  const { code, detail, facts, next } = problem.toProblem('');
  return { status: 'refused', ...(id === undefined ? {} : { id }), code, detail, facts: { ...facts }, next };
}

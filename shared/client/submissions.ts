/**
 * Submitting envelopes until their fate is known. A transaction runs at most once per (sender, nonce), so that
 * sending the same bytes again, here or elsewhere, is always safe and is what this does.
 */
import {
  apiPrefix,
  endpoints,
  type ProblemCode,
  problemKinds,
  type ReceiptJson,
  type SubmitResultJson,
  submitProblemSchema,
  submitResponseSchema,
} from '../api.ts';
import { encode } from '../codec/dag-cbor.ts';
import { toBase64Url } from '../codec/hex.ts';
import { decodeEnvelope } from '../codec/ledger.ts';
import { toUtf8 } from '../codec/utf8.ts';
import { ClientError, errorOfProblem, invalidAnswer } from './client-error.ts';
import { type Exchange, problemOf, readJson } from './exchange.ts';
import type { ClientPorts } from './ports.ts';
import { read } from './reads.ts';

type Certified = Extract<SubmitResultJson, { status: 'certified' }>;
export type CertifiedResult = Certified & { readonly receipt: ReceiptJson };
/** As bulk wants it. */
export type OutcomeResult = Omit<Certified, 'receipt'>;
export type RefusedResult = Extract<SubmitResultJson, { status: 'refused' }>;

export interface Submission {
  readonly envelopes: readonly Uint8Array[];
  /** What events of the envelope name by digest; of one envelope alone. */
  readonly payloads?: readonly Uint8Array[];
}

/** Refusals that pass with time. */
const passing: ReadonlySet<string> = new Set([
  'pool-full',
  'backlog-full',
  'sender-share-full',
  'member-share-full',
  'payload-share-full',
  'not-ready',
  'rate-limited',
]);
const pauseMs = 500;
const roundsMax = 40;

export class Submissions {
  readonly #exchange: Exchange;
  readonly #ports: ClientPorts;

  constructor(exchange: Exchange, ports: ClientPorts) {
    this.#exchange = exchange;
    this.#ports = ports;
  }

  /**
   * Every envelope accepted, certified before, or refused for good; results in the order of the envelopes.
   * @throws ClientError if no gateway answers, or all stay full
   */
  accept(submission: Submission): Promise<readonly SubmitResultJson[]> {
    return this.#settle(submission, '', (result) => result.status !== 'refused' || isRefused(result));
  }

  /** Every envelope certified (whatever its outcome) or refused for good. @throws ClientError */
  async certify(submission: Submission): Promise<readonly (CertifiedResult | RefusedResult)[]> {
    const results = await this.#settle(
      submission,
      '?wait=certified',
      (result) => hasReceipt(result) || isRefused(result),
    );
    return results as readonly (CertifiedResult | RefusedResult)[];
  }

  /** The same without receipts: lighter for all sides. @throws ClientError */
  async certifyBulk(envelopes: readonly Uint8Array[]): Promise<readonly (OutcomeResult | RefusedResult)[]> {
    const query = '?wait=certified&receipts=omit';
    const results = await this.#settle(
      { envelopes },
      query,
      (result) => result.status === 'certified' || isRefused(result),
    );
    return results as readonly (OutcomeResult | RefusedResult)[];
  }

  async #settle(
    { envelopes, payloads = [] }: Submission,
    query: string,
    isSettled: (result: SubmitResultJson) => boolean,
  ): Promise<readonly SubmitResultJson[]> {
    const settled: (SubmitResultJson | undefined)[] = envelopes.map(() => undefined);
    let open = envelopes.map((_, index) => index);
    for (let round = 0; open.length > 0; round++) {
      if (round === roundsMax) throw notCertifiedInTime(open.length);
      if (round > 0) await this.#ports.sleep(pauseMs);
      const results = await this.#post(
        open.map((index) => envelopes[index]!),
        payloads,
        query,
      );
      for (const [position, index] of open.entries()) {
        const result = await this.#judged(envelopes[index]!, results[position]);
        if (result && isSettled(result)) settled[index] = result;
      }
      const before = open.length;
      open = open.filter((index) => settled[index] === undefined);
      // Nothing moved here: another node may see further.
      if (open.length === before) this.#exchange.preferNext();
    }
    return settled as readonly SubmitResultJson[];
  }

  /** @returns one result per envelope */
  async #post(
    envelopes: readonly Uint8Array[],
    payloads: readonly Uint8Array[],
    query: string,
  ): Promise<readonly SubmitResultJson[]> {
    const { type, body } =
      payloads.length === 0 ? bulkBody(envelopes) : bodyWithPayloads(envelopes, payloads);
    const { gateway, response } = await this.#exchange.send(`${apiPrefix}${endpoints.submit.path}${query}`, {
      method: 'POST',
      headers: { 'Content-Type': type, Accept: 'application/json' },
      body,
    });
    const json = await readJson(gateway, response);
    const results = resultsOf(json);
    if (results === undefined) throw errorOfProblem(problemOf(gateway, response.status, json));
    if (results.length === envelopes.length) return results;
    throw invalidAnswer(gateway, `${results.length} results for ${envelopes.length} envelopes`);
  }

  /**
   * `expired` at the door is a clock's opinion, and the transaction may have run before: only a certified block
   * decides (design, section 5). Undefined while none has.
   */
  async #judged(
    envelope: Uint8Array,
    result: SubmitResultJson | undefined,
  ): Promise<SubmitResultJson | undefined> {
    if (result?.status !== 'refused' || result.code !== 'expired') return result;
    const { id, body } = decodeEnvelope(envelope);
    const { sender, nonce, expiresAt } = body;
    try {
      const fate = await read(this.#exchange, 'transaction', { id, sender, nonce, expiresAt });
      if (fate.status === 'expired') return result;
      if (fate.status !== 'certified') return undefined;
      const receipt = await read(this.#exchange, 'receipt', { id });
      return { status: 'certified', id, height: fate.height, outcome: fate.outcome, receipt };
    } catch (error) {
      if (error instanceof ClientError && error.code === 'unknown-transaction') return undefined;
      throw error;
    }
  }
}

interface Body {
  readonly type: string;
  readonly body: Uint8Array<ArrayBuffer>;
}

const bulkBody = (envelopes: readonly Uint8Array[]): Body => ({
  type: 'application/cbor',
  body: new Uint8Array(encode(envelopes)),
});

function bodyWithPayloads(envelopes: readonly Uint8Array[], payloads: readonly Uint8Array[]): Body {
  const [envelope, ...others] = envelopes;
  if (envelope === undefined || others.length > 0)
    throw new RangeError('payloads travel beside one envelope');
  const json = { envelope: toBase64Url(envelope), payloads: payloads.map(toBase64Url) };
  return { type: 'application/json', body: new Uint8Array(toUtf8(JSON.stringify(json))) };
}

const hasReceipt = (result: SubmitResultJson): boolean =>
  result.status === 'certified' && result.receipt !== undefined;
const isRefused = (result: SubmitResultJson): boolean =>
  result.status === 'refused' && !passing.has(result.code);

/** Both the answer and the problem "none was accepted" list what became of each. */
function resultsOf(json: unknown): readonly SubmitResultJson[] | undefined {
  const answer = submitResponseSchema.safeParse(json);
  if (answer.success) return answer.data.results;
  const problem = submitProblemSchema.safeParse(json);
  return problem.success ? problem.data.results : undefined;
}

const notCertifiedInTime = (open: number): ClientError =>
  new ClientError(
    'not-certified-in-time',
    'The network did not certify in time.',
    { transactions: open },
    'Nothing is lost: send the same bytes again, and look at GET /api/v1/status for why nothing commits.',
  );

/** One transaction's certificate, or the reason why it did not succeed. @throws ClientError */
export function succeeded<Result extends OutcomeResult>(result: Result | RefusedResult): Result {
  if (result.status === 'refused') {
    throw new ClientError(
      result.code,
      result.detail,
      { ...result.facts, ...(result.id ? { id: result.id } : {}) },
      result.next,
    );
  }
  const { outcome, id, height } = result;
  if (outcome.status === 'succeeded') return result;
  const { title, next } = problemKinds[problemCodeOf(outcome.code)];
  const facts = { ...outcome.facts, rejection: outcome.code, id, height };
  throw new ClientError(
    problemCodeOf(outcome.code),
    `The transaction ran in block ${height}: ${outcome.headline ?? `${title}.`}`,
    facts,
    outcome.next ?? next,
  );
}

/** Deciders of a newer version may refuse for reasons that have no code here. */
const problemCodeOf = (code: string): ProblemCode =>
  Object.hasOwn(problemKinds, code) ? (code as ProblemCode) : 'rejected';

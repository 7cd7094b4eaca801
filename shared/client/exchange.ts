/**
 * One exchange with any of several gateways: the same bytes go to the next one when one is silent, full or
 * failing; when all were asked, it waits as long as they said and begins again.
 */
import { type Problem, problemSchema } from '../api/problems.ts';
import { ClientError, errorOfProblem, invalidAnswer, unreachable } from './client-error.ts';
import type { ClientPorts, ClientRequest, ClientResponse } from './ports.ts';
import { CredentialsFailure, SignIns } from './sign-in.ts';

/** An answer that no retry would change: success, or a problem of the request itself. */
export interface Settled {
  readonly gateway: string;
  readonly response: ClientResponse;
}

type Attempt =
  | { readonly kind: 'settled'; readonly settled: Settled }
  | { readonly kind: 'again'; readonly error: ClientError; readonly waitMs?: number };

export interface ExchangeOptions {
  /** `http(s)://host:port`, without a slash at the end. */
  readonly gateways: readonly string[];
  /** How often all gateways are asked before giving up. */
  readonly rounds: number;
}

const backOffFirstMs = 200;
const backOffMaxMs = 5_000;
const retryAfterMaxMs = 30_000;

export class Exchange {
  readonly gateways: readonly string[];
  readonly #ports: ClientPorts;
  readonly signIns: SignIns;
  readonly #rounds: number;
  /** Index of the gateway that answered last. */
  #preferred = 0;

  constructor({ gateways, rounds }: ExchangeOptions, ports: ClientPorts) {
    if (gateways.length === 0) throw new RangeError('a client needs a gateway');
    this.gateways = gateways.map((gateway) => gateway.replace(/\/+$/, ''));
    this.#ports = ports;
    this.signIns = new SignIns(ports);
    this.#rounds = rounds;
  }

  /** @throws ClientError the last failure, when all rounds are over; what the port `credentials` throws */
  async send(path: string, request: ClientRequest): Promise<Settled> {
    let failure = unreachable(this.gateways, 'no gateway was asked');
    for (let round = 0; round < this.#rounds; round++) {
      const waits: number[] = [];
      for (let turn = 0; turn < this.gateways.length; turn++) {
        const attempt = await this.#attempt(path, request);
        if (attempt.kind === 'settled') return attempt.settled;
        failure = attempt.error;
        if (attempt.waitMs !== undefined) waits.push(attempt.waitMs);
        this.preferNext();
      }
      if (round + 1 < this.#rounds) await this.#ports.sleep(waitOf(round, waits));
    }
    throw failure;
  }

  /** The gateway that will be asked first. */
  get preferred(): string {
    return this.gateways[this.#preferred]!;
  }

  preferNext(): void {
    this.#preferred = (this.#preferred + 1) % this.gateways.length;
  }

  async #attempt(path: string, request: ClientRequest): Promise<Attempt> {
    const gateway = this.preferred;
    let response: ClientResponse;
    try {
      response = await this.signIns.fetch(gateway, path, request);
    } catch (error) {
      if (error instanceof ClientError) throw error;
      if (error instanceof CredentialsFailure) throw error.cause;
      return { kind: 'again', error: unreachable(this.gateways, reasonOf(error)) };
    }
    if (!isWorthAnotherTry(response.status)) return { kind: 'settled', settled: { gateway, response } };
    const waitMs = retryAfterMs(response);
    const error = errorOfProblem(await readProblem(gateway, response));
    return { kind: 'again', error, ...(waitMs === undefined ? {} : { waitMs }) };
  }
}

/** 429 and 503 pass with time; a node that fails may have sound neighbours. */
const isWorthAnotherTry = (status: number): boolean => status === 429 || status >= 500;

/** As soon as the first gateway may have room again, but never a busy loop. */
function waitOf(round: number, waits: readonly number[]): number {
  const backOff = Math.min(backOffMaxMs, backOffFirstMs * 2 ** round);
  return waits.length === 0 ? backOff : Math.max(backOffFirstMs, Math.min(...waits));
}

/** Seconds only (RFC 9110, section 10.2.3); a date is ignored. */
function retryAfterMs(response: ClientResponse): number | undefined {
  const text = response.headers.get('retry-after') ?? '';
  return /^[0-9]{1,6}$/.test(text) ? Math.min(retryAfterMaxMs, Number(text) * 1000) : undefined;
}

/** @throws ClientError `invalid-answer` */
export async function readJson(gateway: string, response: ClientResponse): Promise<unknown> {
  try {
    return JSON.parse(await response.text());
  } catch (error) {
    throw invalidAnswer(gateway, `${response.status}: ${reasonOf(error)}`);
  }
}

async function readProblem(gateway: string, response: ClientResponse): Promise<Problem> {
  return problemOf(gateway, response.status, await readJson(gateway, response).catch(() => undefined));
}

/** A proxy's own error page is no problem document: its status says what there is to know. */
export function problemOf(gateway: string, status: number, json: unknown): Problem {
  const read = problemSchema.safeParse(json);
  if (read.success) return read.data;
  return {
    type: 'about:blank',
    title: `HTTP ${status}`,
    status,
    code: status === 503 || status === 429 ? 'not-ready' : 'internal',
    detail: `${gateway} answered HTTP ${status}.`,
    facts: { gateway, status },
    next: 'Ask another gateway, or look at this one.',
    requestId: '',
  };
}

const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
};

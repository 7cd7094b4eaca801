/** Opens sessions with an identity's key, one at each gateway, when a gateway asks who it is talking to. */
import { apiPrefix, challengeSchema, endpoints, signInSchema } from '../api.ts';
import { CodecError } from '../codec/codec-error.ts';
import { fromBase64Url, toBase64Url } from '../codec/hex.ts';
import { challengeFault, decodeChallenge, signInSigningBytes } from '../codec/sign-in.ts';
import { toUtf8 } from '../codec/utf8.ts';
import { invalidAnswer } from './client-error.ts';
import type { ClientPorts, ClientRequest, ClientResponse, Credentials } from './ports.ts';

/** What is left of an attempt: a token, or the answer that refused it. */
type SignedIn = { readonly token: string } | { readonly refused: ClientResponse };

/** Whoever signs in has no key to do it with: nothing that another gateway could help. */
export class CredentialsFailure extends Error {
  override readonly name = 'CredentialsFailure';
}

/**
 * Behind a load balancer the gateway that gave the challenge may not be the one that is asked next, nor the one that
 * opened the session: so often it is tried anew before it counts as a refusal.
 */
const triesMax = 4;

export class SignIns {
  readonly #ports: ClientPorts;
  /** By gateway; attempts that run are shared. */
  readonly #tokens = new Map<string, string>();
  readonly #attempts = new Map<string, Promise<SignedIn>>();

  constructor(ports: ClientPorts) {
    this.#ports = ports;
  }

  /**
   * The gateway's answer; if it wants to know who asks, a session is opened and the same request sent again.
   * @throws ClientError `invalid-answer` if its challenge is not one to sign; CredentialsFailure; what fetch throws
   */
  async fetch(gateway: string, path: string, request: ClientRequest): Promise<ClientResponse> {
    let token = this.#tokens.get(gateway);
    for (let tries = 1; ; tries += 1) {
      const response = await this.#ports.fetch(gateway + path, withToken(request, token));
      if (response.status !== 401 || tries > triesMax) return response;
      const credentials = await this.#credentials();
      if (credentials === undefined) return response;
      const signedIn = await this.#signIn(gateway, credentials, token);
      if ('refused' in signedIn) return signedIn.refused;
      token = signedIn.token;
    }
  }

  async #credentials(): Promise<Credentials | undefined> {
    try {
      return await this.#ports.credentials?.();
    } catch (cause) {
      throw new CredentialsFailure('no credentials', { cause });
    }
  }

  /**
   * For a socket, which cannot be asked twice. Undefined without credentials, or if they open nothing there.
   * @throws Error if the gateway has no time now; ClientError `invalid-answer`; CredentialsFailure; what fetch throws
   */
  async token(gateway: string): Promise<string | undefined> {
    const known = this.#tokens.get(gateway);
    if (known !== undefined) return known;
    const credentials = await this.#credentials();
    if (credentials === undefined) return undefined;
    const signedIn = await this.#signIn(gateway, credentials, undefined);
    if ('token' in signedIn) return signedIn.token;
    const { status } = signedIn.refused;
    if (status === 429 || status >= 500) throw new Error(`${gateway} answers ${status}`);
    return undefined;
  }

  forget(gateway: string): void {
    this.#tokens.delete(gateway);
  }

  async #signIn(gateway: string, credentials: Credentials, stale: string | undefined): Promise<SignedIn> {
    const newer = this.#tokens.get(gateway);
    if (newer !== undefined && newer !== stale) return { token: newer };
    const running = this.#attempts.get(gateway) ?? this.#attempt(gateway, credentials);
    this.#attempts.set(gateway, running);
    try {
      return await running;
    } finally {
      this.#attempts.delete(gateway);
    }
  }

  async #attempt(gateway: string, { publicKey, sign, network }: Credentials): Promise<SignedIn> {
    this.#tokens.delete(gateway);
    for (let tries = 1; ; tries += 1) {
      const given = await this.#challenge(gateway, publicKey);
      if (given.status !== 200) return { refused: given };
      const { challenge } = await answerOf(gateway, given, challengeSchema);
      const message = messageToSign(gateway, challenge, network);
      const signature = toBase64Url(await sign(message));
      const body = { challenge, key: publicKey, signature, as: 'bearer' };
      const opened = await this.#post(gateway, endpoints.signIn.path, body);
      if (opened.status === 401 && tries < triesMax) continue;
      if (opened.status !== 200) return { refused: opened };
      const { token } = await answerOf(gateway, opened, signInSchema);
      if (token === undefined) throw invalidAnswer(gateway, 'a session without a token');
      this.#tokens.set(gateway, token);
      return { token };
    }
  }

  /**
   * To open a key takes a second, or many on a busy machine, and servers let go of connections meanwhile: the first
   * request behind it may fail for that alone, and a challenge may be asked for twice.
   */
  async #challenge(gateway: string, publicKey: string): Promise<ClientResponse> {
    const ask = () => this.#post(gateway, endpoints.challenge.path, { key: publicKey, origin: gateway });
    try {
      return await ask();
    } catch {
      return ask();
    }
  }

  #post(gateway: string, path: string, body: unknown): Promise<ClientResponse> {
    return this.#ports.fetch(`${gateway}${apiPrefix}${path}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Accept: 'application/json' },
      body: new Uint8Array(toUtf8(JSON.stringify(body))),
    });
  }
}

/** @throws ClientError for a challenge that another gateway, another network or nobody in his senses gave */
function messageToSign(gateway: string, text: string, network: string | undefined): Uint8Array {
  try {
    const bytes = fromBase64Url(text);
    const challenge = decodeChallenge(bytes);
    const fault = challengeFault(challenge, {
      origin: gateway,
      ...(network === undefined ? {} : { network }),
    });
    if (fault !== undefined) throw invalidAnswer(gateway, `its challenge has another ${fault} than expected`);
    return signInSigningBytes(challenge.network, bytes);
  } catch (error) {
    if (error instanceof CodecError)
      throw invalidAnswer(gateway, `its challenge does not decode: ${error.message}`);
    throw error;
  }
}

async function answerOf<Data>(
  gateway: string,
  response: ClientResponse,
  schema: { safeParse(value: unknown): { success: boolean; data?: Data } },
): Promise<Data> {
  const read = schema.safeParse(jsonOf(await response.text()));
  if (read.success && read.data !== undefined) return read.data;
  throw invalidAnswer(gateway, 'signing in is answered in another form');
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const withToken = (request: ClientRequest, token: string | undefined): ClientRequest =>
  token === undefined
    ? request
    : { ...request, headers: { ...request.headers, Authorization: `Bearer ${token}` } };

import * as z from 'zod/mini';
import {
  apiPrefix,
  type EndpointName,
  endpoints,
  type ParamsOf,
  type QueryOf,
  type ResponseOf,
  submitProblemSchema,
} from '../../../shared/api.ts';
import { GatewayError } from './gateway-error.ts';
import { preferences } from './preferences.ts';
import { bearerOf } from './session-tokens.ts';

// Under a strict CSP zod's probe for `new Function` would be reported as a violation.
z.config({ jitless: true });

export interface Question<Name extends EndpointName> {
  readonly params?: ParamsOf<Name>;
  readonly query?: QueryOf<Name>;
  readonly body?: unknown;
  readonly signal?: AbortSignal;
  /** Asks another node than the chosen one. */
  readonly origin?: string;
}

/** Origin of the chosen gateway: the one that served the page unless Settings name another. */
export function gatewayOrigin(): string {
  return preferences.get().gateway || window.location.origin;
}

/**
 * Asks the gateway and checks the shape of its answer.
 * @throws GatewayError for a problem, an unreachable node, or an answer of another shape.
 */
export async function ask<Name extends EndpointName>(
  name: Name,
  question: Question<Name> = {},
): Promise<ResponseOf<Name>> {
  const response = await send(name, question, 'application/json');
  const answer = z.safeParse(endpoints[name].response, await readJson(response));
  if (!answer.success) throw GatewayError.badAnswer(response.url, z.prettifyError(answer.error));
  return answer.data as ResponseOf<Name>;
}

/** The same for the endpoints that answer CBOR: the bytes as a verifier needs them. */
export async function askBytes(
  name: 'receipt' | 'pack',
  question: Question<'receipt' | 'pack'>,
): Promise<Uint8Array<ArrayBuffer>> {
  const response = await send(name, question, 'application/cbor');
  return new Uint8Array(await response.arrayBuffer());
}

/** The text that the chosen gateway answers beside its API, such as `/metrics`. @throws GatewayError */
export async function askText(path: string): Promise<string> {
  const response = await fetched(new URL(path, gatewayOrigin()), {});
  return response.text();
}

/** A file of the chosen gateway, whole: a connection that breaks is an error. @throws GatewayError */
export async function fetchFile(path: string): Promise<Uint8Array<ArrayBuffer>> {
  const url = new URL(path, gatewayOrigin());
  const response = await fetched(url, {});
  return new Uint8Array(
    await response.arrayBuffer().catch(() => {
      throw GatewayError.unreachable(url.origin);
    }),
  );
}

async function send<Name extends EndpointName>(
  name: Name,
  question: Question<Name>,
  accept: string,
): Promise<Response> {
  const { method } = endpoints[name];
  const hasBody = question.body !== undefined;
  return fetched(addressOf(name, question), {
    method: method.toUpperCase(),
    headers: { accept, ...(hasBody && { 'content-type': 'application/json' }) },
    ...(hasBody && { body: JSON.stringify(question.body) }),
    ...(question.signal !== undefined && { signal: question.signal }),
  });
}

/** As whoever is signed in there. */
async function fetched(url: URL, request: RequestInit): Promise<Response> {
  const headers = { ...request.headers, ...bearerOf(url.origin) };
  const response = await fetch(url, { ...request, headers }).catch((error: unknown) => {
    if (request.signal?.aborted) throw error;
    throw GatewayError.unreachable(url.origin);
  });
  if (!response.ok) throw await readProblem(response);
  return response;
}

function addressOf<Name extends EndpointName>(name: Name, question: Question<Name>): URL {
  const params: { readonly [name: string]: unknown } = question.params ?? {};
  const path = endpoints[name].path.replace(/\{(\w+)\}/g, (_, part: string) =>
    encodeURIComponent(String(params[part])),
  );
  const url = new URL(`${apiPrefix}${path}`, question.origin ?? gatewayOrigin());
  for (const [key, value] of Object.entries(question.query ?? {})) {
    if (value !== undefined) url.searchParams.set(key, String(value));
  }
  return url;
}

async function readJson(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch {
    throw GatewayError.badAnswer(response.url, 'The answer is not JSON.');
  }
}

async function readProblem(response: Response): Promise<GatewayError> {
  const problem = z.safeParse(submitProblemSchema, await readJson(response));
  return problem.success
    ? GatewayError.problem(problem.data)
    : GatewayError.badAnswer(response.url, `Status ${response.status} without a problem document.`);
}

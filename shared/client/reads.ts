/** Typed reads: path and query from the table of endpoints, the answer checked against its schema. */

import { queryText } from '../api/query-text.ts';
import {
  apiPrefix,
  type Endpoint,
  type EndpointName,
  endpoints,
  type ParamsOf,
  type QueryOf,
  type ReadName,
  type ResponseOf,
} from '../api.ts';
import { toUtf8 } from '../codec/utf8.ts';
import { errorOfProblem, invalidAnswer } from './client-error.ts';
import { type Exchange, problemOf, readJson } from './exchange.ts';
import type { ClientResponse } from './ports.ts';

/** Empty parts may be left out. */
export type ReadRequest<Name extends ReadName> = Partial<Members<ParamsOf<Name>> & Members<QueryOf<Name>>>;
/** A strict object without members infers as a record of nothing. */
type Members<Shape> = string extends keyof Shape ? unknown : Shape;

/** @throws ClientError */
export async function read<Name extends ReadName>(
  exchange: Exchange,
  name: Name,
  request: ReadRequest<Name>,
): Promise<ResponseOf<Name>> {
  const endpoint: Endpoint = endpoints[name];
  const accept = { Accept: 'application/json' };
  const { gateway, response } = await exchange.send(addressOf(endpoint, request), {
    method: 'GET',
    headers: accept,
  });
  return answerOf(name, gateway, response);
}

async function answerOf<Name extends EndpointName>(
  name: Name,
  gateway: string,
  response: ClientResponse,
): Promise<ResponseOf<Name>> {
  const json = await readJson(gateway, response);
  if (response.status !== 200) throw errorOfProblem(problemOf(gateway, response.status, json));
  const answer = endpoints[name].response.safeParse(json);
  if (!answer.success) throw invalidAnswer(gateway, JSON.stringify(answer.error.issues[0]));
  return answer.data as ResponseOf<Name>;
}

type PostName = {
  [Name in EndpointName]: (typeof endpoints)[Name]['method'] extends 'post' ? Name : never;
}[EndpointName];

/** A question with a JSON body, or an order. @throws ClientError */
export async function post<Name extends PostName>(
  exchange: Exchange,
  name: Name,
  body: unknown,
): Promise<ResponseOf<Name>> {
  const { gateway, response } = await exchange.send(apiPrefix + endpoints[name].path, {
    method: 'POST',
    headers: { Accept: 'application/json', 'Content-Type': 'application/json' },
    body: toUtf8(JSON.stringify(body)) as Uint8Array<ArrayBuffer>,
  });
  return answerOf(name, gateway, response);
}

/** Receipt or proof pack as the DAG-CBOR bytes that verifiers take. @throws ClientError */
export async function readBytes(
  exchange: Exchange,
  name: 'receipt' | 'pack',
  request: ParamsOf<'receipt'>,
): Promise<Uint8Array> {
  const accept = { Accept: 'application/cbor' };
  const path = addressOf(endpoints[name], request);
  const { gateway, response } = await exchange.send(path, { method: 'GET', headers: accept });
  if (response.status === 200) return new Uint8Array(await response.arrayBuffer());
  throw errorOfProblem(problemOf(gateway, response.status, await readJson(gateway, response)));
}

function addressOf(endpoint: Endpoint, request: Readonly<Record<string, unknown>>): string {
  const inPath = new Set<string>();
  const path = endpoint.path.replace(/\{(\w+)\}/g, (_, name: string) => {
    inPath.add(name);
    return encodeURIComponent(String(request[name]));
  });
  const rest = Object.entries(request).filter(([name]) => !inPath.has(name));
  return apiPrefix + path + queryText(Object.fromEntries(rest) as Record<string, string | number>);
}

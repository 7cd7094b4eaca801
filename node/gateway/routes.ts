/** Makes express routes of the table of endpoints. */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Request, type RequestHandler, type Response, Router, raw } from 'express';
import { type Endpoint, type EndpointName, endpoints } from '../../shared/api.ts';
import { payloadBytesMax } from '../../shared/codec/payload.ts';
import type { Answer, GatewayContext } from './context.ts';
import { type Handler, handlers, type RequestSource } from './handlers/table.ts';
import { answerBudget, bodyBudget } from './http/body-budget.ts';
import { checked, checkedQuery } from './http/checked-request.ts';
import { ProblemError } from './http/problem-error.ts';
import { openApiDocument } from './openapi.ts';
import type { Caller } from './sessions/caller.ts';
import { yieldToOthers } from './yield-to-others.ts';

/** Of bodies that are no submission, unless the table says otherwise. */
const smallBodyBytesMax = 8 * 1024;
/** A payload as text, and that as bytes. */
const payloadAnswerBytes = 3 * payloadBytesMax;
const noBody = new Uint8Array(0);

/** Routes below `apiPrefix`. */
export function apiRoutes(context: GatewayContext): Router {
  const router = Router({ caseSensitive: true });
  const document = JSON.stringify(openApiDocument(context.version));
  router.get('/openapi.json', (request, response) => {
    context.admission.admit('openapi', request.method, request.headers);
    response.type('application/json').send(document);
  });
  const budgets = {
    bodies: bodyBudget(context.limits),
    payloads: answerBudget(payloadAnswerBytes, context.limits.bodiesBytesMax),
  };
  const names = Object.keys(endpoints) as EndpointName[];
  for (const name of names.sort(fixedPathsFirst)) addRoute(router, context, name, budgets);
  for (const path of new Set(Object.values(endpoints).map((endpoint) => endpoint.path))) {
    router.all(expressPath(path), refuseMethod(path));
  }
  return router;
}

/** `/peers/matrix` before a path with a parameter in the same place. */
const fixedPathsFirst = (a: EndpointName, b: EndpointName): number =>
  Number(endpoints[a].path.includes('{')) - Number(endpoints[b].path.includes('{'));

/** Stream names and state keys may hold slashes: they take the rest of the path. */
const expressPath = (path: string): string =>
  path.replace(/\{(name|key)\}/, '*$1').replace(/\{(\w+)\}/g, ':$1');

interface Budgets {
  readonly bodies: RequestHandler;
  readonly payloads: RequestHandler;
}

function addRoute(router: Router, context: GatewayContext, name: EndpointName, budgets: Budgets): void {
  const endpoint: Endpoint = endpoints[name];
  const handler = handlers[name] as Handler<EndpointName>;
  /** Before anything of the request is read. */
  const admit: RequestHandler = (request, response, next) => {
    response.locals.caller = context.admission.admit(name, request.method, request.headers);
    next();
  };
  const answer = async (request: Request, response: Response): Promise<void> => {
    const caller = response.locals.caller as Caller | undefined;
    // A read takes milliseconds of the process that votes: of those that came together one runs in each turn.
    if (name !== 'submit') await yieldToOthers(caller?.member);
    const body: unknown = request.body;
    const result = await handler(context, {
      params: checked(endpoint.params, joinedSegments(request.params), 'path') as never,
      query: checkedQuery(endpoint.query, request.query) as never,
      contentType: request.headers['content-type'],
      body: body instanceof Uint8Array ? body : noBody,
      caller: caller as never,
      from: sourceOf(context, request),
    });
    if (result.file === undefined) send(request, response, result);
    else await sendFile(request, response, { ...result, file: result.file });
  };
  const path = expressPath(endpoint.path);
  if (name === 'payload') router.get(path, admit, budgets.payloads, answer);
  else if (endpoint.method !== 'post') router[endpoint.method](path, admit, answer);
  else {
    const limit =
      endpoint.bulk === true ? context.limits.bodyBytesMax : (endpoint.bodyBytesMax ?? smallBodyBytesMax);
    // What is packed takes more memory than was set aside for it.
    const readBody = raw({ type: () => true, inflate: false, limit });
    if (endpoint.bulk === true) router.post(path, admit, budgets.bodies, readBody, answer);
    else router.post(path, admit, readBody, answer);
  }
}

function sourceOf({ clientAddress }: GatewayContext, request: Request): RequestSource {
  const {
    socket,
    headers: { origin, host },
  } = request;
  return {
    address: clientAddress(request),
    isGone: () => socket.destroyed,
    ...(origin === undefined ? {} : { origin }),
    ...(host === undefined ? {} : { host }),
  };
}

function joinedSegments(params: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const entries = Object.entries(params);
  return Object.fromEntries(
    entries.map(([name, value]) => [name, Array.isArray(value) ? value.join('/') : value]),
  );
}

function send(request: Request, response: Response, answer: Answer<unknown>): void {
  response.status(answer.status ?? 200);
  response.vary('Authorization').vary('Cookie');
  response.set({ 'Cache-Control': 'private, no-cache', ...answer.headers });
  if (answer.cbor && request.accepts(['application/json', 'application/cbor']) === 'application/cbor') {
    response.type('application/cbor').send(Buffer.from(answer.cbor()));
    return;
  }
  if (request.method === 'GET' && request.fresh) {
    response.status(304).end();
    return;
  }
  response.type('application/json').send(JSON.stringify(answer.body));
}

/** An error before the first chunk is a problem; one after it breaks the connection, so that no client takes a part for the whole. */
async function sendFile(
  request: Request,
  response: Response,
  { headers, file }: Answer<unknown> & { readonly file: AsyncIterable<Uint8Array> },
): Promise<void> {
  const chunks = file[Symbol.asyncIterator]();
  const first = await chunks.next();
  response.vary('Authorization').vary('Cookie');
  response.set({ 'Cache-Control': 'private, no-store', ...headers });
  if (request.method === 'HEAD' || first.done === true) {
    await chunks.return?.();
    response.end();
    return;
  }
  try {
    await pipeline(Readable.from(following(first.value, chunks)), response);
  } catch (error) {
    if (!hasHungUp(error)) throw error;
  }
}

const hasHungUp = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE';

async function* following(first: Uint8Array, chunks: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield first;
    for (;;) {
      const next = await chunks.next();
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    await chunks.return?.();
  }
}

function refuseMethod(path: string) {
  const allowed = Object.values(endpoints)
    .filter((endpoint) => endpoint.path === path)
    .map(({ method }) => method.toUpperCase());
  return (request: Request, response: Response): void => {
    response.set('Allow', allowed.join(', '));
    throw new ProblemError('method-not-allowed', `${request.method} is not offered here.`, { allowed });
  };
}

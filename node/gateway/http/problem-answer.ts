/** Where every error becomes problem+json. Nothing but a code, facts and the next step leaves the node. */
import type { ErrorRequestHandler, RequestHandler } from 'express';
import { apiPrefix, endpoints } from '../../../shared/api.ts';
import type { LogPort } from '../../runtime/ports.ts';
import { requestIdOf } from './middleware.ts';
import { ProblemError } from './problem-error.ts';

/** Whoever leaves out the prefix, or takes another version for it, is told of the endpoint that was meant. */
export const notFound: RequestHandler = (request, _response, next) => {
  const { method, path } = request;
  const meant = endpointMeant(method, path);
  const hint = meant === undefined ? '' : ` There is ${meant}.`;
  const facts = { path, ...(meant === undefined ? {} : { meant }), endpoints: offered };
  next(
    new ProblemError('not-found', `There is no ${method} ${path}.${hint}`, facts, {
      members: { next: `The API lies below ${apiPrefix}; GET ${apiPrefix}/openapi.json describes it.` },
    }),
  );
};

const described = { method: 'get', path: '/openapi.json' } as const;
const offered = [described, ...Object.values(endpoints)].map(
  ({ method, path }) => `${method.toUpperCase()} ${apiPrefix}${path}`,
);

const patterns = offered.map((endpoint) => ({
  endpoint,
  pattern: new RegExp(`^${endpoint.replaceAll('.', '\\.').replace(/\{\w+\}/g, '[^/]+')}$`),
}));

function endpointMeant(method: string, path: string): string | undefined {
  const wanted = `${method} ${apiPrefix}${path.replace(/^\/api(\/v\d+)?(?=\/)/, '')}`;
  const found = patterns.flatMap(({ endpoint, pattern }) => (pattern.test(wanted) ? [endpoint] : []));
  return found.find((endpoint) => !endpoint.includes('{')) ?? found[0];
}

export function answerProblems(log: LogPort): ErrorRequestHandler {
  return (error: unknown, request, response, _next) => {
    const problem = asProblem(error);
    const requestId = requestIdOf(response);
    if (problem.status >= 500 && problem.code !== 'not-ready') {
      const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
      log.write('error', 'gateway-failed', { requestId, path: request.path, reason });
    }
    // Half an answer must not look like a whole one.
    if (response.headersSent) {
      response.destroy();
      return;
    }
    const retryAfter = problem.extras.retryAfterSeconds;
    if (retryAfter !== undefined) response.set('Retry-After', String(retryAfter));
    response.status(problem.status).type('application/problem+json');
    response.set('Cache-Control', 'no-store');
    response.send(JSON.stringify(problem.toProblem(requestId)));
  };
}

/** Express and its parsers throw errors with a `status` and a `type`. */
interface HttpFailure {
  readonly code?: unknown;
  readonly facts?: unknown;
  readonly status?: unknown;
  readonly type?: unknown;
  readonly limit?: unknown;
  readonly length?: unknown;
  readonly encoding?: unknown;
}

function asProblem(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error;
  const failure: HttpFailure = typeof error === 'object' && error !== null ? error : {};
  if (failure.type === 'entity.too.large') {
    const { limit, length } = failure;
    return new ProblemError('too-large', `The body exceeds ${limit} bytes.`, {
      bytesMax: limit,
      bytes: length,
    });
  }
  if (failure.code === 'pruned') {
    const facts = typeof failure.facts === 'object' && failure.facts !== null ? { ...failure.facts } : {};
    return new ProblemError('pruned', 'What was asked for needs bodies that are not here any more.', facts);
  }
  if (failure.code === 'data-damaged') {
    return new ProblemError('data-damaged', 'What this node has stored does not match its digest.');
  }
  if (failure.type === 'encoding.unsupported') {
    return new ProblemError('unsupported-media-type', 'A compressed body is not read here.', {
      contentEncoding: failure.encoding,
      accepted: ['identity'],
    });
  }
  if (failure.status === 400 || error instanceof URIError) {
    return new ProblemError('invalid-request', 'The request cannot be read.', {
      reason: String(failure.type ?? 'uri'),
    });
  }
  return new ProblemError('internal', 'The node failed to answer.');
}

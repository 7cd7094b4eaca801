/** OpenAPI 3.1, generated from the schemas that validate requests and type the answers. */
import * as z from 'zod/mini';
import {
  apiPrefix,
  type Endpoint,
  type EndpointName,
  endpoints,
  problemKinds,
  problemSchema,
} from '../../shared/api.ts';
import { type Access, access } from './access.ts';
import { rangeEnds } from './http/checked-request.ts';

type Json = Readonly<Record<string, unknown>>;

export function openApiDocument(version: string): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const [name, endpoint] of Object.entries(endpoints) as [EndpointName, Endpoint][]) {
    const path = `${apiPrefix}${endpoint.path}`;
    paths[path] = { ...paths[path], [endpoint.method]: operation(name, endpoint) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Concordat gateway',
      version,
      description:
        'All but health, genesis and signing in needs a session: docs/operations/access.md. Digests and keys are lower-case hex, bytes base64url without padding, amounts decimal strings, times milliseconds since 1970. Live data: WebSocket /api/v1/subscribe. What it takes and sends, how to sign and to repeat, and /healthz and /readyz: docs/api.md.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    paths,
    components: {
      schemas: { Problem: jsonSchema(problemSchema) },
      responses: { Problem: problemResponse() },
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          description: 'For programs: POST /session with as: bearer.',
        },
        cookie: {
          type: 'apiKey',
          in: 'cookie',
          name: 'concordat-{node}',
          description: 'For pages of this gateway: POST /session with as: cookie.',
        },
      },
    },
  };
}

function operation(operationId: EndpointName, endpoint: Endpoint): Json {
  return {
    operationId,
    summary: endpoint.summary,
    ...admitted(operationId),
    parameters: [
      ...parameters(endpoint.params, 'path', operationId),
      ...parameters(endpoint.query, 'query', operationId),
    ],
    ...(endpoint.body ? { requestBody: requestBody(endpoint.body, endpoint.bulk) } : {}),
    responses: {
      200: answer('The answer', endpoint),
      ...(endpoint.bulk ? { 202: answer('Accepted, not certified yet', endpoint) } : {}),
      default: { $ref: '#/components/responses/Problem' },
    },
  };
}

function parameters(schema: z.ZodMiniObject, place: 'path' | 'query', operationId: string): readonly Json[] {
  const { properties = {}, required = [] } = jsonSchema(schema) as {
    readonly properties?: Readonly<Record<string, Json>>;
    readonly required?: readonly string[];
  };
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    ...described(name, properties),
    schema: property,
    ...(place === 'path' && multiSegment.has(`${operationId}.${name}`) ? { allowReserved: true } : {}),
  }));
}

/** What a schema of one parameter cannot say: how two of them go together. */
function described(name: string, all: Readonly<Record<string, Json>>): Json {
  const ends = rangeEnds.find(
    ({ low, high }) => (name === low || name === high) && low in all && high in all,
  );
  if (ends === undefined) return {};
  return {
    description:
      name === ends.low
        ? `First one of the range. Above \`${ends.high}\` it is refused: \`invalid-request\`.`
        : 'Last one of the range, included.',
  };
}

/** Names and keys that may hold slashes. */
const multiSegment: ReadonlySet<string> = new Set(['stream.name', 'state.key']);

/** Who is let in, from the one table. */
function admitted(name: EndpointName): Json {
  const rule: Access = access[name];
  if (rule === 'public') return { security: [] };
  const seen = rule.filtered ? ' A reader of named streams sees what those hold, alone.' : '';
  const own = rule.writers
    ? ` Others than ${rule.writers.join(', ')} send their own encryption key alone.`
    : '';
  return {
    description: `Roles: ${rule.roles.join(', ')}.${seen}${own}`,
    security: [{ bearer: [] }, { cookie: [] }],
  };
}

const envelopes = { schema: { description: 'One envelope, or an array of envelopes, in DAG-CBOR' } };
const requestBody = (body: z.ZodMiniType, bulk: boolean | undefined): Json => ({
  required: true,
  content: {
    'application/json': { schema: jsonSchema(body) },
    ...(bulk === true ? { 'application/cbor': envelopes } : {}),
  },
});

const answer = (description: string, endpoint: Endpoint): Json => ({
  description,
  content: {
    ...(endpoint.file
      ? Object.fromEntries(endpoint.file.map((type) => [type, { schema: { description: 'The file' } }]))
      : { 'application/json': { schema: jsonSchema(endpoint.response) } }),
    ...(endpoint.cbor ? { 'application/cbor': { schema: { description: 'The same in DAG-CBOR' } } } : {}),
  },
});

const problemResponse = (): Json => ({
  description: Object.entries(problemKinds)
    .map(([code, { status, title }]) => `${status} \`${code}\`: ${title}`)
    .join('\n\n'),
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
});

/** OpenAPI 3.1 takes JSON Schema 2020-12 as it is; the dialect is its default. */
function jsonSchema(schema: z.ZodMiniType): Json {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io: 'input' });
  return rest;
}

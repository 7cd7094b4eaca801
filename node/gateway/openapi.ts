/** OpenAPI 3.1, generated from the schemas that validate requests and type the answers. */
import * as z from 'zod/mini';
import { apiPrefix, type Endpoint, endpoints, problemKinds, problemSchema } from '../../shared/api.ts';

type Json = Readonly<Record<string, unknown>>;

export function openApiDocument(version: string): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const [name, endpoint] of Object.entries(endpoints) as [string, Endpoint][]) {
    const path = `${apiPrefix}${endpoint.path}`;
    paths[path] = { ...paths[path], [endpoint.method]: operation(name, endpoint) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Concordat gateway',
      version,
      description:
        'Digests and keys are lower-case hex, bytes base64url without padding, amounts decimal strings, times milliseconds since 1970. Live data: WebSocket /api/v1/subscribe.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    paths,
    components: {
      schemas: { Problem: jsonSchema(problemSchema) },
      responses: { Problem: problemResponse() },
    },
  };
}

function operation(operationId: string, endpoint: Endpoint): Json {
  return {
    operationId,
    summary: endpoint.summary,
    parameters: [
      ...parameters(endpoint.params, 'path', operationId),
      ...parameters(endpoint.query, 'query', operationId),
    ],
    ...(endpoint.body ? { requestBody: requestBody(endpoint.body) } : {}),
    responses: {
      200: answer('The answer', endpoint),
      ...(endpoint.body ? { 202: answer('Accepted, not certified yet', endpoint) } : {}),
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
    schema: property,
    ...(place === 'path' && multiSegment.has(`${operationId}.${name}`) ? { allowReserved: true } : {}),
  }));
}

/** Names and keys that may hold slashes. */
const multiSegment: ReadonlySet<string> = new Set(['stream.name', 'state.key']);

const requestBody = (body: z.ZodMiniType): Json => ({
  required: true,
  content: {
    'application/json': { schema: jsonSchema(body) },
    'application/cbor': { schema: { description: 'One envelope, or an array of envelopes, in DAG-CBOR' } },
  },
});

const answer = (description: string, endpoint: Endpoint): Json => ({
  description,
  content: {
    'application/json': { schema: jsonSchema(endpoint.response) },
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

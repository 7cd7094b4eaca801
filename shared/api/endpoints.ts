/** The one table of endpoints: routing, OpenAPI, the typed client and the tests are driven by it. */
import type * as z from 'zod/mini';
import type { Endpoint } from './endpoints/endpoint.ts';
import { governanceEndpoints } from './endpoints/governance-endpoints.ts';
import { ledgerEndpoints } from './endpoints/ledger-endpoints.ts';
import { networkEndpoints } from './endpoints/network-endpoints.ts';
import { recordsEndpoints } from './endpoints/records-endpoints.ts';
import { sessionEndpoints } from './endpoints/session-endpoints.ts';

export type { Endpoint } from './endpoints/endpoint.ts';

export const apiPrefix = '/api/v1';

export const endpoints = {
  ...networkEndpoints,
  ...sessionEndpoints,
  ...governanceEndpoints,
  ...ledgerEndpoints,
  ...recordsEndpoints,
} as const satisfies Record<string, Endpoint>;

export type EndpointName = keyof typeof endpoints;
/** Those whose JSON a GET reads. */
export type ReadName = {
  [Name in EndpointName]: (typeof endpoints)[Name] extends { readonly file: readonly string[] }
    ? never
    : (typeof endpoints)[Name]['method'] extends 'get'
      ? Name
      : never;
}[EndpointName];
type EndpointOf<Name extends EndpointName> = (typeof endpoints)[Name];
export type ParamsOf<Name extends EndpointName> = z.infer<EndpointOf<Name>['params']>;
export type QueryOf<Name extends EndpointName> = z.infer<EndpointOf<Name>['query']>;
export type ResponseOf<Name extends EndpointName> = z.infer<EndpointOf<Name>['response']>;

/**
 * Every address that the console knows: it makes pages of them, and a gateway hands out its page there. Without pages,
 * so that a test can walk them all and forget none.
 */

/** Open before a network is pinned, or without one. */
export const pathsWithoutNetwork = ['/verify', '/settings', '/sign-in'] as const;

export const pathsOfNetwork = [
  '/',
  '/blocks',
  '/blocks/:heightOrHash',
  '/transactions',
  '/tx/:id',
  '/streams',
  '/streams/:name',
  '/assets',
  '/assets/:id',
  '/identities/:id',
  '/events',
  '/analytics',
  '/export',
  '/network',
  '/validators/:id',
  '/metrics',
  '/consensus',
  '/evidence',
  '/verify/chain',
  '/verify/stream',
  '/verify/state',
  '/verify/heights',
  '/verify/nodes',
  '/proposals',
  '/proposals/new',
  '/proposals/:number',
  '/members',
  '/keys',
  '/keys/rotate/:id',
  '/submit',
  '*',
] as const;

export const routePaths = [...pathsWithoutNetwork, ...pathsOfNetwork] as const;
export type RoutePath = (typeof routePaths)[number];

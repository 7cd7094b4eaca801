import { queryOptions } from '@tanstack/react-query';
import { ask, gatewayOrigin } from '../../../lib/gateway.ts';
import { preferences } from '../../../lib/preferences.ts';
import { everyMs } from '../../../lib/queries.ts';
import { forgetToken, tokenOf } from '../../../lib/session-tokens.ts';
import { verify } from '../api/verifier.ts';
import { type ComparisonPorts, compare } from './compare.ts';

/** Gateways that have answered a reader since this page was opened. */
const answered = new Set<string>();

const ports: ComparisonPorts = {
  ask,
  verify,
  sessions: {
    // The page's own node knows the reader by a cookie, any other by a token.
    isOpen: (origin) => origin === window.location.origin || tokenOf(origin) !== undefined,
    wasOpen: (origin) => answered.has(origin),
    answered: (origin) => answered.add(origin),
    ended: forgetToken,
  },
};

/** The second gateway, if one is chosen and it is not the first. */
export function secondOrigin(): string | undefined {
  const { second } = preferences.get();
  return second === '' || second === gatewayOrigin() ? undefined : second;
}

export const comparisonQuery = (first: string, second: string, network: string) =>
  queryOptions({
    queryKey: ['comparison', first, second, network],
    queryFn: () => compare([first, second], network, ports),
    refetchInterval: everyMs(5_000),
    retry: false,
  });

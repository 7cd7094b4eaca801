import { queryOptions } from '@tanstack/react-query';
import { ask, gatewayOrigin } from '../../../lib/gateway.ts';
import { createPersistedStore } from '../../../lib/persisted.ts';
import { preferences } from '../../../lib/preferences.ts';
import { everyMs, queryClient } from '../../../lib/queries.ts';
import { forgetToken, tokenOf } from '../../../lib/session-tokens.ts';
import { verify } from '../api/verifier.ts';
import { type ComparisonPorts, compare } from './compare.ts';
import { type Compared, keptOrFresh, readKept, without } from './kept-contradictions.ts';

export const contradictions = createPersistedStore('concordat.contradictions', readKept);

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

export const comparisonQuery = (compared: Compared) =>
  queryOptions({
    queryKey: ['comparison', compared.first, compared.second, compared.network],
    queryFn: () =>
      keptOrFresh(
        contradictions,
        compared,
        () => compare([compared.first, compared.second], compared.network, ports),
        Date.now,
      ),
    refetchInterval: everyMs(5_000),
    retry: false,
  });

/** Of a reader who has seen it; the nodes are compared anew. */
export function dismissContradiction(compared: Compared): void {
  contradictions.set(without(contradictions.get(), compared));
  void queryClient.resetQueries({ queryKey: ['comparison'] });
}

import { useQueries, useQuery } from '@tanstack/react-query';
import { gatewayOrigin } from '../../lib/gateway.ts';
import { matrixQuery, validatorsQuery } from '../../lib/queries.ts';
import { useSignedInAt } from '../../lib/session-tokens.ts';
import { matrixAtQuery } from './api/network.ts';
import { type Observer, observerOf, originOf } from './observers.ts';

/** Every validator's own view of all others: each gateway is asked at which somebody is signed in. */
export function useObservers(): readonly Observer[] {
  const { data: validators } = useQuery(validatorsQuery);
  const { data: own } = useQuery(matrixQuery);
  const isSignedInAt = useSignedInAt();
  const chosen = { node: own?.node, origin: gatewayOrigin() };
  const all = (validators?.validators ?? []).map((validator) => ({
    id: validator.id,
    origin: originOf(validator, chosen),
  }));
  const asked = all.filter(({ origin }) => origin === chosen.origin || isSignedInAt(origin));
  const answers = useQueries({ queries: asked.map(({ origin }) => matrixAtQuery(origin)) });
  return all.map(({ id, origin }) => {
    const place = asked.findIndex((one) => one.id === id);
    return observerOf(id, origin, answers[place]);
  });
}

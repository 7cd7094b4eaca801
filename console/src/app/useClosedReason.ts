import { useQuery } from '@tanstack/react-query';
import { sessionQuery } from '../features/sign-in/api/session.ts';
import { statusQuery } from '../lib/queries.ts';
import { closedReason, type Place } from './places.ts';

/** Undefined also while nobody knows who is signed in: the node decides in the end. */
export function useClosedReason(place: Place): string | undefined {
  const { isSuccess } = useQuery(statusQuery);
  const { data } = useQuery({ ...sessionQuery, enabled: isSuccess });
  return data && closedReason(place, data.roles);
}

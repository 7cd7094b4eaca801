import { useQuery } from '@tanstack/react-query';
import { gatewayOrigin } from '../../../lib/gateway.ts';
import { pin } from '../../../lib/pin.ts';
import { usePreferences } from '../../../lib/preferences.ts';
import { useStore } from '../../../lib/store.ts';
import { comparisonQuery, secondOrigin } from './watch.ts';

/** Both nodes, again and again, for as long as a second one is chosen. */
export function useComparison() {
  usePreferences();
  const network = useStore(pin)?.network ?? '';
  const second = secondOrigin();
  const enabled = second !== undefined && network !== '';
  const compared = { first: gatewayOrigin(), second: second ?? '', network };
  const query = useQuery({ ...comparisonQuery(compared), enabled });
  return { second, compared, query };
}

import { useQuery } from '@tanstack/react-query';
import { gatewayOrigin } from '../../../lib/gateway.ts';
import { pin } from '../../../lib/pin.ts';
import { usePreferences } from '../../../lib/preferences.ts';
import { useStore } from '../../../lib/store.ts';
import { comparisonQuery, isSignedInAt, secondOrigin } from './compare.ts';

/** Both nodes, again and again, for as long as a second one is chosen and the reader is signed in there. */
export function useComparison() {
  usePreferences();
  const network = useStore(pin)?.network ?? '';
  const second = secondOrigin();
  const enabled = second !== undefined && network !== '' && isSignedInAt(second);
  const query = useQuery({ ...comparisonQuery(gatewayOrigin(), second ?? '', network), enabled });
  return { second, enabled, query };
}

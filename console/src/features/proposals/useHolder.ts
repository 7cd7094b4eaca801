import { useQuery } from '@tanstack/react-query';
import { useStore } from '../../lib/store.ts';
import { openedKey } from '../submit/api/key-holder.ts';
import { identityOfKeyQuery } from '../submit/api/submission.ts';
import type { Holder } from './may.ts';

/** Whose key is open in this browser. A key that was replaced is nobody's any more. */
export function useHolder(): Holder {
  const key = useStore(openedKey)?.publicKey ?? '';
  const { data } = useQuery({ ...identityOfKeyQuery(key), enabled: key !== '' });
  if (key === '' || data === undefined) return undefined;
  return data?.key === key ? data : null;
}

import { useQuery } from '@tanstack/react-query';
import type { CertifiedTransactionJson } from '../../../../shared/api.ts';
import { pin } from '../../lib/pin.ts';
import { queryClient } from '../../lib/queries.ts';
import { packQuery } from '../transactions/api/transactions.ts';
import { verify } from '../verify/api/verifier.ts';
import { firstFailure, sentenceOf } from '../verify/checks.ts';
import type { Proof } from './stages.ts';

/** Verifies a record as soon as it is certified. */
export function useProofOf(record: CertifiedTransactionJson | undefined): Proof | undefined {
  const { data, error } = useQuery({
    queryKey: ['proof-of', record?.id],
    queryFn: () => proofOf(record),
    enabled: record !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (record === undefined) return undefined;
  if (error !== null) return { failed: error.message };
  return data ?? 'running';
}

async function proofOf(record: CertifiedTransactionJson | undefined): Promise<Proof> {
  const network = pin.get()?.network;
  if (record === undefined || network === undefined) throw new Error('Nothing to verify against.');
  const bytes = await queryClient.fetchQuery(packQuery(record.id));
  const { checks, proven } = await verify({ kind: 'pack', bytes, shown: record }, network);
  const failure = firstFailure(checks);
  if (proven !== undefined) return 'verified';
  return { failed: failure === undefined ? 'The pack proves nothing' : sentenceOf(failure) };
}

import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import type { EvidenceRecordJson } from '../../../../../shared/api.ts';
import type { EvidenceVerification } from '../../../../../shared/protocol/verify-evidence.ts';
import { ask, gatewayOrigin } from '../../../lib/gateway.ts';
import { live } from '../../../lib/live.ts';
import { createWorkerClient } from '../../../lib/worker-client.ts';
import { claimAt } from '../../verify/api/epochs.ts';
import type { EvidenceQuestion } from '../question.ts';

export const evidenceQuery = infiniteQueryOptions({
  queryKey: ['evidence'],
  queryFn: ({ signal, pageParam }) =>
    ask('evidence', { query: { limit: 20, ...(pageParam === '' ? {} : { cursor: pageParam }) }, signal }),
  initialPageParam: '',
  getNextPageParam: (page) => page.next,
  refetchInterval: ({ state }) => (live.get().paused || (state.data?.pages.length ?? 0) > 2 ? false : 5_000),
});

const { ask: askWorker } = createWorkerClient<EvidenceQuestion, EvidenceVerification>(
  () => new Worker(new URL('../../../workers/evidence.worker.ts', import.meta.url), { type: 'module' }),
);

/** Both signatures, made to be checked here: under the key of the record it is the same question for ever. */
export const evidenceChecksQuery = (record: EvidenceRecordJson, network: string) =>
  queryOptions({
    queryKey: ['evidence-checks', network, record.bytes, record.first, record.second],
    queryFn: async () => askWorker({ record, epochs: await claimAt(gatewayOrigin(), network), network }),
    staleTime: Number.POSITIVE_INFINITY,
  });

import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import type { GovernedActionJson, PlanJson, ProposalRowJson } from '../../../../../shared/api.ts';
import { asAsked } from '../../../lib/as-asked.ts';
import { ask } from '../../../lib/gateway.ts';
import { everyMs, queryClient } from '../../../lib/queries.ts';

export type Shown = 'waiting' | 'all';

/** Newest first, by the server's cursors. */
export const proposalsQuery = (shown: Shown) =>
  infiniteQueryOptions({
    queryKey: ['governance', 'proposals', shown],
    queryFn: ({ signal, pageParam }) =>
      ask('proposals', {
        query: {
          limit: 100,
          ...(shown === 'waiting' ? { status: 'waiting' as const } : {}),
          ...(pageParam === '' ? {} : { cursor: pageParam }),
        },
        signal,
      }),
    initialPageParam: '',
    getNextPageParam: (page) => page.next,
    refetchInterval: everyMs(5_000),
  });

export const proposalQuery = (number: string) =>
  queryOptions({
    queryKey: ['governance', 'proposal', number],
    queryFn: async ({ signal }) =>
      asAsked(number, await ask('proposal', { params: { number }, signal }), (one) => [String(one.number)]),
    refetchInterval: everyMs(2_000),
  });

export const activationsQuery = queryOptions({
  queryKey: ['governance', 'activations'],
  queryFn: ({ signal }) => ask('activations', { query: { limit: 100 }, signal }),
  refetchInterval: everyMs(5_000),
});

export const activationQuery = (number: number) =>
  queryOptions({
    queryKey: ['governance', 'activation', number],
    queryFn: async ({ signal }) =>
      asAsked(
        String(number),
        await ask('activation', { params: { number: String(number) }, signal }),
        (one) => [String(one.number)],
      ),
    refetchInterval: everyMs(1_000),
  });

/** @throws GatewayError also for an action in a form that the ledger does not take */
export const dryRun = (actions: readonly GovernedActionJson[]): Promise<PlanJson> =>
  ask('dryRun', { body: { actions } });

/** What was decided may change every page of governance. */
export const refreshGovernance = (): void => {
  void queryClient.invalidateQueries({ queryKey: ['governance'] });
  void queryClient.invalidateQueries({ queryKey: ['identity'] });
};

/** The transaction that made it: the proposer's only one of that block time; undefined if there were several. */
export const originQuery = ({ number, proposer, createdAt }: ProposalRowJson) =>
  queryOptions({
    queryKey: ['governance', 'origin', number],
    queryFn: async ({ signal }) => {
      const { rows } = await ask('transactions', {
        query: {
          sender: proposer,
          action: 'governance.propose',
          status: 'succeeded',
          from: createdAt,
          to: createdAt,
          limit: 2,
        },
        signal,
      });
      const [row, other] = rows;
      return row === undefined || other !== undefined ? null : row.id;
    },
    staleTime: Number.POSITIVE_INFINITY,
  });

/** Number of the proposal that an identity made in a block, among the newest. */
export const madeInQuery = (identity: string, height: number) =>
  queryOptions({
    queryKey: ['governance', 'made-in', identity, height],
    queryFn: async ({ signal }) => {
      const { rows } = await ask('proposals', { query: { limit: 100 }, signal });
      return madeIn(rows, identity, height) ?? null;
    },
  });

/** A proposal is its proposer's ballot, too, in the same block. */
export const madeIn = (
  rows: readonly ProposalRowJson[],
  identity: string,
  height: number,
): number | undefined =>
  rows.find(
    ({ proposer, ballots }) =>
      proposer === identity && ballots.some((one) => one.identity === identity && one.height === height),
  )?.number;

import { queryOptions } from '@tanstack/react-query';
import type { ActivationRowJson } from '../../../../../shared/api.ts';
import { ask } from '../../../lib/gateway.ts';
import { everyMs } from '../../../lib/queries.ts';

/** What decided that a validator gets a key. */
export interface Approval {
  readonly activation: number;
  readonly cause: ActivationRowJson['cause'];
  readonly approvedAt: number;
}

/** By consensus key, from every change of the epoch that ever was. */
export const approvalsQuery = queryOptions({
  queryKey: ['governance', 'keys', 'approvals'],
  queryFn: async ({ signal }): Promise<ReadonlyMap<string, Approval>> => {
    const approvals = new Map<string, Approval>();
    let cursor: string | undefined;
    do {
      const query = { limit: 1000, ...(cursor === undefined ? {} : { cursor }) };
      const page = await ask('activations', { query, signal });
      for (const row of page.rows) for (const key of keysIn(row)) approvals.set(key, approvalOf(row));
      cursor = page.next;
    } while (cursor !== undefined);
    return approvals;
  },
  refetchInterval: everyMs(10_000),
});

const approvalOf = ({ number, cause, approvedAt }: ActivationRowJson): Approval => ({
  activation: number,
  cause,
  approvedAt,
});

const keysIn = ({ changes }: ActivationRowJson): readonly string[] =>
  changes.flatMap((change) => {
    if (change.kind === 'consensus-key') return [change.key];
    return change.kind === 'add' ? [change.validator.consensusKey] : [];
  });

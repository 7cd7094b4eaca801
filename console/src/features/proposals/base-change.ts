import type { ProposalRowJson } from '../../../../shared/api.ts';

export interface Base {
  readonly epoch: number;
  /** Number of the activation that is on its way. */
  readonly pending?: number | undefined;
}

/** What has changed since the proposal was made, in a sentence; undefined if nothing has. */
export function baseChange(
  { basis, end }: Pick<ProposalRowJson, 'basis' | 'end'>,
  now: Base,
): string | undefined {
  const parts = [
    now.epoch === basis.epoch ? undefined : `epoch ${basis.epoch} has become epoch ${now.epoch}`,
    pendingChange(basis.pending, now.pending === end?.activation ? undefined : now.pending),
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? undefined : parts.join(', and ');
}

function pendingChange(then: number | undefined, now: number | undefined): string | undefined {
  if (then === now) return undefined;
  if (now === undefined) return `activation ${then} is not on its way any more`;
  return then === undefined
    ? `activation ${now} is on its way`
    : `activation ${now} has taken the place of ${then}`;
}

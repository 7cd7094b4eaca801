import type { OutcomeJson } from '../../../../../shared/api.ts';
import { Status } from '../../../components/Status.tsx';

/** What the ledger decided, as the node reports it. A refusal is a result too, so its code is the word. */
export function OutcomeStatus({ outcome }: { outcome: OutcomeJson }) {
  return outcome.status === 'succeeded' ? (
    <Status kind="reported">Succeeded</Status>
  ) : (
    <Status kind="failed">{outcome.code}</Status>
  );
}

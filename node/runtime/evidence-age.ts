/** Whether the ledger would take evidence of this epoch in the next block (rule W1): only then is it looked for. */
import { type Epoch, nextHeight } from '../../shared/types/brands.ts';
import { takesEvidence } from '../ledger/modules/evidence-age.ts';
import type { RuntimeContext } from './context.ts';
import type { StatePort } from './ports.ts';

export type EvidenceClock = Pick<RuntimeContext, 'epochs' | 'certifiedHeight'> & {
  readonly ports: { readonly state: Pick<StatePort, 'get'> };
};

export function takesEvidenceOf({ epochs, certifiedHeight, ports }: EvidenceClock, epoch: Epoch): boolean {
  const at = { epoch: epochs.current().epoch, height: nextHeight(certifiedHeight()) };
  return takesEvidence(ports.state, at, epoch);
}

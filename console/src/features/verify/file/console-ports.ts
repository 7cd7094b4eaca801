import { gatewayOrigin } from '../../../lib/gateway.ts';
import { GatewayError } from '../../../lib/gateway-error.ts';
import { claimAt } from '../api/epochs.ts';
import { verifyHere } from '../api/verifier.ts';
import { refuseContradiction } from '../contradiction.ts';
import { keepEpochs, keptEpochs } from '../kept-epochs.ts';
import { seen } from '../seen.ts';
import type { EpochsClaim } from '../subjects.ts';
import type { FilePorts } from './ports.ts';

export const consolePorts: FilePorts = {
  verify: verifyHere,
  knownEpochs: keptEpochs,
  newestEpochs,
  keepEpochs,
  refuseContradiction: ({ proven }) => refuseContradiction(seen.get(), proven),
};

/** Without a network, or a session, a receipt is verified with what is kept; its epoch may not be among that. */
async function newestEpochs(network: string): Promise<EpochsClaim | undefined> {
  try {
    return await claimAt(gatewayOrigin(), network);
  } catch (error) {
    const kept = await keptEpochs(network);
    if (kept === undefined || !(error instanceof GatewayError)) throw error;
    return kept;
  }
}

/** While there is a network, for when there is none: proven, and thereby kept. */
export async function keepEpochsOf(network: string): Promise<void> {
  const epochs = await claimAt(gatewayOrigin(), network);
  await verifyHere({ kind: 'genesis', genesis: epochs.genesis }, network, epochs);
}

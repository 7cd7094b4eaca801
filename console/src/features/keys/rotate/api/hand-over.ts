/** A key that was made in this browser, on its way to the node of its validator. */
import type { KeysRecipientJson } from '../../../../../../shared/api.ts';
import { requirePossession, requireRecipientOf } from '../../../../../../shared/client/key-import.ts';
import type { NetworkId, PublicKey } from '../../../../../../shared/types/brands.ts';
import { ask } from '../../../../lib/gateway.ts';
import { GatewayError } from '../../../../lib/gateway-error.ts';
import { pin } from '../../../../lib/pin.ts';
import { refreshGovernance } from '../../../proposals/api/proposals.ts';
import { reviewHandOver, signHandOver } from '../../../submit/api/key-holder.ts';
import { proverOf } from '../../../verify/api/prove-state.ts';

/**
 * A recipient of one use, which the proven node key of this validator vouches for. Asked for before a key is made, it
 * tells whether the node takes one at all.
 * @throws GatewayError `key-import-refused`, ClientError `recipient-unproven`
 */
export async function recipientOf(validator: string): Promise<KeysRecipientJson> {
  const network = trustedNetwork();
  const offered = await ask('keysRecipient', { body: { kind: 'consensus' } });
  await requireRecipientOf(offered, { network, prove: proverOf(network), whose: { validator } });
  return offered;
}

/** What the open key of the admin will sign, for a recipient of five minutes. @throws GatewayError, ClientError */
export async function reviewFor(validator: string): Promise<void> {
  const { recipient } = await recipientOf(validator);
  await reviewHandOver({ network: trustedNetwork(), validator, kind: 'consensus', recipient });
}

/** What was reviewed: signed, and encrypted for the node, which then proves that it holds it. @throws GatewayError, ClientError */
export async function handOver(key: string): Promise<void> {
  const body = await signHandOver();
  try {
    const imported = await ask('keysImport', { body });
    requirePossession(imported, key as PublicKey, trustedNetwork());
  } catch (error) {
    if (!isHeldAlready(error, key)) throw error;
  }
  refreshGovernance();
}

/** An answer was lost before. */
function isHeldAlready(error: unknown, key: string): boolean {
  if (!(error instanceof GatewayError) || error.code !== 'key-import-refused') return false;
  const { reason, key: held, stage } = error.problemBody?.facts ?? {};
  return reason === 'key-held' && held === key && stage === 'created';
}

function trustedNetwork(): NetworkId {
  const network = pin.get()?.network;
  if (network === undefined) throw new Error('No network is trusted yet.');
  return network as NetworkId;
}

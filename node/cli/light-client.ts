/** Light clients of the command line: over a gateway, or from what `epochs follow` filed. */
import { readFileSync } from 'node:fs';
import type { Client } from '../../shared/client/client.ts';
import { ClientError } from '../../shared/client/client-error.ts';
import { epochsOf, type LightClient, startLightClient } from '../../shared/client/light-client.ts';
import { decodeEpochChain } from '../../shared/codec/epoch-chain.ts';
import type { VerifySignature } from '../../shared/crypto/ed25519.ts';
import type { KnownEpochs } from '../../shared/protocol/known-epochs.ts';
import type { NetworkId } from '../../shared/types/brands.ts';
import { verifyWithSodium } from '../crypto/sodium.ts';
import { CliError, usageError } from './cli-error.ts';
import { exitCodes } from './exit-codes.ts';

export const verifySignature: VerifySignature = async (key, message, signature) =>
  verifyWithSodium(key, message, signature);

/** @param network that is trusted; without one, the gateway's own is taken. @throws CliError `wrong-network` */
export async function lightClient(client: Client, network: string | undefined): Promise<LightClient> {
  const pinned = (network ?? (await client.get('genesis')).network) as NetworkId;
  try {
    return await startLightClient({ client, network: pinned, verifySignature });
  } catch (error) {
    if (!(error instanceof ClientError) || error.code !== 'genesis-refused') throw error;
    throw usageError(
      'wrong-network',
      'The gateway is of another network.',
      error.facts,
      'Ask a gateway of yours.',
    );
  }
}

/** What the file proves of this network. @throws CliError `remembered-refused`, CodecError */
export async function filedEpochs(file: string, network: NetworkId): Promise<KnownEpochs> {
  const chain = decodeEpochChain(new Uint8Array(readFileSync(file)));
  const known = await epochsOf(chain, network, verifySignature);
  if (!('id' in known)) return known;
  const { reason, expected, actual } = known;
  throw new CliError(
    exitCodes.refused,
    'remembered-refused',
    `${file} does not prove the epochs of this network.`,
    { reason, expected, actual },
    'Delete it, and follow the epochs from genesis again: epochs follow.',
  );
}

/** What proves itself to the command line: which network is trusted is never the gateway's to say. */
import { existsSync } from 'node:fs';
import type { Client } from '../../../shared/client/client.ts';
import type { LightClient } from '../../../shared/client/light-client.ts';
import { type ProveState, stateProver } from '../../../shared/client/proven-state.ts';
import type { NetworkId } from '../../../shared/types/brands.ts';
import { genesisFileOf } from '../../config/data-layout.ts';
import { readGenesis } from '../../config/genesis-file.ts';
import { usageError } from '../cli-error.ts';
import { remember, rememberingClient } from '../client-file.ts';
import type { SignerOptions } from '../options.ts';

export interface Pinned {
  readonly light: LightClient;
  readonly prove: ProveState;
}

/**
 * What was seen certified is remembered in the data directory, so that no gateway goes back behind it (much).
 * @param unremembered told why it is not; if absent, that is an error: who encrypts must not go back behind it
 * @returns undefined if no network is pinned: neither named, nor founded in the data directory
 */
export async function pinnedNetwork(
  client: Client,
  { network, data }: SignerOptions,
  unremembered?: (why: NodeJS.ErrnoException) => void,
): Promise<Pinned | undefined> {
  const file = genesisFileOf(data);
  const pinned = network ?? (existsSync(file) ? readGenesis(file).genesis.network : undefined);
  if (pinned === undefined) return undefined;
  const light = await rememberingClient(client, data, pinned as NetworkId);
  const prove = stateProver(client, light);
  return {
    light,
    async prove(key) {
      const before = light.highest;
      const proven = await prove(key);
      if (light.highest !== before) rememberIn(data, pinned as NetworkId, light, unremembered);
      return proven;
    },
  };
}

function rememberIn(
  data: string,
  network: NetworkId,
  light: LightClient,
  unremembered: ((why: NodeJS.ErrnoException) => void) | undefined,
): void {
  try {
    remember(data, network, light);
  } catch (error) {
    if (unremembered === undefined || !isOfDisk(error)) throw error;
    unremembered(error);
  }
}

const isOfDisk = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error && 'syscall' in error;

/** @throws CliError `network-not-pinned`, `wrong-network` */
export async function requireProver(client: Client, options: SignerOptions): Promise<ProveState> {
  const pinned = await pinnedNetwork(client, options);
  if (pinned !== undefined) return pinned.prove;
  throw usageError(
    'network-not-pinned',
    'Without a trusted network id, a gateway could name keys of its own for the recipients.',
    { data: options.data },
    'Compare the network id with other members and give it with --network ID.',
  );
}

/** State that proves itself to the command line: which network is trusted is never the gateway's to say. */
import { existsSync } from 'node:fs';
import type { Client } from '../../../shared/client/client.ts';
import { type ProveState, stateProver } from '../../../shared/client/proven-state.ts';
import { genesisFileOf } from '../../config/data-layout.ts';
import { readGenesis } from '../../config/genesis-file.ts';
import { usageError } from '../cli-error.ts';
import { lightClient } from '../light-client.ts';
import type { SignerOptions } from '../options.ts';

/** @returns undefined if no network is pinned: neither named, nor founded in the data directory */
export async function proverOf(
  client: Client,
  { network, data }: SignerOptions,
): Promise<ProveState | undefined> {
  const file = genesisFileOf(data);
  const pinned = network ?? (existsSync(file) ? readGenesis(file).genesis.network : undefined);
  return pinned === undefined ? undefined : stateProver(client, await lightClient(client, pinned));
}

/** @throws CliError `network-not-pinned`, `wrong-network` */
export async function requireProver(client: Client, options: SignerOptions): Promise<ProveState> {
  const prove = await proverOf(client, options);
  if (prove !== undefined) return prove;
  throw usageError(
    'network-not-pinned',
    'Without a trusted network id, a gateway could name keys of its own for the recipients.',
    { data: options.data },
    'Compare the network id with other members and give it with --network ID.',
  );
}

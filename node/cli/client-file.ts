/**
 * What verifiers remember of a network: the chain of epochs that was followed and proven here, one file for each network
 * in the data directory. It is worth keeping: who remembers a hand-over refuses what former keys sign behind it.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { type LightClient, resumeLightClient } from '../../shared/client/light-client.ts';
import type { KnownEpochs } from '../../shared/protocol/known-epochs.ts';
import type { NetworkId } from '../../shared/types/brands.ts';
import { clientFileOf } from '../config/data-layout.ts';
import { connect } from './connect.ts';
import { filedEpochs, lightClient, verifySignature } from './light-client.ts';
import type { GatewayOptions } from './options.ts';

/** Proven again; undefined if nothing was remembered. @throws CliError `remembered-refused`, CodecError */
export async function rememberedEpochs(data: string, network: NetworkId): Promise<KnownEpochs | undefined> {
  const file = clientFileOf(data, network);
  return existsSync(file) ? filedEpochs(file, network) : undefined;
}

/** Up to the newest that a gateway has, and remembered. @throws CliError `wrong-network`, ClientError `unreachable`, `epoch-refused` */
export async function followedEpochs(options: GatewayOptions, network: NetworkId): Promise<KnownEpochs> {
  const client = connect(options, { rounds: 1 });
  const file = clientFileOf(options.data, network);
  const light = existsSync(file)
    ? await resumeLightClient({ client, network, verifySignature }, new Uint8Array(readFileSync(file)))
    : await lightClient(client, network);
  const known = await light.follow();
  fileChain(file, light);
  return known;
}

/** Whole or not at all. */
export function fileChain(file: string, light: LightClient): Uint8Array {
  const bytes = light.remember();
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.new`, bytes);
  renameSync(`${file}.new`, file);
  return bytes;
}

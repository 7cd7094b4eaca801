/**
 * What verifiers remember of a network: the chain of epochs that was followed and proven here, and the highest block that
 * was seen certified; one file for each network in the data directory. It is worth keeping: who remembers a hand-over
 * refuses what former keys sign behind it, and who remembers a block refuses state of long before it.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Client } from '../../shared/client/client.ts';
import { type LightClient, resumeLightClient } from '../../shared/client/light-client.ts';
import type { KnownEpochs } from '../../shared/protocol/known-epochs.ts';
import type { NetworkId } from '../../shared/types/brands.ts';
import { clientFileOf } from '../config/data-layout.ts';
import { makeDirectory } from '../files/make-directory.ts';
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
  const light = await rememberingClient(client, options.data, network);
  const known = await light.follow();
  remember(options.data, network, light);
  return known;
}

/** Goes on from what was remembered; from genesis if nothing was. @throws CliError `wrong-network`, ClientError `remembered-refused` */
export async function rememberingClient(
  client: Client,
  data: string,
  network: NetworkId,
): Promise<LightClient> {
  const file = clientFileOf(data, network);
  if (!existsSync(file)) return lightClient(client, network);
  return resumeLightClient({ client, network, verifySignature }, new Uint8Array(readFileSync(file)));
}

export function remember(data: string, network: NetworkId, light: LightClient): void {
  fileChain(clientFileOf(data, network), light);
}

/** Whole or not at all. */
export function fileChain(file: string, light: LightClient): Uint8Array {
  const bytes = light.remember();
  makeDirectory(dirname(file));
  // Of this process: another command may write its own at the same time.
  const fresh = `${file}.${process.pid}.new`;
  writeFileSync(fresh, bytes);
  renameSync(fresh, file);
  return bytes;
}

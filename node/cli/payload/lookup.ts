/** Which payload is meant, and what the ledger says of it: proven where a network is pinned, else as the gateway says. */
import type { Command } from 'commander';
import type { Client } from '../../../shared/client/client.ts';
import { ClientError } from '../../../shared/client/client-error.ts';
import type { LightClient } from '../../../shared/client/light-client.ts';
import { checkPayload } from '../../../shared/client/payload.ts';
import { ofThisPayload, type PayloadRecord, provenPayload } from '../../../shared/client/payload-records.ts';
import { provenEvent } from '../../../shared/client/proven-event.ts';
import type { ProveState } from '../../../shared/client/proven-state.ts';
import { fromBase64Url } from '../../../shared/codec/hex.ts';
import type { Digest } from '../../../shared/types/brands.ts';
import { CliError, usageError } from '../cli-error.ts';
import { exitCodes } from '../exit-codes.ts';
import type { CliIo } from '../io.ts';
import { payloadDigest, type SignerOptions, streamName, wholeNumber } from '../options.ts';
import { pinnedNetwork } from './network-pin.ts';

export interface TargetOptions extends SignerOptions {
  readonly stream?: string;
  readonly revision?: number;
}

export const targetOptions = (command: Command): Command =>
  command
    .argument('[digest]', 'digest of the payload', payloadDigest)
    .option('--stream <name>', 'instead of the digest: the stream of its event …', streamName)
    .option('--revision <n>', '… and the revision there', wholeNumber);

export interface Found {
  readonly record: PayloadRecord;
  /** Other links of the same chain of grants; empty where nothing is proven. */
  readonly related: readonly PayloadRecord[];
  /** The block whose state proves it, and its time; absent: as the gateway says. */
  readonly asOf?: { readonly height: number; readonly time: number };
}

/**
 * @param io of commands that only read: these do without a data directory that can be written, and say so
 * @throws CliError, ClientError
 */
export async function findPayload(
  client: Client,
  digest: string | undefined,
  options: TargetOptions,
  io?: CliIo,
): Promise<Found> {
  const pinned = await pinnedNetwork(client, options, io && tellOnce(io, options));
  const wanted = digest ?? (await digestOfEvent(client, options, pinned?.light));
  if (pinned === undefined) return reported(client, wanted);
  return (await proven(wanted, pinned.prove)) ?? reported(client, wanted);
}

/** What is not remembered, the next command cannot hold against a gateway that goes back behind it. */
function tellOnce(io: CliIo, { data }: TargetOptions): (why: NodeJS.ErrnoException) => void {
  let isTold = false;
  return ({ code }) => {
    if (!isTold)
      io.err(`Nothing is remembered of what was seen certified: ${data} cannot be written [${code}]`);
    isTold = true;
  };
}

/** undefined for readers of named streams, who may not ask for proofs of state. */
async function proven(digest: string, prove: ProveState): Promise<Found | undefined> {
  try {
    return await provenPayload(digest, prove);
  } catch (error) {
    if (error instanceof ClientError && error.code === 'role-missing') return undefined;
    throw error;
  }
}

const reported = async (client: Client, digest: string): Promise<Found> => ({
  record: ofThisPayload(client.gateway, digest, await client.get('payloadRecord', { digest })),
  related: [],
});

/** Where a network is pinned, of the event that a receipt proves there: else a gateway could name another's payload. */
async function digestOfEvent(
  client: Client,
  { stream, revision }: TargetOptions,
  light: LightClient | undefined,
): Promise<string> {
  if (stream === undefined || revision === undefined) {
    const next = 'Give its digest, or --stream NAME and --revision N of its event.';
    throw usageError('payload-unnamed', 'Which payload?', {}, next);
  }
  const event =
    light === undefined
      ? (await client.get('stream', { name: stream, from: revision, to: revision })).events[0]
      : await provenEvent(client, light, { stream, revision });
  if (event?.payload !== undefined) return event.payload.digest;
  const what = event === undefined ? 'There is no such event.' : 'The event has no payload.';
  throw usageError('no-payload', what, { stream, revision }, 'See `stream read` for its events.');
}

/** The bytes as they are kept, which are those that the event names. @throws CliError `payload-erased`, ClientError */
export async function fetchPayload(client: Client, { digest, erased }: PayloadRecord): Promise<Uint8Array> {
  if (erased !== undefined) throw erasedError(digest, erased);
  const bytes = fromBase64Url((await client.get('payload', { digest })).bytes);
  checkPayload(bytes, { digest: digest as Digest });
  return bytes;
}

const erasedError = (digest: string, erased: NonNullable<PayloadRecord['erased']>): CliError =>
  new CliError(
    exitCodes.refused,
    'payload-erased',
    'The members have erased this payload.',
    { digest, ...erased, time: new Date(erased.time).toISOString() },
    'Nothing brings it back; the proposal shows how they decided.',
  );

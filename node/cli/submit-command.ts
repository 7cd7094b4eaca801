/** Signs one command, submits it and tells what became of it: shared by all commands that write. */
import type { SubmitResultJson } from '../../shared/api.ts';
import type { Client } from '../../shared/client/client.ts';
import { type CertifiedResult, type RefusedResult, succeeded } from '../../shared/client/submissions.ts';
import type { Command } from '../../shared/client/transaction-builder.ts';
import { connect } from './connect.ts';
import { type CliIo, factLines, report } from './io.ts';
import type { GatewayOptions, SignerOptions } from './options.ts';
import { openSigner, type Purpose } from './signer.ts';
import { saysWhileWaiting } from './waiting.ts';

export interface WriteOptions extends SignerOptions, GatewayOptions {
  readonly json?: boolean;
  /** False with --no-wait. */
  readonly wait: boolean;
  /** Seconds. */
  readonly timeout: number;
}

type Accepted = Exclude<SubmitResultJson, RefusedResult>;
type Certified = Pick<CertifiedResult, 'id' | 'height' | 'outcome'>;

/** What goes along with an envelope, and what is told of it. */
export interface Beside {
  readonly payloads: readonly Uint8Array[];
  readonly facts: Readonly<Record<string, unknown>>;
}
const nothing: Beside = { payloads: [], facts: {} };

export async function submitCommand(
  io: CliIo,
  options: WriteOptions,
  command: Command,
  done: string,
  purpose: Purpose = 'write',
  beside: Beside = nothing,
): Promise<void> {
  const client = connect(options, { purpose });
  const signer = await openSigner(io, client, options, purpose);
  const { envelope } = await signer.sign(command);
  await submitTo(client, io, options, envelope, done, beside);
}

/** @throws ClientError if it is refused, before ordering or in its block */
export function submitEnvelope(
  io: CliIo,
  options: WriteOptions,
  envelope: Uint8Array,
  done: string,
): Promise<void> {
  return submitTo(connect(options, { purpose: 'write' }), io, options, envelope, done);
}

async function submitTo(
  client: Client,
  io: CliIo,
  options: WriteOptions,
  envelope: Uint8Array,
  done: string,
  { payloads, facts }: Beside = nothing,
): Promise<void> {
  const json = options.json ?? false;
  const result = await sent(client, io, options, envelope, payloads);
  const told = { ...result, ...facts };
  if ('status' in result) {
    report(io, json, told, ['Accepted; not certified yet.', ...factLines({ id: result.id, ...facts })]);
    return;
  }
  const { id, height } = result;
  report(io, json, told, [done, ...factLines({ id, height, ...facts })]);
}

/** Certified and successful; with --no-wait accepted. @throws ClientError if it is refused */
export async function sent(
  client: Client,
  io: CliIo,
  options: WriteOptions,
  envelope: Uint8Array,
  payloads: readonly Uint8Array[] = [],
): Promise<Certified | Accepted> {
  if (!options.wait) return acceptedOf(await client.submitWithPayloads(envelope, payloads));
  const waiting = client.submitAndWait(envelope, payloads);
  const { id, height, outcome } = await saysWhileWaiting(io, client, waiting, {
    giveUpMs: options.timeout * 1_000,
  });
  return { id, height, outcome };
}

function acceptedOf(result: SubmitResultJson): Accepted {
  return result.status === 'refused' ? succeeded(result) : result;
}

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

export async function submitCommand(
  io: CliIo,
  options: WriteOptions,
  command: Command,
  done: string,
  purpose: Purpose = 'write',
): Promise<void> {
  const client = connect(options, { purpose });
  const signer = await openSigner(io, client, options, purpose);
  const { envelope } = await signer.sign(command);
  await submitTo(client, io, options, envelope, done);
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
): Promise<void> {
  const json = options.json ?? false;
  const result = await sent(client, io, options, envelope);
  if ('status' in result) {
    report(io, json, result, ['Accepted; not certified yet.', ...factLines({ id: result.id })]);
    return;
  }
  const { id, height } = result;
  report(io, json, result, [done, ...factLines({ id, height })]);
}

/** Certified and successful; with --no-wait accepted. @throws ClientError if it is refused */
export async function sent(
  client: Client,
  io: CliIo,
  options: WriteOptions,
  envelope: Uint8Array,
): Promise<Certified | Accepted> {
  if (!options.wait) return acceptedOf((await client.submit([envelope]))[0]);
  const waiting = client.submitAndWait(envelope);
  const { id, height, outcome } = await saysWhileWaiting(io, client, waiting, {
    giveUpMs: options.timeout * 1_000,
  });
  return { id, height, outcome };
}

function acceptedOf(result: SubmitResultJson | undefined): Accepted {
  if (result === undefined) throw new Error('one result for one envelope');
  return result.status === 'refused' ? succeeded(result) : result;
}

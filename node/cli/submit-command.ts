/** Signs one command, submits it and tells what became of it: shared by all commands that write. */
import type { SubmitResultJson } from '../../shared/api.ts';
import { type RefusedResult, succeeded } from '../../shared/client/submissions.ts';
import type { Command } from '../../shared/client/transaction-builder.ts';
import { connect } from './connect.ts';
import { type CliIo, factLines, report } from './io.ts';
import type { GatewayOptions, SignerOptions } from './options.ts';
import { openSigner } from './signer.ts';
import { saysWhileWaiting } from './waiting.ts';

export interface WriteOptions extends SignerOptions, GatewayOptions {
  readonly json?: boolean;
  /** False with --no-wait. */
  readonly wait: boolean;
  /** Seconds. */
  readonly timeout: number;
}

export async function submitCommand(
  io: CliIo,
  options: WriteOptions,
  command: Command,
  done: string,
): Promise<void> {
  const client = connect(options, { purpose: 'write' });
  const signer = await openSigner(io, client, options);
  const { envelope } = await signer.sign(command);
  await submitEnvelope(io, options, envelope, done);
}

/** @throws ClientError if it is refused, before ordering or in its block */
export async function submitEnvelope(
  io: CliIo,
  options: WriteOptions,
  envelope: Uint8Array,
  done: string,
): Promise<void> {
  const client = connect(options, { purpose: 'write' });
  const json = options.json ?? false;
  if (!options.wait) {
    const accepted = acceptedOf((await client.submit([envelope]))[0]);
    report(io, json, accepted, ['Accepted; not certified yet.', ...factLines({ id: accepted.id })]);
    return;
  }
  const { id, height, outcome } = await saysWhileWaiting(io, client, client.submitAndWait(envelope), {
    giveUpMs: options.timeout * 1_000,
  });
  report(io, json, { id, height, outcome }, [done, ...factLines({ id, height })]);
}

function acceptedOf(result: SubmitResultJson | undefined): Exclude<SubmitResultJson, RefusedResult> {
  if (result === undefined) throw new Error('one result for one envelope');
  return result.status === 'refused' ? succeeded(result) : result;
}

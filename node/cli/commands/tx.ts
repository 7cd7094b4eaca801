/** `tx submit`: any action, or bytes that were signed elsewhere. */
import { readFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { usageError } from '../cli-error.ts';
import { noun, verb } from '../command.ts';
import type { CliIo } from '../io.ts';
import { cborArgument } from '../json-argument.ts';
import { submitCommand, submitEnvelope, type WriteOptions } from '../submit-command.ts';
import { writeOptions } from '../write-options.ts';

interface Options extends WriteOptions {
  readonly action?: string;
  readonly args?: string;
  readonly envelope?: string;
}

export function txCommands(io: CliIo): Command {
  const submit = verb('submit', 'sign and submit a transaction, or submit a signed envelope as it is', [
    `tx submit --action assets.define --args '{"asset":"gold","decimals":2}'`,
    'tx submit --envelope signed.cbor',
  ])
    .option('--action <module.verb>', 'action, such as streams.append')
    .option('--args <json>', 'its arguments')
    .addOption(new Option('--envelope <file>', 'signed envelope in DAG-CBOR').conflicts(['action', 'args']));
  return noun('tx', 'transactions').addCommand(
    writeOptions(submit).action((options: Options) => run(io, options)),
  );
}

async function run(io: CliIo, options: Options): Promise<void> {
  const { action, args, envelope } = options;
  if (envelope !== undefined) {
    return submitEnvelope(io, options, new Uint8Array(readFileSync(envelope)), 'Certified.');
  }
  if (action === undefined || args === undefined) {
    throw usageError(
      'action-missing',
      'What shall be submitted?',
      {},
      'Give --action and --args, or --envelope.',
    );
  }
  await submitCommand(io, options, { action, args: cborArgument('--args', args) }, 'Certified.');
}

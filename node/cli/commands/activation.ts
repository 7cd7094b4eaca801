/** `activation list|show|withdraw`: changes of the epoch on their way (docs/epochs.md). */
import type { Command } from 'commander';
import { noun, verb } from '../command.ts';
import { connect } from '../connect.ts';
import { activationLines, activationRowLine } from '../governance/describe.ts';
import { govern } from '../governance/propose.ts';
import { type CliIo, factLines, report } from '../io.ts';
import { type GatewayOptions, gatewayOption, positiveNumber, wholeNumber } from '../options.ts';
import type { WriteOptions } from '../submit-command.ts';
import { writeOptions } from '../write-options.ts';

interface ReadOptions extends GatewayOptions {
  readonly json?: boolean;
}

export function activationCommands(io: CliIo): Command {
  const list = verb('list', 'changes of the epoch, newest first', ['activation list']).option(
    '--limit <count>',
    'at most',
    positiveNumber,
    50,
  );
  const show = verb('show', 'one change of the epoch: what it waits for, and how many blocks are left', [
    'activation show',
    'activation show 2',
  ]).argument('[number]', 'its number (default: the one that is pending, else the last one)', wholeNumber);
  const withdraw = verb(
    'withdraw',
    'take back a change of the epoch that your member caused, until it is active',
    ['activation withdraw 2 --reason "Wrong key"'],
  )
    .argument('<number>', 'its number', wholeNumber)
    .requiredOption('--reason <text>', 'why, for ever');
  return noun('activation', 'changes of validators, parameters or protocol on their way')
    .addCommand(
      gatewayOption(list).action(async (options: ReadOptions & { readonly limit: number }) => {
        const answer = await connect(options).get('activations', { limit: Math.min(options.limit, 1_000) });
        const lines = answer.rows.map(activationRowLine);
        report(io, options.json ?? false, answer.rows, lines.length === 0 ? [neverChanged] : lines);
      }),
    )
    .addCommand(
      gatewayOption(show).action((number: number | undefined, options: ReadOptions) =>
        showActivation(io, number, options),
      ),
    )
    .addCommand(
      writeOptions(withdraw).action((number: number, options: WriteOptions & { readonly reason: string }) =>
        withdrawActivation(io, number, options),
      ),
    );
}

const neverChanged = 'The epoch of the genesis was never changed.';

async function showActivation(io: CliIo, wanted: number | undefined, options: ReadOptions): Promise<void> {
  const client = connect(options);
  const json = options.json ?? false;
  const number = wanted ?? (await newest());
  if (number === undefined) return report(io, json, null, [neverChanged]);
  const activation = await client.get('activation', { number: String(number) });
  report(io, json, activation, activationLines(activation));

  async function newest(): Promise<number | undefined> {
    const { pending, rows } = await client.get('activations', { limit: 1 });
    return pending ?? rows[0]?.number;
  }
}

async function withdrawActivation(
  io: CliIo,
  number: number,
  options: WriteOptions & { readonly reason: string },
): Promise<void> {
  const client = connect(options, { purpose: 'govern' });
  const args = { activation: number, reason: options.reason.normalize('NFC') };
  const done = await govern(client, io, options, { action: 'activation.withdraw', args });
  if (done === undefined) return;
  const activation = await client.get('activation', { number: String(number) });
  const { id: transaction, height } = done;
  const lines = [...activationLines(activation), ...factLines({ transaction, height })];
  report(io, options.json ?? false, { transaction, height, activation }, lines);
}

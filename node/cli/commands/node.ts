/** `node start`. */
import type { Command } from 'commander';
import { nodeFileOf } from '../../config/data-layout.ts';
import { runNodeProcess } from '../../main.ts';
import { usageError } from '../cli-error.ts';
import { noun, verb } from '../command.ts';
import { defaultDataDirectory } from '../options.ts';

export function nodeCommands(): Command {
  return noun('node', 'run a validator').addCommand(
    verb('start [node.yaml]', 'run one validator in this process until SIGTERM or Ctrl-C', [
      'node start data/alpha/node.yaml',
      'node start --validator alpha --data data',
    ])
      .option('--validator <id>', 'validator of the data directory, instead of a node.yaml')
      .option('--data <dir>', 'data directory', defaultDataDirectory)
      .action(async (file: string | undefined, options: { validator?: string; data: string }) => {
        await runNodeProcess(file ?? fileOf(options));
      }),
  );
}

function fileOf({ validator, data }: { validator?: string; data: string }): string {
  if (validator !== undefined) return nodeFileOf(data, validator);
  throw usageError('node-missing', 'Which node?', {}, 'Name a node.yaml, or --validator ID.');
}

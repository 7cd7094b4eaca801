/** `node start`, `node prune`. */
import { type Command, InvalidArgumentError } from 'commander';
import { nodeFileOf } from '../../config/data-layout.ts';
import { runNodeProcess } from '../../main.ts';
import { usageError } from '../cli-error.ts';
import { noun, verb } from '../command.ts';
import type { CliIo } from '../io.ts';
import { defaultDataDirectory, wholeNumber } from '../options.ts';
import { keptBlocksMin, pruneNode } from './prune.ts';

export function nodeCommands(io: CliIo): Command {
  return noun('node', 'run a validator or an observer')
    .addCommand(startCommand())
    .addCommand(pruneCommand(io));
}

interface StartOptions {
  readonly validator?: string;
  readonly observer?: boolean;
  readonly data: string;
}

function startCommand(): Command {
  return verb('start [node.yaml]', 'run one node in this process until SIGTERM or Ctrl-C', [
    'node start data/alpha/node.yaml',
    'node start --validator alpha --data data',
    'node start data/alpha/node.yaml --observer',
  ])
    .option('--validator <id>', 'node of the data directory, instead of a node.yaml')
    .option('--observer', 'only follow and serve; never vote, whatever keys are there')
    .option('--data <dir>', 'data directory', defaultDataDirectory)
    .action(async (file: string | undefined, { observer = false, ...where }: StartOptions) => {
      await runNodeProcess(file ?? fileOf(where), { observes: observer });
    });
}

function pruneCommand(io: CliIo): Command {
  return verb(
    'prune [node.yaml]',
    'remove the bodies of old blocks of a stopped node; headers, certificates and history stay',
    ['node prune data/alpha/node.yaml --keep 10000', 'node prune --validator alpha --data data --keep 10000'],
  )
    .requiredOption('--keep <n>', 'newest blocks whose bodies stay', keptBlocks)
    .option('--validator <id>', 'validator of the data directory, instead of a node.yaml')
    .option('--data <dir>', 'data directory', defaultDataDirectory)
    .action(
      (
        file: string | undefined,
        options: { keep: number; validator?: string; data: string; json?: boolean },
      ) => pruneNode(io, file ?? fileOf(options), { keep: options.keep, json: options.json === true }),
    );
}

function keptBlocks(text: string): number {
  const count = wholeNumber(text);
  if (count >= keptBlocksMin) return count;
  throw new InvalidArgumentError(`At least ${keptBlocksMin} blocks stay.`);
}

function fileOf({ validator, data }: { validator?: string; data: string }): string {
  if (validator !== undefined) return nodeFileOf(data, validator);
  throw usageError('node-missing', 'Which node?', {}, 'Name a node.yaml, or --validator ID.');
}

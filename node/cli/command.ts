/** How every command is made: --help with an example, --json, errors with an exit code. */
import { Command } from 'commander';
import { toType } from './invocation.ts';

export const noun = (name: string, description: string): Command =>
  new Command(name).description(description).helpCommand(false);

/** @param examples command lines without what is typed before them */
export function verb(usage: string, description: string, examples: readonly string[]): Command {
  const lines = examples.map((example) => `  $ ${toType(example)}`);
  const [name, ...operands] = usage.split(' ');
  const command = new Command(name);
  if (operands.length > 0) command.arguments(operands.join(' '));
  return command
    .description(description)
    .option('--json', 'the result as JSON, alone on standard output')
    .addHelpText('after', `\nExample${examples.length > 1 ? 's' : ''}:\n${lines.join('\n')}`);
}

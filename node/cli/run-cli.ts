/** Runs one command line. Never throws: what went wrong is reported, the exit code says of which kind it was. */
import { type Command, CommanderError } from 'commander';
import { installNativeSha256 } from '../crypto/sha256-install.ts';
import { cliErrorOf } from './cli-error.ts';
import { exitCodes } from './exit-codes.ts';
import { type CliIo, reportError } from './io.ts';
import { createProgram } from './program.ts';
import { VerdictFailed } from './verdict.ts';

/** @param args without node and script */
export async function runCli(args: readonly string[], io: CliIo): Promise<number> {
  installNativeSha256();
  const program = createProgram(io);
  configure(program, io);
  try {
    await program.parseAsync(asAsked(args), { from: 'user' });
    return exitCodes.ok;
  } catch (error) {
    if (error instanceof VerdictFailed) return error.exitCode;
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    const failure = cliErrorOf(error);
    reportError(io, args.includes('--json'), failure);
    return failure.exitCode;
  }
}

/** `concordat help stream append` is what many type for `concordat stream append --help`. */
const asAsked = (args: readonly string[]): string[] =>
  args[0] === 'help' ? [...args.slice(1), '--help'] : [...args];

/** Commander prints its own usage errors; they must not end the process. */
function configure(command: Command, io: CliIo): void {
  command.exitOverride();
  command.configureOutput({
    writeOut: (text) => io.out(text.trimEnd()),
    writeErr: (text) => io.err(text.trimEnd()),
  });
  command.showHelpAfterError('(add --help for the options and an example)');
  for (const child of command.commands) configure(child, io);
}

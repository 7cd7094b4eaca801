import { type ExitCode, exitCodes } from './exit-codes.ts';

/** A command that reported its verdict in full and only has to end with an exit code. */
export class VerdictFailed extends Error {
  override readonly name = 'VerdictFailed';
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode = exitCodes.refused) {
    super('the verdict was reported');
    this.exitCode = exitCode;
  }
}

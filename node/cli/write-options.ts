/** Options of commands that sign and submit. */
import type { Command } from 'commander';
import { gatewayOption, signerOptions, wholeNumber } from './options.ts';

export const writeOptions = (command: Command): Command =>
  signerOptions(gatewayOption(command))
    .option('--no-wait', 'end when accepted instead of certified')
    .option('--timeout <seconds>', 'wait so long for a certificate, then end with code 3', wholeNumber, 60);

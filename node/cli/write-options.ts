/** Options of commands that sign and submit. */
import type { Command } from 'commander';
import { gatewayOption, signerOptions } from './options.ts';

export const writeOptions = (command: Command): Command =>
  signerOptions(gatewayOption(command)).option('--no-wait', 'end when accepted instead of certified');

/** A skewed clock for trials on one machine, where all validators share the real one. Never for production. */
import { ConfigError } from './errors.ts';

export const clockOffsetVariable = 'CONCORDAT_CLOCK_OFFSET_MS';

/** Milliseconds that this node's wall clock is ahead of the machine's; 0 if the variable is not set. @throws ConfigError */
export function readClockOffsetMs(environment: { readonly [name: string]: string | undefined }): number {
  const text = environment[clockOffsetVariable] ?? '';
  if (text === '') return 0;
  if (/^[+-]?[0-9]{1,12}$/.test(text)) return Number(text);
  const problems = [
    {
      path: clockOffsetVariable,
      found: JSON.stringify(text),
      expected: 'whole milliseconds, such as -40000',
    },
  ];
  throw new ConfigError('config-invalid', { file: 'environment', problems });
}

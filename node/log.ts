/** Structured logs: one JSON object per line, with a stable `code` and its facts. */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { destination, multistream, pino, stdTimeFunctions } from 'pino';
import type { LogLevel, LogPort } from './runtime/ports.ts';

export interface NodeLogOptions {
  readonly validator: string;
  readonly level: LogLevel;
  /** Takes every line; warnings and errors go to standard error too. Without it all goes to standard output. */
  readonly file?: string;
}

export function createLog({ validator, level, file }: NodeLogOptions): LogPort {
  if (file !== undefined) mkdirSync(dirname(file), { recursive: true });
  // Synchronous: the last lines before an end are the ones that somebody needs.
  const streams =
    file === undefined
      ? [{ level, stream: destination({ dest: 1, sync: true }) }]
      : [
          { level, stream: destination({ dest: file, sync: true }) },
          { level: 'warn' as const, stream: destination({ dest: 2, sync: true }) },
        ];
  const logger = pino(
    {
      level,
      base: { validator },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    multistream(streams),
  );
  return { write: (lineLevel, code, facts) => logger[lineLevel]({ ...facts, code }) };
}

/** Structured logs: one JSON object per line, with a stable `code` and its facts. */
import { dirname } from 'node:path';
import { destination, multistream, pino, stdTimeFunctions } from 'pino';
import { makeDirectory } from './files/make-directory.ts';
import type { LogLevel, LogPort } from './runtime/ports.ts';
import { fileErrorOf } from './storage/errors.ts';

export interface NodeLogOptions {
  readonly validator: string;
  readonly level: LogLevel;
  /** Takes every line; warnings and errors go to standard error too. Without it all goes to standard output. */
  readonly file?: string;
}

/** @throws StorageError `disk-full`, `disk-read-only`, `disk-error`, `file-unopenable` */
export function createLog({ validator, level, file }: NodeLogOptions): LogPort {
  // Synchronous: the last lines before an end are the ones that somebody needs.
  const streams =
    file === undefined
      ? [{ level, stream: destination({ dest: 1, sync: true }) }]
      : [
          { level, stream: fileStream(file) },
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

/**
 * A disk that takes no more lines must not end the node in place of the error that is to be logged: the failure is
 * named once on standard error, and the file is given up until the next start.
 */
function fileStream(file: string): { write(line: string): void } {
  const stream = openStream(file);
  let isBroken = false;
  stream.on('error', (error: Error) => {
    if (isBroken) return;
    isBroken = true;
    stream.destroy();
    process.stderr.write(
      `${JSON.stringify({ level: 'error', code: 'log-unwritable', file, reason: error.message })}\n`,
    );
  });
  return {
    write(line) {
      if (!isBroken) stream.write(line);
    },
  };
}

function openStream(file: string): ReturnType<typeof destination> {
  try {
    makeDirectory(dirname(file));
    return destination({ dest: file, sync: true });
  } catch (error) {
    throw fileErrorOf(error, file);
  }
}

/** The terminal as commands see it: handed in, so that tests can look. */
import type { KeyFileOptions } from '../crypto/key-files.ts';
import type { CliError } from './cli-error.ts';
import type { AnsweredBy } from './options.ts';

export interface CliIo {
  /** Without the newline. */
  out(line: string): void;
  err(line: string): void;
  /** Standard output for bytes as they are; null where it is a terminal, which would obey some of them. */
  readonly pipe: ((bytes: Uint8Array) => void) | null;
  /** Progress bars are drawn on it; null where there is no terminal. */
  readonly terminal: NodeJS.WriteStream | null;
  nowMs(): number;
  /** How files of new keys are made, where it is not as ever: tests spare the work that a passphrase costs. */
  readonly newKeys?: KeyFileOptions;
}

export const processIo: CliIo = {
  out: (line) => process.stdout.write(`${printable(line)}\n`),
  err: (line) => process.stderr.write(`${printable(line)}\n`),
  pipe: process.stdout.isTTY ? null : (bytes) => void process.stdout.write(bytes),
  terminal: process.stderr.isTTY ? process.stderr : null,
  nowMs: () => Date.now(),
};

/** Control characters, and those that turn the direction of what follows, but for the ends of lines and tabs. */
const obeyed = /(?![\n\t])[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu;
const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

/**
 * Names and types are what any submitter chose, and a terminal obeys some characters instead of showing them. In
 * JSON, where they occur inside of strings only, the escape means the same.
 */
export const printable = (text: string): string => text.replace(obeyed, escaped);

/** For what shares its line with other columns. */
export const oneLine = (text: string): string => printable(text).replace(/[\n\t]/g, escaped);

/** A result: JSON alone on standard output with --json, else lines for people. */
export function report(io: CliIo, json: boolean, result: unknown, lines: readonly string[]): void {
  if (json) io.out(JSON.stringify(result, bigintAsText));
  else for (const line of lines) io.out(line);
}

const bigintAsText = (_key: string, value: unknown): unknown =>
  typeof value === 'bigint' ? value.toString() : value;

/** Errors go to standard error in both forms. */
export function reportError(io: CliIo, json: boolean, error: CliError): void {
  const { code, facts, next, message } = error;
  if (json) {
    io.err(JSON.stringify({ error: { code, headline: message, facts, next } }, bigintAsText));
    return;
  }
  io.err(`${message} [${code}]`);
  for (const line of factLines(facts)) io.err(line);
  io.err(next);
}

/** On standard error in both forms, as it is no part of the result. */
export function answeredBy(io: CliIo, json: boolean): AnsweredBy {
  return (gateway, silent) => {
    if (json) {
      const named = [...silent].map(([one, reason]) => ({ gateway: one, reason }));
      io.err(JSON.stringify({ notice: { code: 'answered-by', gateway, silent: named } }));
      return;
    }
    const named = [...silent].map(([one, reason]) => `${one} does not answer (${reason})`);
    io.err(`${named.join(', ')}; ${gateway} does.`);
  };
}

/** Names and values, aligned. */
export function factLines(facts: Readonly<Record<string, unknown>>): string[] {
  const entries = Object.entries(facts).filter(([, value]) => value !== undefined && value !== '');
  const width = Math.max(0, ...entries.map(([name]) => name.length));
  return entries.map(([name, value]) => `  ${name.padEnd(width)}  ${text(value)}`);
}

const text = (value: unknown): string =>
  typeof value === 'object' && value !== null ? JSON.stringify(value, bigintAsText) : String(value);

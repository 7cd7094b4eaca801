/** The terminal as commands see it: handed in, so that tests can look. */
import type { CliError } from './cli-error.ts';

export interface CliIo {
  /** Without the newline. */
  out(line: string): void;
  err(line: string): void;
  /** Progress bars are drawn on it; null where there is no terminal. */
  readonly terminal: NodeJS.WriteStream | null;
  nowMs(): number;
}

export const processIo: CliIo = {
  out: (line) => process.stdout.write(`${line}\n`),
  err: (line) => process.stderr.write(`${line}\n`),
  terminal: process.stderr.isTTY ? process.stderr : null,
  nowMs: () => Date.now(),
};

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

/** Names and values, aligned. */
export function factLines(facts: Readonly<Record<string, unknown>>): string[] {
  const entries = Object.entries(facts).filter(([, value]) => value !== undefined && value !== '');
  const width = Math.max(0, ...entries.map(([name]) => name.length));
  return entries.map(([name, value]) => `  ${name.padEnd(width)}  ${text(value)}`);
}

const text = (value: unknown): string =>
  typeof value === 'object' && value !== null ? JSON.stringify(value, bigintAsText) : String(value);

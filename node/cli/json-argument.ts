/** JSON from a command line as a CBOR value. Numbers beyond 2^53−1 would have lost digits and are refused. */
import type { CborValue } from '../../shared/types/ledger.ts';
import { usageError } from './cli-error.ts';

/** @throws CliError */
export function cborArgument(name: string, text: string): CborValue {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw usageError(
      'not-json',
      `${name} is not JSON.`,
      { reason },
      `Quote it for the shell: ${name} '{"a": 1}'.`,
    );
  }
  if (!isExact(value)) {
    const next = 'Write large integers as text.';
    throw usageError('number-too-large', `${name} holds an integer beyond 2^53−1.`, {}, next);
  }
  return value as CborValue;
}

function isExact(value: unknown): boolean {
  if (typeof value === 'number') return !Number.isInteger(value) || Number.isSafeInteger(value);
  if (typeof value !== 'object' || value === null) return true;
  return Object.values(value).every(isExact);
}

/** JSON from a command line as a CBOR value. Numbers beyond 2^53−1 would have lost digits and are refused. */
import { CodecError } from '../../shared/codec/codec-error.ts';
import { encode } from '../../shared/codec/dag-cbor.ts';
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
    const next = 'Write large numbers as text.';
    throw usageError('number-too-large', `${name} holds a number beyond 2^53−1.`, {}, next);
  }
  return encodable(name, value as CborValue);
}

/** Half a surrogate pair, or a hundred levels, are JSON and yet cannot be recorded. */
function encodable(name: string, value: CborValue): CborValue {
  try {
    encode(value);
    return value;
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    const headline = `${name} cannot be recorded: ${error.message}.`;
    throw usageError('not-recordable', headline, { ...error.facts }, 'Correct the value.');
  }
}

/** Whether each number is still the one that the JSON text said. */
export function isExact(value: unknown): boolean {
  if (typeof value === 'number')
    return Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value));
  if (typeof value !== 'object' || value === null) return true;
  return Object.values(value).every(isExact);
}

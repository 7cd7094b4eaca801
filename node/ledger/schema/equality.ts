/**
 * Equality as JSON Schema has it (draft 2020-12, core, section 4.2.2): numbers by their value, whether they are
 * integers, bigints or floats; maps whatever the order of their keys. Bytes, which JSON has not, by their content.
 */
import { equalBytes, toHex } from '../../../shared/codec/hex.ts';
import { isCborMap } from '../../../shared/codec/structure.ts';
import type { CborValue } from '../../../shared/types/ledger.ts';
import { type Meter, stepsOf } from './meter.ts';

/** Deeper than any value that was decoded; whoever makes one in memory is stopped, and the stack is safe. */
const depthMax = 64;

/** Void if the meter is used up. */
export function equalValues(first: CborValue, second: CborValue, meter: Meter, depth = 0): boolean {
  if (depth > depthMax) meter.exhaust();
  if (!meter.spend(1)) return false;
  if (isNumber(first)) return isNumber(second) && sameNumber(first, second);
  if (typeof first === 'string')
    return first === second && (first.length < 64 || meter.spend(stepsOf(first)));
  if (first instanceof Uint8Array)
    return second instanceof Uint8Array && meter.spend(stepsOf(first)) && equalBytes(first, second);
  if (isList(first)) return isList(second) && equalLists(first, second, meter, depth);
  if (first === null || typeof first === 'boolean') return first === second;
  return isCborMap(first) && isCborMap(second) && equalMaps(first, second, meter, depth);
}

function equalLists(
  first: readonly CborValue[],
  second: readonly CborValue[],
  meter: Meter,
  depth: number,
): boolean {
  if (first.length !== second.length) return false;
  return first.every((item, index) => equalValues(item, second[index]!, meter, depth + 1));
}

type CborMap = { readonly [key: string]: CborValue };

function equalMaps(first: CborMap, second: CborMap, meter: Meter, depth: number): boolean {
  const names = Object.keys(first).sort();
  if (!meter.spend(names.length) || names.length !== Object.keys(second).length) return false;
  return names.every(
    (name) => Object.hasOwn(second, name) && equalValues(first[name]!, second[name]!, meter, depth + 1),
  );
}

/**
 * A text for a value; the same for equal values, and for no others. To find one among many without comparing each
 * with each. Void if the meter is used up.
 */
export function textOfValue(value: CborValue, meter: Meter): string {
  const parts: string[] = [];
  write(value, parts, meter, 0);
  return parts.join('');
}

/** Each part ends where its first character and its length say, so that nothing needs to be escaped. */
function write(value: CborValue, parts: string[], meter: Meter, depth: number): void {
  if (depth > depthMax) meter.exhaust();
  if (!meter.spend(1)) return;
  if (isNumber(value)) parts.push('n', numberText(value), ';');
  else if (typeof value === 'string') writeText('s', value, parts, meter);
  else if (value instanceof Uint8Array) {
    if (meter.spend(stepsOf(value))) writeText('b', toHex(value), parts, meter);
  } else if (isList(value)) {
    parts.push('l', String(value.length), ':');
    for (const item of value) write(item, parts, meter, depth + 1);
  } else if (isCborMap(value)) {
    const names = Object.keys(value).sort();
    if (!meter.spend(names.length)) return;
    parts.push('m', String(names.length), ':');
    for (const name of names) {
      writeText('k', name, parts, meter);
      write(value[name]!, parts, meter, depth + 1);
    }
  } else parts.push(value === null ? '0' : value ? 't' : 'f');
}

function writeText(kind: string, text: string, parts: string[], meter: Meter): void {
  if (meter.spend(stepsOf(text))) parts.push(kind, String(text.length), ':', text);
}

/** Integral floats beyond 2^53 are the integers that they stand for; the digits of others name one float each. */
function numberText(value: number | bigint): string {
  return typeof value === 'number' && Number.isInteger(value) ? BigInt(value).toString() : value.toString();
}

/** Between a bigint and a float JavaScript compares values exactly. */
// biome-ignore lint/suspicious/noDoubleEquals: 2n ** 60n and the float 2 ** 60 are one number
const sameNumber = (first: number | bigint, second: number | bigint): boolean => first == second;

export const isNumber = (value: CborValue): value is number | bigint =>
  typeof value === 'number' || typeof value === 'bigint';

export const isList = (value: CborValue): value is readonly CborValue[] => Array.isArray(value);

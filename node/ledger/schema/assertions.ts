/** Keywords that look at one value alone. Each tells what it expected of a value that has it not. */
import { type CborMap, isCborMap } from '../../../shared/codec/structure.ts';
import type { CborValue } from '../../../shared/types/ledger.ts';
import { equalValues, isList, isNumber, textOfValue } from './equality.ts';
import { shownName, type TypeName } from './keywords.ts';
import { type Meter, stepsOf } from './meter.ts';

/** undefined if the value has it, or is of a type that the keyword is not about. Void if the meter is used up. */
type Assertion = (argument: CborValue, value: CborValue, meter: Meter) => string | undefined;

const isOfType: { readonly [type in TypeName]: (value: CborValue) => boolean } = {
  null: (value) => value === null,
  boolean: (value) => typeof value === 'boolean',
  /** Whatever its encoding: an integral float beyond 2^53 is one, too. */
  integer: (value) => typeof value === 'bigint' || Number.isInteger(value),
  number: isNumber,
  string: (value) => typeof value === 'string',
  array: isList,
  object: isCborMap,
};

const typesOf = (argument: CborValue): readonly TypeName[] =>
  (isList(argument) ? argument : [argument]) as readonly TypeName[];

const limitOf =
  (isWithin: (value: number | bigint, limit: number | bigint) => boolean, relation: string): Assertion =>
  (limit, value) =>
    !isNumber(value) || isWithin(value, limit as number | bigint)
      ? undefined
      : `a number ${relation} ${limit}`;

/** How many a value of this kind has; undefined for a value of another kind. */
type Count = (value: CborValue, meter: Meter) => number | undefined;

const characters: Count = (value, meter) => {
  if (typeof value !== 'string') return undefined;
  return meter.spend(stepsOf(value)) ? codePoints(value) : 0;
};
const items: Count = (value) => (isList(value) ? value.length : undefined);
const properties: Count = (value, meter) => {
  if (!isCborMap(value)) return undefined;
  const { length } = Object.keys(value);
  return meter.spend(length) ? length : 0;
};

const atLeast =
  (count: Count, unit: string): Assertion =>
  (least, value, meter) => {
    const found = count(value, meter);
    return found === undefined || found >= (least as number) ? undefined : `at least ${least} ${unit}`;
  };
const atMost =
  (count: Count, unit: string): Assertion =>
  (most, value, meter) => {
    const found = count(value, meter);
    return found === undefined || found <= (most as number) ? undefined : `at most ${most} ${unit}`;
  };

/** Characters as JSON counts them (RFC 8259): a pair of surrogates is one. */
function codePoints(text: string): number {
  let count = text.length;
  for (let i = 1; i < text.length; i++) {
    const isLow = text.charCodeAt(i) >= 0xdc00 && text.charCodeAt(i) <= 0xdfff;
    const isAfterHigh = text.charCodeAt(i - 1) >= 0xd800 && text.charCodeAt(i - 1) <= 0xdbff;
    if (isLow && isAfterHigh) count -= 1;
  }
  return count;
}

function required(names: readonly string[], value: CborMap, meter: Meter): string | undefined {
  if (!meter.spend(names.length)) return undefined;
  const missing = names.find((name) => !Object.hasOwn(value, name));
  return missing === undefined ? undefined : `the property ${shownName(missing)}`;
}

const table: { readonly [keyword: string]: Assertion } = {
  type: (argument, value) => {
    const wanted = typesOf(argument);
    return wanted.some((type) => isOfType[type](value)) ? undefined : wanted.join(' or ');
  },
  const: (argument, value, meter) =>
    equalValues(argument, value, meter) ? undefined : `the value ${shownValue(argument)}`,
  enum: (argument, value, meter) => {
    const wanted = argument as readonly CborValue[];
    return wanted.some((one) => equalValues(one, value, meter)) ? undefined : shownValues(wanted);
  },

  minimum: limitOf((value, limit) => value >= limit, '≥'),
  exclusiveMinimum: limitOf((value, limit) => value > limit, '>'),
  maximum: limitOf((value, limit) => value <= limit, '≤'),
  exclusiveMaximum: limitOf((value, limit) => value < limit, '<'),
  multipleOf: (divisor, value) =>
    !isNumber(value) || isMultiple(value, divisor as number) ? undefined : `a multiple of ${divisor}`,

  minLength: atLeast(characters, 'characters'),
  maxLength: atMost(characters, 'characters'),
  minItems: atLeast(items, 'items'),
  maxItems: atMost(items, 'items'),
  minProperties: atLeast(properties, 'properties'),
  maxProperties: atMost(properties, 'properties'),

  uniqueItems: (argument, value, meter) => {
    if (argument !== true || !isList(value)) return undefined;
    const seen = new Set<string>();
    for (const item of value) {
      const text = textOfValue(item, meter);
      if (meter.isExhausted) return undefined;
      if (seen.has(text)) return 'items that all differ';
      seen.add(text);
    }
    return undefined;
  },

  required: (argument, value, meter) =>
    isCborMap(value) ? required(argument as readonly string[], value, meter) : undefined,
  dependentRequired: (argument, value, meter) => {
    if (!isCborMap(value)) return undefined;
    for (const name of Object.keys(argument as CborMap).sort()) {
      if (!meter.spend(1)) return undefined;
      if (!Object.hasOwn(value, name)) continue;
      const missing = required((argument as CborMap)[name] as readonly string[], value, meter);
      if (missing !== undefined || meter.isExhausted)
        return missing && `${missing} beside ${shownName(name)}`;
    }
    return undefined;
  },
};

export const assertions: ReadonlyMap<string, Assertion> = new Map(Object.entries(table));

/** In whole numbers: the remainder of a float beyond 2^53 by an integer is exact then. */
function isMultiple(value: number | bigint, divisor: number): boolean {
  if (typeof value === 'number' && !Number.isInteger(value)) return false;
  return BigInt(value) % BigInt(divisor) === 0n;
}

/** Values of a schema in an answer: short and plain ones alone. */
function shownValue(value: CborValue): string {
  if (typeof value === 'string') return shownName(value) === '?' ? 'of the schema' : `"${value}"`;
  return isList(value) || isCborMap(value) ? 'of the schema' : String(value);
}

function shownValues(values: readonly CborValue[]): string {
  const shown = values.map(shownValue).join(', ');
  const isPlain = shown.length <= 200 && !shown.includes('of the schema');
  return isPlain ? `one of ${shown}` : `one of the ${values.length} values of the schema`;
}

/**
 * Checks a value against a schema that passed check-schema.ts: total, deterministic, and bounded by the meter and by
 * the depth. The first fault is told, keywords in the order of their names, properties likewise, items as they stand.
 *
 * Values are CBOR: integers, bigints and floats are numbers of JSON and compare by value, maps are objects. Bytes
 * are of no type that JSON has: every `type` refuses them, and no `enum` or `const` equals them.
 */
import { type CborMap, isCborMap } from '../../../shared/codec/structure.ts';
import type { CborValue } from '../../../shared/types/ledger.ts';
import { limits } from '../limits.ts';
import { assertions } from './assertions.ts';
import { targetOf } from './check-schema.ts';
import { isList } from './equality.ts';
import { shownName } from './keywords.ts';
import type { Meter } from './meter.ts';

export interface Violation {
  /** JSON Pointer into the value (RFC 6901); names that are not short and plain are shown as `?`. */
  readonly path: string;
  readonly keyword: string;
  readonly expected: string;
}

/** Schemas inside one another: of the levels that a decoded value has at most, each meets as many as one may. */
const depthMax = 32 * limits.schemaNestingMax;

/** Where an evaluation stands. The path is put together only when a fault is told. */
interface Place {
  readonly root: CborValue;
  readonly meter: Meter;
  readonly depth: number;
  readonly parent?: Place;
  readonly name?: string | number;
}

type Fault = { readonly place: Place; readonly keyword: string; readonly expected: string };
/** Void if the meter is used up: whoever asked for it returns at once. */
type Finding = Fault | undefined;
type Applicator = (place: Place, argument: CborValue, value: CborValue, schema: CborMap) => Finding;

/** undefined if the value has what the schema asks for. The meter is charged. */
export function violationOf(
  schema: CborValue,
  value: CborValue,
  meter: Meter,
): Violation | 'steps-exceeded' | undefined {
  const fault = apply({ root: schema, meter, depth: 0 }, schema, value);
  if (meter.isExhausted) return 'steps-exceeded';
  return fault && { path: pathOf(fault.place), keyword: fault.keyword, expected: fault.expected };
}

function pathOf({ parent, name }: Place): string {
  if (parent === undefined) return '';
  const before = pathOf(parent);
  return name === undefined ? before : `${before}/${typeof name === 'number' ? name : shownName(name)}`;
}

function apply(around: Place, schema: CborValue, value: CborValue, name?: string | number): Finding {
  const { root, meter, depth } = around;
  const place: Place = {
    root,
    meter,
    depth: depth + 1,
    parent: around,
    ...(name === undefined ? {} : { name }),
  };
  if (depth >= depthMax) meter.exhaust();
  if (!meter.spend(1)) return undefined;
  if (schema === false) return fault(place, 'false', 'nothing here');
  if (!isCborMap(schema)) return undefined;
  const names = Object.keys(schema).sort();
  if (!meter.spend(names.length)) return undefined;
  for (const keyword of names) {
    const found = applyKeyword(place, keyword, value, schema);
    if (found !== undefined || meter.isExhausted) return found;
  }
  return undefined;
}

function applyKeyword(place: Place, keyword: string, value: CborValue, schema: CborMap): Finding {
  const argument = schema[keyword]!;
  const expected = assertions.get(keyword)?.(argument, value, place.meter);
  if (expected !== undefined) return fault(place, keyword, expected);
  return applicators.get(keyword)?.(place, argument, value, schema);
}

const fault = (place: Place, keyword: string, expected: string): Fault => ({ place, keyword, expected });

/** Whether the value has what the schema asks for; void if the meter is used up. */
const isValid = (place: Place, schema: CborValue, value: CborValue): boolean =>
  apply(place, schema, value) === undefined;

/** How many of the schemas the value meets, counting up to `enough`. */
function countValid(place: Place, schemas: CborValue, value: CborValue, enough: number): number {
  let valid = 0;
  for (const schema of schemas as readonly CborValue[]) {
    if (isValid(place, schema, value)) valid += 1;
    if (valid >= enough || place.meter.isExhausted) break;
  }
  return valid;
}

/** The first fault of what is applied in turn. */
function first<Item>(place: Place, items: Iterable<Item>, find: (item: Item) => Finding): Finding {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined || place.meter.isExhausted) return found;
  }
  return undefined;
}

/** Sorted; charged for. None if the value is no map. */
function namesOf(place: Place, value: CborValue): readonly string[] {
  if (!isCborMap(value)) return [];
  const names = Object.keys(value);
  return place.meter.spend(names.length) ? names.sort() : [];
}

const oneOfMany = (schemas: CborValue): string => `of ${(schemas as readonly CborValue[]).length} schemas`;

const table: { readonly [keyword: string]: Applicator } = {
  $ref: (place, ref, value) => apply(place, targetOf(place.root, ref as string)!, value),

  allOf: (place, schemas, value) =>
    first(place, schemas as readonly CborValue[], (schema) => apply(place, schema, value)),
  anyOf: (place, schemas, value) =>
    countValid(place, schemas, value, 1) > 0
      ? undefined
      : fault(place, 'anyOf', `at least one ${oneOfMany(schemas)}`),
  oneOf: (place, schemas, value) =>
    countValid(place, schemas, value, 2) === 1
      ? undefined
      : fault(place, 'oneOf', `exactly one ${oneOfMany(schemas)}`),
  not: (place, schema, value) =>
    isValid(place, schema, value)
      ? fault(place, 'not', 'what the schema of not does not describe')
      : undefined,
  if: (place, condition, value, schema) => {
    const branch = isValid(place, condition, value) ? 'then' : 'else';
    if (!Object.hasOwn(schema, branch)) return undefined;
    return apply(place, schema[branch]!, value);
  },
  dependentSchemas: (place, schemas, value) =>
    first(place, namesOf(place, schemas), (name) =>
      isCborMap(value) && Object.hasOwn(value, name)
        ? apply(place, (schemas as CborMap)[name]!, value)
        : undefined,
    ),

  properties: (place, schemas, value) =>
    first(place, namesOf(place, value), (name) =>
      Object.hasOwn(schemas as CborMap, name)
        ? apply(place, (schemas as CborMap)[name]!, (value as CborMap)[name]!, name)
        : undefined,
    ),
  additionalProperties: (place, schema, value, { properties = {} }) =>
    first(place, namesOf(place, value), (name) => {
      if (Object.hasOwn(properties as CborMap, name)) return undefined;
      const found = apply(place, schema, (value as CborMap)[name]!, name);
      return found !== undefined && schema === false
        ? { ...found, keyword: 'additionalProperties', expected: 'no property besides those of the schema' }
        : found;
    }),
  propertyNames: (place, schema, value) =>
    first(place, namesOf(place, value), (name) => apply(place, schema, name, name)),

  prefixItems: (place, schemas, value) => {
    if (!isList(value)) return undefined;
    const described = (schemas as readonly CborValue[]).slice(0, value.length);
    return first(place, described.entries(), ([index, schema]) => apply(place, schema, value[index]!, index));
  },
  items: (place, schema, value, { prefixItems = [] }) => {
    if (!isList(value)) return undefined;
    const from = (prefixItems as readonly CborValue[]).length;
    return first(place, value.entries(), ([index, item]) =>
      index < from ? undefined : apply(place, schema, item, index),
    );
  },
  contains: (place, schema, value, { minContains = 1, maxContains = Number.POSITIVE_INFINITY }) => {
    if (!isList(value)) return undefined;
    let count = 0;
    for (const item of value) {
      if (isValid(place, schema, item)) count += 1;
      if (place.meter.isExhausted) return undefined;
    }
    if (count > (maxContains as number))
      return fault(place, 'maxContains', `at most ${maxContains} items that contains describes`);
    if (count >= (minContains as number)) return undefined;
    return fault(place, 'contains', `at least ${minContains} items that contains describes`);
  },
};

const applicators: ReadonlyMap<string, Applicator> = new Map(Object.entries(table));

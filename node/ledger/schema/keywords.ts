/**
 * The keywords of JSON Schema 2020-12 that event schemas have, and the form of each. Every other one is refused by
 * name when the schema is set: a keyword that is not checked would promise what nobody keeps. Regular expressions
 * (`pattern`, `patternProperties`, `format`) have no bound in time that all engines share.
 */
import { type CborMap, isCborMap } from '../../../shared/codec/structure.ts';
import type { CborValue } from '../../../shared/types/ledger.ts';
import { isNumber } from './equality.ts';

/** What is wrong with the value of a keyword, in words: what was expected. */
type KeywordForm = (value: CborValue) => string | undefined;

export interface Keyword {
  readonly form: KeywordForm;
  /** Where schemas stand in its value. */
  readonly schemas?: 'one' | 'list' | 'map';
  /** Its schemas are checked against the very value that the schema around it is checked against. */
  readonly isInPlace?: true;
}

/** The dialect; naming it is optional, another one is refused. */
const dialect = 'https://json-schema.org/draft/2020-12/schema';

export const types = ['null', 'boolean', 'integer', 'number', 'string', 'array', 'object'] as const;
export type TypeName = (typeof types)[number];

/** Names of `$defs`; nothing in them needs to be escaped in a reference. */
const definitionName = /^[A-Za-z0-9._-]{1,64}$/;
const reference = /^#(?:\/\$defs\/([A-Za-z0-9._-]{1,64}))?$/;

/** The name in `$defs` that a reference of the right form means; undefined for `#`, the whole schema. */
export function definitionOf(ref: string): string | undefined {
  return reference.exec(ref)?.[1];
}

const anyValue: KeywordForm = (value) =>
  hasBytes(value) ? 'a value that JSON has, without bytes' : undefined;
const isText: KeywordForm = (value) => (typeof value === 'string' ? undefined : 'text');
const isTrueOrFalse: KeywordForm = (value) => (typeof value === 'boolean' ? undefined : 'true or false');
const count: KeywordForm = (value) =>
  Number.isSafeInteger(value) && (value as number) >= 0 ? undefined : 'an integer from 0 to 2^53−1';
const number: KeywordForm = (value) => (isNumber(value) ? undefined : 'a number');
const values: KeywordForm = (value) =>
  Array.isArray(value) && value.length > 0 ? anyValue(value) : 'a list of at least one value';
const names: KeywordForm = (value) => (isListOfNames(value) ? undefined : 'a list of names, each once');
const schema: KeywordForm = () => undefined;
const schemas: KeywordForm = (value) =>
  Array.isArray(value) && value.length > 0 ? undefined : 'a list of at least one schema';
const namedSchemas: KeywordForm = (value) => (isCborMap(value) ? undefined : 'a map of schemas');

/** Of floats the decimal digits and the value differ, so fractions have no multiples that people would expect. */
const multiple: KeywordForm = (value) =>
  Number.isSafeInteger(value) && (value as number) > 0 ? undefined : 'an integer from 1 to 2^53−1';

const typeNames: KeywordForm = (value) => {
  const isKnown = (one: CborValue): boolean => types.includes(one as TypeName);
  const isFine = isListOfNames(value) ? value.length > 0 && value.every(isKnown) : isKnown(value);
  return isFine ? undefined : `one or several of ${types.join(', ')}`;
};

const dependencies: KeywordForm = (value) =>
  isCborMap(value) && Object.values(value).every(isListOfNames)
    ? undefined
    : 'a map of lists of names, each once';

const definitions: KeywordForm = (value) =>
  isCborMap(value) && Object.keys(value).every((name) => definitionName.test(name))
    ? undefined
    : 'a map of schemas under names of 1 to 64 of A-Z, a-z, 0-9, ., _ and -';

const inPlace = { form: schema, schemas: 'one', isInPlace: true } as const;
const annotation = { form: anyValue } as const;

/** The forms of references and of `$defs` hold at the root alone; check-schema.ts sees to that, and that they meet. */
const table: { readonly [name: string]: Keyword } = {
  $schema: { form: (value) => (value === dialect ? undefined : dialect) },
  $id: { form: isText },
  $defs: { form: definitions, schemas: 'map' },
  $ref: {
    form: (value) =>
      typeof value === 'string' && reference.test(value)
        ? undefined
        : '# or #/$defs/NAME, a place in this schema',
    isInPlace: true,
  },

  $comment: { form: isText },
  title: { form: isText },
  description: { form: isText },
  default: annotation,
  examples: annotation,
  deprecated: annotation,
  readOnly: annotation,
  writeOnly: annotation,

  type: { form: typeNames },
  enum: { form: values },
  const: { form: anyValue },

  minimum: { form: number },
  exclusiveMinimum: { form: number },
  maximum: { form: number },
  exclusiveMaximum: { form: number },
  multipleOf: { form: multiple },

  minLength: { form: count },
  maxLength: { form: count },

  prefixItems: { form: schemas, schemas: 'list' },
  items: { form: schema, schemas: 'one' },
  contains: { form: schema, schemas: 'one' },
  minContains: { form: count },
  maxContains: { form: count },
  minItems: { form: count },
  maxItems: { form: count },
  uniqueItems: { form: isTrueOrFalse },

  properties: { form: namedSchemas, schemas: 'map' },
  additionalProperties: { form: schema, schemas: 'one' },
  propertyNames: { form: schema, schemas: 'one' },
  required: { form: names },
  dependentRequired: { form: dependencies },
  minProperties: { form: count },
  maxProperties: { form: count },

  allOf: { form: schemas, schemas: 'list', isInPlace: true },
  anyOf: { form: schemas, schemas: 'list', isInPlace: true },
  oneOf: { form: schemas, schemas: 'list', isInPlace: true },
  dependentSchemas: { form: namedSchemas, schemas: 'map', isInPlace: true },
  not: inPlace,
  if: inPlace,
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
  then: inPlace,
  else: inPlace,
};

export const keywords: ReadonlyMap<string, Keyword> = new Map(Object.entries(table));

/** The schemas that a keyword holds, each with its way below the keyword. */
export function schemasIn({ schemas: where }: Keyword, value: CborValue): readonly [string, CborValue][] {
  if (where === 'one') return [['', value]];
  if (where === 'list') return (value as readonly CborValue[]).map((one, index) => [`/${index}`, one]);
  if (where !== 'map') return [];
  const map = value as CborMap;
  return Object.keys(map)
    .sort()
    .map((name) => [`/${shownName(name)}`, map[name]!]);
}

/** A stranger's name in a path: shown if it is short and plain, since outcomes keep what is shown. */
export const shownName = (name: string): string => (/^[A-Za-z0-9_$.-]{1,64}$/.test(name) ? name : '?');

function isListOfNames(value: CborValue): value is readonly string[] {
  return (
    Array.isArray(value) &&
    value.every((name) => typeof name === 'string') &&
    new Set(value).size === value.length
  );
}

function hasBytes(value: CborValue): boolean {
  if (value instanceof Uint8Array) return true;
  if (typeof value !== 'object' || value === null) return false;
  return Object.values(value).some(hasBytes);
}

/**
 * A form from what the members ask of a stream's events (docs/schemas.md): the types that an event may have, and the
 * members of its data, where the schema says them plainly. Anything else is written as JSON, and whatever the form lets
 * through the validators judge.
 */

export interface DataField {
  readonly name: string;
  readonly kind: 'text' | 'integer' | 'number' | 'choice' | 'boolean';
  readonly choices: readonly string[];
  readonly isRequired: boolean;
  /** From title, description and bounds; empty if the schema says nothing. */
  readonly hint: string;
}

export interface SchemaForm {
  /** Absent if the schema does not list them. */
  readonly types?: readonly string[];
  /** Absent if the data can only be written as JSON. */
  readonly fields?: readonly DataField[];
}

type Json = { readonly [name: string]: unknown };

const isMap = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const areTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === 'string');

/** What says of a map no more than which members it has. */
const plainKeywords: ReadonlySet<string> = new Set([
  ...['type', 'properties', 'required', 'additionalProperties', 'title', 'description', '$comment'],
  ...['minProperties', 'maxProperties', 'default', 'examples'],
]);

export function schemaForm(schema: unknown): SchemaForm {
  if (!isMap(schema) || !isMap(schema.properties)) return {};
  const { type, data } = schema.properties;
  const types = typesOf(type);
  const fields = fieldsOf(data);
  return { ...(types && { types }), ...(fields && { fields }) };
}

function typesOf(type: unknown): readonly string[] | undefined {
  if (!isMap(type)) return undefined;
  if (typeof type.const === 'string') return [type.const];
  return areTexts(type.enum) ? type.enum : undefined;
}

function fieldsOf(data: unknown): readonly DataField[] | undefined {
  if (!isMap(data) || data.type !== 'object' || !isMap(data.properties)) return undefined;
  if (Object.keys(data).some((keyword) => !plainKeywords.has(keyword))) return undefined;
  const required = Array.isArray(data.required) ? data.required : [];
  const fields = Object.entries(data.properties).map(([name, one]) =>
    fieldOf(name, one, required.includes(name)),
  );
  const plain = fields.filter((field) => field !== undefined);
  return plain.length === fields.length && plain.length > 0 ? plain : undefined;
}

function fieldOf(name: string, schema: unknown, isRequired: boolean): DataField | undefined {
  if (!isMap(schema)) return undefined;
  const base = { name, isRequired, hint: hintOf(schema) };
  if (areTexts(schema.enum)) return { ...base, kind: 'choice', choices: schema.enum };
  switch (schema.type) {
    case 'string':
      return { ...base, kind: 'text', choices: [] };
    case 'integer':
    case 'number':
      return { ...base, kind: schema.type, choices: [] };
    case 'boolean':
      return { ...base, kind: 'boolean', choices: ['true', 'false'] };
    default:
      return undefined;
  }
}

const bounds: readonly (readonly [keyword: string, words: string])[] = [
  ['minimum', 'at least'],
  ['exclusiveMinimum', 'above'],
  ['maximum', 'at most'],
  ['exclusiveMaximum', 'below'],
  ['multipleOf', 'a multiple of'],
  ['minLength', 'characters at least:'],
  ['maxLength', 'characters at most:'],
];

function hintOf(schema: Json): string {
  const said = [schema.title, schema.description].filter((text) => typeof text === 'string');
  const bounded = bounds.flatMap(([keyword, words]) =>
    schema[keyword] === undefined ? [] : [`${words} ${String(schema[keyword])}`],
  );
  return [...said, ...bounded].join('; ');
}

export type Typed = { readonly [name: string]: string };
export type TypedResult =
  | { readonly ok: true; readonly data: { readonly [name: string]: string | number | boolean } }
  | { readonly ok: false; readonly problems: Typed };

/** What was typed as the data of an event; what is empty and not asked for is left out. */
export function dataOf(fields: readonly DataField[], typed: Typed): TypedResult {
  const data: { [name: string]: string | number | boolean } = {};
  const problems: { [name: string]: string } = {};
  for (const field of fields) {
    const text = typed[field.name] ?? '';
    if (text === '' && !field.isRequired) continue;
    const value = typedValue(field, text);
    if (value === undefined)
      problems[field.name] = text === '' ? 'The members ask for it.' : wrong[field.kind];
    else data[field.name] = value;
  }
  return Object.keys(problems).length > 0 ? { ok: false, problems } : { ok: true, data };
}

const wrong: { readonly [kind in DataField['kind']]: string } = {
  text: 'This is not text.',
  integer: 'A whole number up to 2^53−1.',
  number: 'A number, such as 2.5.',
  choice: 'One of those that are offered.',
  boolean: 'True or false.',
};

function typedValue({ kind, choices }: DataField, text: string): string | number | boolean | undefined {
  switch (kind) {
    case 'text':
      return text === '' ? undefined : text;
    case 'integer':
      return /^-?(0|[1-9][0-9]*)$/.test(text) && Number.isSafeInteger(Number(text))
        ? Number(text)
        : undefined;
    case 'number':
      return /^-?[0-9]+(\.[0-9]+)?$/.test(text) ? Number(text) : undefined;
    case 'choice':
      return choices.includes(text) ? text : undefined;
    case 'boolean':
      return choices.includes(text) ? text === 'true' : undefined;
  }
}

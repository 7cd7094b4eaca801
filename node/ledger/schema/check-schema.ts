/**
 * Whether a value is a schema of the declared subset (keywords.ts). What passes can be evaluated on any value: all
 * references meet, and none comes back to a schema without having gone into the value.
 */
import { encode } from '../../../shared/codec/dag-cbor.ts';
import { type CborMap, isCborMap } from '../../../shared/codec/structure.ts';
import type { CborValue } from '../../../shared/types/ledger.ts';
import { limits } from '../limits.ts';
import type { SchemaFault } from '../schema-rejections.ts';
import { definitionOf, keywords, schemasIn, shownName } from './keywords.ts';

interface Found {
  readonly schema: CborMap;
  /** JSON Pointer; empty for the whole. */
  readonly path: string;
}

/** undefined if it is one. `schema` can be encoded: it was decoded, or came from JSON. */
export function schemaFault(schema: CborValue): SchemaFault | undefined {
  const bytes = encode(schema).length;
  if (bytes > limits.schemaBytesMax) {
    return { code: 'schema-too-large', facts: { bytes, bytesMax: limits.schemaBytesMax } };
  }
  const all: Found[] = [];
  return collect(schema, '', all) ?? referenceFault(schema, all) ?? nestingFault(schema, all);
}

/** Checks the form of each schema inside, and lists those that are maps. Encoding has bounded how deep they go. */
function collect(schema: CborValue, path: string, all: Found[]): SchemaFault | undefined {
  if (typeof schema === 'boolean') return undefined;
  if (!isCborMap(schema)) return malformed(path, '', 'a schema: a map, true or false');
  all.push({ schema, path });
  for (const name of Object.keys(schema).sort()) {
    const fault = keywordFault(name, schema[name]!, path, all);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function keywordFault(name: string, value: CborValue, path: string, all: Found[]): SchemaFault | undefined {
  const keyword = keywords.get(name);
  if (keyword === undefined) {
    return { code: 'schema-keyword-unsupported', facts: { path, keyword: shownName(name) } };
  }
  if (path !== '' && (name === '$defs' || name === '$id' || name === '$schema')) {
    return malformed(path, name, 'this keyword in the outermost schema only');
  }
  const expected = keyword.form(value);
  if (expected !== undefined) return malformed(path, name, expected);
  for (const [way, inner] of schemasIn(keyword, value)) {
    const fault = collect(inner, `${path}/${name}${way}`, all);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function referenceFault(root: CborValue, all: readonly Found[]): SchemaFault | undefined {
  const lost = all.find(({ schema }) => hasRef(schema) && targetOf(root, schema.$ref) === undefined);
  return lost && malformed(lost.path, '$ref', 'the name of a schema in $defs');
}

const hasRef = (schema: CborMap): schema is CborMap & { readonly $ref: string } =>
  Object.hasOwn(schema, '$ref');

/** The schema that a reference of the right form means. */
export function targetOf(root: CborValue, ref: string): CborValue | undefined {
  const name = definitionOf(ref);
  if (name === undefined) return root;
  const definitions = isCborMap(root) && Object.hasOwn(root, '$defs') ? root.$defs : undefined;
  if (definitions === undefined || !isCborMap(definitions)) return undefined;
  return Object.hasOwn(definitions, name) ? definitions[name] : undefined;
}

/**
 * Schemas that one value meets one inside the other, by references and `allOf` and the like: bounded, and with them
 * how deep an evaluation goes. A circle has no bound.
 */
function nestingFault(root: CborValue, all: readonly Found[]): SchemaFault | undefined {
  const nested = nestings(root);
  const deep = all.find(({ schema }) => nested(schema) > limits.schemaNestingMax);
  if (deep === undefined) return undefined;
  const expected = `at most ${limits.schemaNestingMax} schemas inside one another for the same value, and no circle of references`;
  return malformed(deep.path, hasRef(deep.schema) ? '$ref' : '', expected);
}

/** How many schemas meet a value that meets this one, one inside the other. Each is counted once. */
function nestings(root: CborValue): (schema: CborValue) => number {
  /** Infinite while it is being counted: whoever comes back to it then is in a circle. */
  const known = new Map<CborMap, number>();
  function nested(schema: CborValue): number {
    if (!isCborMap(schema)) return 1;
    const before = known.get(schema);
    if (before !== undefined) return before;
    known.set(schema, Number.POSITIVE_INFINITY);
    const most = 1 + Math.max(0, ...inPlaceSchemas(root, schema).map(nested));
    known.set(schema, most);
    return most;
  }
  return nested;
}

function inPlaceSchemas(root: CborValue, schema: CborMap): readonly CborValue[] {
  const target = hasRef(schema) ? targetOf(root, schema.$ref) : undefined;
  const inside = Object.keys(schema).flatMap((name) => {
    const keyword = keywords.get(name);
    if (keyword?.isInPlace !== true) return [];
    return schemasIn(keyword, schema[name]!).map(([, inner]) => inner);
  });
  return target === undefined ? inside : [target, ...inside];
}

function malformed(path: string, keyword: string, expected: string): SchemaFault {
  return { code: 'schema-malformed', facts: { path, keyword, expected } };
}

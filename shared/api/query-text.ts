/** Typed query members ↔ the text of a URL. Integers and booleans are plain decimal and `true`/`false`. */
import type * as z from 'zod/mini';

type QueryValues = Readonly<Record<string, string | number | boolean | undefined>>;

/** `?a=1&b=x`, or nothing at all. Absent members are left out. */
export function queryText(query: QueryValues): string {
  const parts = Object.entries(query)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`);
  return parts.length === 0 ? '' : `?${parts.join('&')}`;
}

/**
 * Turns the text of each member that the schema has as integer into a number, if it is plain decimal; all else
 * stays text, for the schema to judge. An array (a repeated member) stays too, and is refused by it.
 */
export function typedQuery(
  schema: z.ZodMiniObject,
  text: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const typed: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(text)) {
    // The name is a stranger's: `constructor` is no member of the schema.
    const member = Object.hasOwn(schema.def.shape, name) ? schema.def.shape[name] : undefined;
    const isNumber = typeof value === 'string' && innerType(member) === 'number';
    typed[name] = isNumber && /^(0|[1-9][0-9]{0,15})$/.test(value) ? Number(value) : value;
  }
  return typed;
}

function innerType(schema: z.core.SomeType | undefined): string | undefined {
  let inner = schema as { readonly _zod: { readonly def: InnerDef } } | undefined;
  while (inner?._zod.def.innerType !== undefined) inner = inner._zod.def.innerType;
  return inner?._zod.def.type;
}
interface InnerDef {
  readonly type: string;
  readonly innerType?: { readonly _zod: { readonly def: InnerDef } };
}

/** What an action changes of its subject, fact by fact, as people read it. */

export type FactsJson = { readonly [name: string]: unknown };

/** One of several things that a fact holds: an admin with its key, a payload with its size. */
export interface NamedFact {
  readonly name: string;
  readonly text: string;
  /** The other side has no such thing, or has it otherwise. */
  readonly differs: boolean;
}

export type FactValue = string | readonly NamedFact[];

export interface Difference {
  readonly name: string;
  /** Undefined if there is no such thing. */
  readonly before: FactValue | undefined;
  readonly after: FactValue | undefined;
  readonly differs: boolean;
}

/** Fact by fact, those that differ first. */
export function differences(
  before: FactsJson | undefined,
  after: FactsJson | undefined,
): readonly Difference[] {
  const names = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])];
  const all = names.map((name) => differenceOf(name, before?.[name], after?.[name]));
  return [...all.filter(({ differs }) => differs), ...all.filter(({ differs }) => !differs)];
}

function differenceOf(name: string, before: unknown, after: unknown): Difference {
  const [from, to] = [namedOf(name, before), namedOf(name, after)];
  const differs = jsonOf(before) !== jsonOf(after);
  if (from === undefined && to === undefined)
    return { name, before: textOf(name, before), after: textOf(name, after), differs };
  return {
    name,
    before: before === undefined ? undefined : against(from ?? [], to ?? []),
    after: after === undefined ? undefined : against(to ?? [], from ?? []),
    differs,
  };
}

type Named = Omit<NamedFact, 'differs'>;

const against = (these: readonly Named[], those: readonly Named[]): readonly NamedFact[] =>
  these.map((one) => ({
    ...one,
    differs: !those.some(({ name, text }) => name === one.name && text === one.text),
  }));

/** Undefined if it holds no named things. */
function namedOf(fact: string, value: unknown): readonly Named[] | undefined {
  if (fact === 'admins' && isMap(value))
    return Object.entries(value).map(([name, key]) => ({ name, text: String(key) }));
  if (fact === 'payloads' && Array.isArray(value) && value.every(isMap)) return value.map(payload);
  return undefined;
}

const payload = ({ stream, eventId, size, isErased }: FactsJson): Named => ({
  name: `${stream}, event ${eventId}`,
  text: `${size} bytes${isErased === true ? ', erased' : ''}`,
});

function textOf(fact: string, value: unknown): string | undefined {
  if (value === undefined || typeof value === 'string') return value;
  if (fact === 'more' && Array.isArray(value)) return value.join('/');
  if (fact === 'suspected' && isMap(value)) return suspicion(value);
  return Array.isArray(value) && value.every((one) => typeof one === 'string')
    ? value.join(', ')
    : JSON.stringify(value, undefined, 2);
}

/** `since` a height or a block time, `by` an identity or a proposal, as the ledger records it. */
function suspicion({ reason, since, by }: FactsJson): string {
  const [of, from] = Object.entries(isMap(since) ? since : {})[0] ?? [];
  const when = of === 'time' ? new Date(Number(from)).toISOString() : `block ${String(from)}`;
  const [who = 'nobody', whom = ''] = Object.entries(isMap(by) ? by : {})[0] ?? [];
  return `since ${when}, by ${who} ${String(whom)}: ${String(reason)}`;
}

const jsonOf = (value: unknown): string | undefined => JSON.stringify(value);

const isMap = (value: unknown): value is FactsJson =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

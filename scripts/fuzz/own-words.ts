/**
 * Features of refusals name what was wrong in the product's words. A word that the sender made up must not name one:
 * each further word would count as something new, and what is kept would be replaced by it.
 */

export interface OwnWords {
  /** A name that the product knows stays, any other becomes `?`. */
  name(name: string): string;
  /** Where something is wrong, as `.args.events[2]`: names as they are, numbers as `#`, up to the first made-up name. */
  place(path: string): string;
}

/** @param names that the product knows: members of messages and bodies */
export function ownWords(names: Iterable<string>): OwnWords {
  const known = new Set(names);

  function place(path: string): string {
    const words: string[] = [];
    for (const word of path.split(/[.[\]]+/).filter((part) => part !== '')) {
      const isIndex = words.length > 0 && /^\d+$/.test(word);
      if (!isIndex && !known.has(word)) return [...words, '?'].join('.');
      words.push(isIndex ? '#' : word);
    }
    return words.join('.');
  }

  return { name: (name) => (known.has(name) ? name : '?'), place };
}

/** Names of the members of these values, and of the values within them. */
export function memberNames(values: readonly unknown[]): ReadonlySet<string> {
  const names = new Set<string>();
  const waiting = [...values];
  for (let value = waiting.pop(); value !== undefined; value = waiting.pop()) {
    if (typeof value !== 'object' || value === null || value instanceof Uint8Array) continue;
    if (!Array.isArray(value)) for (const name of Object.keys(value)) names.add(name);
    waiting.push(...Object.values(value).filter((inner) => inner !== undefined));
  }
  return names;
}

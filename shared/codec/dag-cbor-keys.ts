/** The order in which DAG-CBOR has the keys of a map. */

/** Canonical order of map keys: shorter UTF-8 first, then byte by byte. */
export const compareKeys = (a: string, b: string): number =>
  utf8Length(a) - utf8Length(b) || compareCodePoints(a, b);

/** Longer lists go to the engine's own sort. */
const insertionSortMax = 16;

/** In place. Records have few keys, mostly in order already: the engine's sort would allocate more than it sorts. */
export const sortedKeys = (keys: string[]): string[] => {
  if (keys.length > insertionSortMax) return keys.sort(compareKeys);
  for (let end = 1; end < keys.length; end++) {
    const key = keys[end]!;
    let at = end;
    for (; at > 0 && compareKeys(keys[at - 1]!, key) > 0; at--) keys[at] = keys[at - 1]!;
    keys[at] = key;
  }
  return keys;
};

const utf8Length = (text: string): number => {
  let length = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) continue;
    // Each half of a surrogate pair counts 2, four bytes together.
    length += unit < 0x800 || (unit >= 0xd800 && unit < 0xe000) ? 1 : 2;
  }
  return length;
};

/** UTF-8 bytes sort like code points, unlike UTF-16 units: a surrogate sorts above every other unit. */
const compareCodePoints = (a: string, b: string): number => {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return codePointRank(x) - codePointRank(y);
  }
  return a.length - b.length;
};
const codePointRank = (unit: number): number => (unit >= 0xd800 && unit < 0xe000 ? unit + 0x10000 : unit);

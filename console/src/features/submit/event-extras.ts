/** Labels and references of an event, one a line. */

/** `name=value` in each line; undefined if one is no such pair, or a name comes twice. */
export function labelsOf(text: string): { readonly [name: string]: string } | undefined {
  const pairs = linesOf(text).map((line) => /^([^=]+)=(.*)$/s.exec(line));
  if (pairs.some((pair) => pair === null)) return undefined;
  const labels = pairs.map((pair) => [pair?.[1]?.trim() ?? '', pair?.[2]?.trim() ?? ''] as const);
  const names = new Set(labels.map(([name]) => name));
  return names.size === labels.length && !names.has('') ? Object.fromEntries(labels) : undefined;
}

/** `stream@revision`, the id of a transaction, or any text that people understand. */
export const referencesOf = (text: string): readonly string[] => linesOf(text);

const linesOf = (text: string): readonly string[] =>
  text
    .split('\n')
    .map((line) => line.trim().normalize('NFC'))
    .filter((line) => line !== '');

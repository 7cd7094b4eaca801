/** Changes to text by its words and lines: YAML, CSV, JSON lines, PEM, URLs. */
import type { Prng } from '../../node/sim/prng.ts';

const words: readonly string[] = [
  '',
  ' ',
  '\t',
  '\n',
  '\r\n',
  '\u0000',
  '\uFEFF',
  '\u2028',
  '"',
  "'",
  '""',
  '\\',
  ':',
  ': ',
  '- ',
  ',',
  ',,',
  '{',
  '}',
  '[',
  ']',
  '#',
  '&a ',
  '*a',
  '<<: ',
  '!!binary ',
  '!!js/function ',
  '|',
  '>-',
  '---\n',
  '...\n',
  '%YAML 1.2\n',
  '~',
  'null',
  'true',
  '0',
  '-0',
  '-1',
  '1e999',
  '0x7f',
  '0o17',
  '.inf',
  '.nan',
  '99999999999999999999',
  '9007199254740993',
  '2026-01-01',
  '__proto__',
  'constructor',
  'toString',
  '%00',
  '%zz',
  '../',
  '\ud83d',
  'é',
  'e\u0301',
];

type Change = (text: string, random: Prng, other: string) => string;

const pieces = (text: string): string[] => text.split(/(?<=\n)|\b/);
const lines = (text: string): string[] => text.split(/(?<=\n)/);

const changes: readonly Change[] = [
  (text, random) => replaceOne(pieces(text), random, () => random.pick(words)),
  (text, random) => replaceOne(pieces(text), random, (piece) => piece + random.pick(words)),
  (text, random) => replaceOne(pieces(text), random, (piece) => piece.repeat(2 + random.below(30))),
  (text, random) => replaceOne(lines(text), random, () => ''),
  (text, random) => replaceOne(lines(text), random, (line) => line + line),
  (text, random) => replaceOne(lines(text), random, (line) => ' '.repeat(1 + random.below(8)) + line),
  (text, random, other) => replaceOne(lines(text), random, () => random.pick(lines(other)) ?? ''),
  (text, random, other) => replaceOne(pieces(text), random, () => random.pick(pieces(other)) ?? ''),
  (text, random) => text + random.pick(words).repeat(1 + random.below(200)),
];

function replaceOne(parts: readonly string[], random: Prng, change: (part: string) => string): string {
  const index = random.below(parts.length);
  return parts.with(index, change(parts[index] ?? '')).join('');
}

export const mutateText = (text: string, random: Prng, other: string): string =>
  text === '' ? random.pick(words) : random.pick(changes)(text, random, other);

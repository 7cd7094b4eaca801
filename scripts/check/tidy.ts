/**
 * House rules that a compiler does not know: which room may import which, and what the pure rooms may not
 * touch (design: rooms and the direction of imports). Prints each breach as `file:line rule`.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';

interface Breach {
  readonly file: string;
  readonly line: number;
  readonly rule: string;
}

/** Room → rooms it may import besides itself. The longest matching room of a file counts. */
const mayImport: { readonly [room: string]: readonly string[] } = {
  shared: [],
  'node/consensus': ['shared'],
  'node/ledger': ['shared'],
  'node/runtime': ['shared', 'node/consensus', 'node/ledger'],
  'node/crypto': ['shared', 'node/runtime', 'node/consensus', 'node/ledger'],
  'node/files': [],
  'node/storage': ['shared', 'node/runtime', 'node/consensus', 'node/ledger', 'node/files'],
  'node/network': ['shared', 'node/runtime', 'node/consensus', 'node/ledger'],
  'node/gateway': ['shared', 'node/runtime', 'node/consensus', 'node/ledger', 'node/rotation'],
  'node/rotation': ['shared', 'node/runtime', 'node/ledger', 'node/crypto', 'node'],
  'node/signer': ['shared', 'node/runtime', 'node/crypto', 'node/storage'],
  'node/config': ['shared', 'node/runtime', 'node/ledger', 'node/crypto', 'node/files'],
  'node/sim': ['shared', 'node/runtime', 'node/consensus', 'node/ledger'],
  'node/cli': ['shared', 'node'],
  node: ['shared'],
  console: ['shared'],
  scripts: ['shared', 'node'],
};

const pureRooms = ['shared', 'node/consensus', 'node/ledger', 'node/runtime'];
const synchronousRooms = ['node/consensus', 'node/ledger'];

const impure: readonly (readonly [RegExp, string])[] = [
  [/\bDate\b/, 'clock'],
  [/\bperformance\b/, 'clock'],
  [/\b(setTimeout|setInterval|setImmediate|queueMicrotask)\b/, 'timer'],
  [/\bMath\.random\b|\bgetRandomValues\b|\brandomBytes\b/, 'randomness'],
  [/\bprocess\./, 'process'],
  [/\blocaleCompare\b|\bIntl\b|\btoLocale\w+/, 'locale'],
  [/from '(node:[^']+|fs|crypto|path)'/, 'Node module'],
];
const asynchronous = /\b(async|await|Promise)\b/;

const repository = process.cwd();

function sourceFiles(folder: string): string[] {
  return readdirSync(join(repository, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : sourceFiles(path);
    return /\.tsx?$/.test(entry.name) && !entry.name.endsWith('.d.ts') ? [path] : [];
  });
}

const isTest = (file: string): boolean => /\.test\.tsx?$|test-support/.test(file);
const isIn = (file: string, room: string): boolean => file.startsWith(`${room}/`);

function roomOf(file: string): string | undefined {
  const rooms = Object.keys(mayImport).filter((room) => isIn(file, room));
  return rooms.sort((a, b) => b.length - a.length)[0];
}

/** Blanks comments and keeps the line breaks, so that words in prose are no breaches. */
function withoutComments(text: string): string {
  return text
    .replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ' '))
    .replace(/(^|[^:'"`])\/\/.*$/gm, '$1');
}

function importBreach(file: string, line: string): string | undefined {
  const target = /(?:from|import\() ?'(\.[^']+)'/.exec(line)?.[1];
  const room = roomOf(file);
  if (target === undefined || room === undefined) return undefined;
  const imported = normalize(join(dirname(file), target));
  const allowed = [room, ...(mayImport[room] ?? [])];
  // Files directly under node/ (main.ts) assemble everything in node/.
  if (room === 'node') return undefined;
  const importedRoom = roomOf(imported);
  if (importedRoom !== undefined && allowed.includes(importedRoom)) return undefined;
  if (allowed.some((name) => name === 'node' && isIn(imported, name))) return undefined;
  return `${room} must not import ${relative(repository, imported)}`;
}

function breachesOf(file: string): Breach[] {
  const lines = withoutComments(readFileSync(join(repository, file), 'utf8')).split('\n');
  const pure = !isTest(file) && pureRooms.some((room) => isIn(file, room));
  const synchronous = !isTest(file) && synchronousRooms.some((room) => isIn(file, room));
  return lines.flatMap((text, index) => {
    const found: string[] = [];
    const direction = isTest(file) ? undefined : importBreach(file, text);
    if (direction !== undefined) found.push(direction);
    if (pure)
      found.push(
        ...impure.filter(([pattern]) => pattern.test(text)).map(([, name]) => `${name} in a pure room`),
      );
    if (synchronous && asynchronous.test(text)) found.push('async in a room that awaits nothing');
    return found.map((rule) => ({ file, line: index + 1, rule }));
  });
}

/** All breaches in the checkout's own sources. */
export function findBreaches(): readonly Breach[] {
  return ['shared', 'node', 'console', 'scripts'].flatMap(sourceFiles).flatMap(breachesOf);
}

if (process.argv[1]?.endsWith('tidy.js') === true) {
  const breaches = findBreaches();
  for (const { file, line, rule } of breaches) console.error(`${file}:${line} ${rule}`);
  if (breaches.length > 0) process.exit(1);
  console.log('tidy: import directions and bans hold');
}

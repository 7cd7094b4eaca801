import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  digestOfSources,
  digestOfUniverses,
  type RunningCode,
  runningCode,
  simulatedRooms,
} from './sources.ts';

const root = mkdtempSync(join(tmpdir(), 'concordat-sources-'));
afterAll(() => rmSync(root, { recursive: true }));

const compiled: RunningCode = { directory: join(root, 'dist'), ending: '.js' };
const plain: RunningCode = { directory: root, ending: '.ts' };

function write(file: string, content: string): void {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), content);
}

/** What `digest` says before and after `file` changes is not the same. */
function changes(digest: () => string, file: string): boolean {
  const before = digest();
  write(file, `changed at ${before}`);
  return digest() !== before;
}

beforeAll(() => {
  write('package-lock.json', '{}');
  for (const room of simulatedRooms) {
    write(join(room, 'a.ts'), room);
    write(join('dist', room, 'a.js'), room);
  }
});

describe('the digest of universes', () => {
  const ofCompiled = () => digestOfUniverses(root, compiled);
  const ofPlain = () => digestOfUniverses(root, plain);

  it('of a compiled program changes with each compiled file, and with no source', () => {
    for (const room of simulatedRooms) {
      expect(changes(ofCompiled, join('dist', room, 'a.js'))).toBe(true);
      expect(changes(ofCompiled, join(room, 'a.ts'))).toBe(false);
    }
    expect(changes(ofCompiled, 'dist/node/consensus/new.js')).toBe(true);
  });

  it('of sources that run themselves changes with them, and not with what is compiled', () => {
    expect(changes(ofPlain, 'node/runtime/a.ts')).toBe(true);
    expect(changes(ofPlain, 'dist/node/runtime/a.js')).toBe(false);
  });

  it('changes with the packages', () => {
    expect(changes(ofCompiled, 'package-lock.json')).toBe(true);
    expect(changes(ofPlain, 'package-lock.json')).toBe(true);
  });

  it('does not change with the table of mutants, maps and tests', () => {
    for (const file of ['node/sim/mutants/b.js', 'node/sim/a.js.map', 'node/sim/a.test.js'])
      expect(changes(ofCompiled, join('dist', file))).toBe(false);
    expect(changes(ofPlain, 'node/sim/a.test.ts')).toBe(false);
  });
});

it('what the workshop compiles changes with every source, tests and packages included', () => {
  const ofSources = () => digestOfSources(root);
  for (const file of ['node/ledger/a.ts', 'shared/a.test.ts', 'package-lock.json'])
    expect(changes(ofSources, file)).toBe(true);
  expect(changes(ofSources, 'dist/node/ledger/a.js')).toBe(false);
});

it('the code that runs lies above the running file, with its ending', () => {
  expect(runningCode('file:///r/dist/node/sim/mutants/sources.js')).toEqual({
    directory: '/r/dist',
    ending: '.js',
  });
  expect(runningCode('file:///r/node/sim/mutants/sources.ts')).toEqual({ directory: '/r', ending: '.ts' });
});

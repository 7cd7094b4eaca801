import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { checkout, invocationIn } from './invocation.ts';

const main = join(checkout, 'dist', 'node', 'cli', 'main.js');
let outside: string;
beforeEach(() => {
  outside = realpathSync(mkdtempSync(join(tmpdir(), 'concordat-elsewhere-')));
});
afterEach(() => rmSync(outside, { recursive: true }));

test('in the checkout and below it npx finds the command', () => {
  expect(invocationIn(checkout)).toBe('npx concordat');
  expect(invocationIn(join(checkout, 'docs', 'operations'))).toBe('npx concordat');
  const link = join(outside, 'link');
  symlinkSync(checkout, link);
  expect(invocationIn(link)).toBe('npx concordat');
});

test('anywhere else npx would ask the registry: the script is named, by the link that leads to it', () => {
  expect(invocationIn(outside)).toBe(`node ${main}`);
  const script = '/opt/concordat/dist/node/cli/main.js';
  expect(invocationIn(outside, script)).toBe(`node ${script}`);
  expect(invocationIn(outside, '/usr/lib/node_modules/other.js')).toBe(`node ${main}`);
  expect(invocationIn(outside, '/my software/dist/node/cli/main.js')).toBe(
    "node '/my software/dist/node/cli/main.js'",
  );
});

test('another package between the user and the checkout is the one that npx works for', () => {
  const other = join(outside, 'their-app');
  mkdirSync(join(other, 'src'), { recursive: true });
  writeFileSync(join(other, 'package.json'), '{}');
  expect(invocationIn(join(other, 'src'))).toBe(`node ${main}`);
});

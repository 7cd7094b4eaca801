import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writeWhole } from './write-whole.ts';

test('a link under the name of what is being written is replaced, and nothing goes through it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'concordat-whole-'));
  const [file, victim] = [join(folder, 'part.yaml'), join(folder, 'victim')];
  writeFileSync(victim, 'mine');
  symlinkSync(victim, `${file}.${process.pid}.unfinished`);
  writeWhole(file, 'whole');
  expect([readFileSync(file, 'utf8'), readFileSync(victim, 'utf8')]).toEqual(['whole', 'mine']);
  rmSync(folder, { recursive: true });
});

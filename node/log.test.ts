import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { createLog } from './log.ts';

const directory = mkdtempSync(join(tmpdir(), 'concordat-log-'));
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(directory, { recursive: true, force: true });
});

test('a line of its own for each event, with its code and facts', () => {
  const file = join(directory, 'deep', 'log');
  const log = createLog({ validator: 'v1', level: 'info', file });
  log.write('info', 'voting', { view: 3 });
  log.write('debug', 'too-small', {});
  expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ validator: 'v1', code: 'voting', view: 3 });
});

test.runIf(existsSync('/dev/full'))('a full disk is named once, and nothing is thrown', () => {
  const said: string[] = [];
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    said.push(String(text));
    return true;
  });
  const log = createLog({ validator: 'v1', level: 'info', file: '/dev/full' });
  for (let line = 0; line < 3; line += 1) log.write('info', 'voting', { line });
  expect(said.map((line) => JSON.parse(line))).toMatchObject([{ code: 'log-unwritable', file: '/dev/full' }]);
});

test('a place where no file can be made is named', () => {
  const occupied = join(mkdtempSync(join(tmpdir(), 'concordat-log-')), 'file');
  writeFileSync(occupied, '');
  expect(() => createLog({ validator: 'v1', level: 'info', file: join(occupied, 'log') })).toThrow(
    expect.objectContaining({ code: 'file-unopenable' }),
  );
});

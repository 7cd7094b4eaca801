import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type RunRecord, readRunRecord, runRecordName, writeRunRecord } from './last-words.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'words-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const run: RunRecord = { validator: 'alpha', version: '0.1.0', pid: 4711, startedAt: 1_000 };
const file = () => join(directory, runRecordName);

test('the end is written into the room that the start took', () => {
  writeRunRecord(directory, run);
  expect(readRunRecord(directory)).toEqual(run);
  const { size, ino } = statSync(file());
  const ended = { ...run, end: { code: 'disk-full', at: 2_000, facts: { file: 'votes.db' } } };
  writeRunRecord(directory, ended);
  expect(readRunRecord(directory)).toEqual(ended);
  expect(statSync(file())).toMatchObject({ size, ino });
  writeRunRecord(directory, run);
  expect(readRunRecord(directory)).toEqual(run);
});

test('facts that are too many are left out, the code stays', () => {
  const changes = { text: 'x'.repeat(200_000) };
  writeRunRecord(directory, { ...run, end: { code: 'state-divergence', at: 2, facts: changes } });
  expect(readRunRecord(directory)?.end).toEqual({ code: 'state-divergence', at: 2, facts: {} });
  expect(readFileSync(file()).length).toBe(128 * 1024);
});

test.each(['', 'not json', '[]', '{"validator":1}', 'null'])('%j is no record', (text) => {
  writeFileSync(file(), text);
  expect(readRunRecord(directory)).toBeUndefined();
});

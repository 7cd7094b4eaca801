/** The database files of a stopped or killed validator, write-ahead logs included: copied, removed, damaged. */
import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Random } from '../random.ts';

/** SQLite makes the index of a write-ahead log (-shm) anew; the lock holds nothing. */
const isStore = (name: string): boolean => /^(votes|ledger|derived|joining)\.db(-wal)?$/.test(name);
const isLeftover = (name: string): boolean => /\.db-(wal|shm)$/.test(name);

const storesOf = (directory: string): readonly string[] => readdirSync(directory).filter(isStore).sort();

export function copyStores(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const name of storesOf(from)) copyFileSync(join(from, name), join(to, name));
}

export function removeStores(directory: string): void {
  for (const name of readdirSync(directory))
    if (isStore(name) || isLeftover(name)) rmSync(join(directory, name));
}

/** Non-empty ones only. */
const filledStores = (directory: string): readonly string[] =>
  storesOf(directory).filter((name) => statSync(join(directory, name)).size > 0);

/** One random byte of one random file becomes another one. @returns where, for people */
export function flipByte(directory: string, random: Random): string {
  const names = filledStores(directory);
  const name = names[random.below(names.length)]!;
  const bytes = readFileSync(join(directory, name));
  const at = random.below(bytes.length);
  bytes[at] = bytes[at]! ^ (1 + random.below(255));
  writeFileSync(join(directory, name), bytes);
  return `${name} at ${at}`;
}

/** A random write-ahead log ends early. @returns where, for people */
export function truncateWal(directory: string, random: Random): string {
  const names = filledStores(directory).filter((name) => name.endsWith('-wal'));
  const name = names[random.below(names.length)];
  if (name === undefined) return 'no write-ahead log there';
  const { size } = statSync(join(directory, name));
  const kept = random.below(size);
  truncateSync(join(directory, name), kept);
  return `${name} from ${size} to ${kept} bytes`;
}

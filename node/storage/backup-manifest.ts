/**
 * What a backup is: a directory with the ledger file and this manifest, which is written last. Its own digest
 * covers every line of it, so that a damaged one is not mistaken for another backup.
 */
import { createHash } from 'node:crypto';
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { BackupError } from './backup-errors.ts';

export const manifestFileName = 'manifest.json';

const count = z.int().min(0);
const hex32 = z.string().regex(/^[0-9a-f]{64}$/);
const schema = z.strictObject({
  format: z.literal('concordat-backup'),
  version: z.literal(1),
  network: hex32,
  height: count,
  block: hex32,
  stateRoot: hex32,
  createdAt: count,
  software: z.string(),
  files: z
    .array(z.strictObject({ name: z.string(), bytes: count, sha256: hex32 }))
    .min(1)
    .max(16),
});

export interface BackupFile {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

export interface BackupManifest {
  readonly format: 'concordat-backup';
  readonly version: 1;
  /** Network id. */
  readonly network: string;
  /** Highest certified block in it. */
  readonly height: number;
  readonly block: string;
  readonly stateRoot: string;
  /** Milliseconds since 1970, by the clock of the machine that made it. */
  readonly createdAt: number;
  readonly software: string;
  readonly files: readonly BackupFile[];
}

type Sealed = BackupManifest & { readonly digest: string };

const digestOfText = (text: string): string => createHash('sha256').update(text).digest('hex');

export function manifestText(manifest: BackupManifest): string {
  const sealed: Sealed = { ...manifest, digest: digestOfText(JSON.stringify(manifest)) };
  return `${JSON.stringify(sealed, null, 2)}\n`;
}

/** @throws BackupError `not-a-backup`, `backup-damaged`, `backup-too-new` */
export function readManifest(directory: string): BackupManifest {
  const file = join(directory, manifestFileName);
  const value = parsed(file, textOf(file, directory));
  if (value.format !== 'concordat-backup') throw new BackupError('not-a-backup', { directory });
  if (value.version !== 1) {
    throw new BackupError('backup-too-new', { file, version: String(value.version), known: 1 });
  }
  const { digest, ...manifest } = value;
  const actual = digestOfText(JSON.stringify(manifest));
  if (digest !== actual) throw new BackupError('backup-damaged', { file, expected: String(digest), actual });
  const { data, error } = schema.safeParse(manifest);
  if (data === undefined)
    throw new BackupError('backup-damaged', { file, reason: z.prettifyError(error).slice(0, 200) });
  return data;
}

function textOf(file: string, directory: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    // Written last: a backup that was cut short has none.
    throw new BackupError('not-a-backup', { directory }, { cause: error });
  }
}

function parsed(file: string, text: string): { readonly [name: string]: unknown } {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return { ...value };
  } catch (error) {
    throw new BackupError('backup-damaged', { file, reason: String(error) }, { cause: error });
  }
  throw new BackupError('backup-damaged', { file, reason: 'it holds no map' });
}

const chunkBytes = 2 ** 20;

/** SHA-256 of a file, a mebibyte at a time. */
export async function digestFile(file: string, read: (bytes: number) => void): Promise<string> {
  const hash = createHash('sha256');
  const chunk = Buffer.alloc(chunkBytes);
  const descriptor = openSync(file, 'r');
  try {
    for (;;) {
      const length = readSync(descriptor, chunk, 0, chunkBytes, null);
      if (length === 0) return hash.digest('hex');
      hash.update(chunk.subarray(0, length));
      read(length);
      await new Promise((resolve) => setImmediate(resolve));
    }
  } finally {
    closeSync(descriptor);
  }
}

/** Writes a file whole or not at all, so that a crash during `network init` leaves nothing half-made. */
import { closeSync, fsyncSync, openSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

export function writeWhole(file: string, content: Uint8Array | string): void {
  const unfinished = `${file}.${process.pid}.unfinished`;
  writeFileSync(unfinished, content, { flush: true });
  renameSync(unfinished, file);
  const folder = openSync(dirname(file), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

/** Writes a file whole or not at all, so that a crash during `network init` leaves nothing half-made. */
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

export function writeWhole(file: string, content: Uint8Array | string): void {
  const unfinished = `${file}.${process.pid}.unfinished`;
  // Whatever has this name, such as a link that somebody else laid in a shared directory, is not written through.
  rmSync(unfinished, { force: true });
  writeFileSync(unfinished, content, { flag: 'wx', flush: true });
  renameSync(unfinished, file);
  const folder = openSync(dirname(file), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

/** Directories that are made where they are missing. */
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/**
 * Makes a directory and those above it that are missing. Node's own `recursive` asks again without end where a file
 * system says that there is no such place, although the directory above it is there, as /proc does.
 *
 * @param mode of each directory that is made, before the umask
 * @throws what Node says of the first one that cannot be made, with its path
 */
export function makeDirectory(directory: string, mode = 0o777): void {
  const missing: string[] = [];
  for (let path = resolve(directory); !existsSync(path); path = dirname(path)) missing.unshift(path);
  for (const path of missing.length === 0 ? [resolve(directory)] : missing) makeOne(path, mode);
}

function makeOne(path: string, mode: number): void {
  try {
    mkdirSync(path, mode);
  } catch (error) {
    // It was there, or another process has made it meanwhile.
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) throw error;
  }
}

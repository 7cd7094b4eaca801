/** Key files written off the main thread, which goes on voting meanwhile. */
import { Worker } from 'node:worker_threads';
import { KeyFileError, type KeyFileOptions, type writeKeyFile } from './key-files.ts';

export interface KeyWork {
  readonly file: string;
  readonly seed: Uint8Array;
  readonly passphrase: string;
  readonly options: KeyFileOptions;
}

/** As `writeKeyFile`; the compiled worker lies beside this module. */
export const writeKeyFileAside: typeof writeKeyFile = (file, seed, passphrase, options = {}) =>
  new Promise((resolve, reject) => {
    const workerData: KeyWork = { file, seed, passphrase, options };
    const worker = new Worker(new URL('./key-worker.js', import.meta.url), { workerData });
    worker.once('message', () => resolve());
    worker.once('error', (error: Error & { readonly code?: unknown }) =>
      reject(error.code === 'key-file-exists' ? new KeyFileError('key-file-exists', file) : error),
    );
    worker.once('exit', (code) => reject(new Error(`The key could not be written: exit code ${code}`)));
  });

/** A thread that writes one key file: a passphrase takes a second or more of pure computation, in which a node votes. */
import { parentPort, workerData } from 'node:worker_threads';
import { writeKeyFile } from './key-files.ts';
import type { KeyWork } from './key-writer.ts';

const { file, seed, passphrase, options } = workerData as KeyWork;
await writeKeyFile(file, seed, passphrase, options);
parentPort?.postMessage('written');

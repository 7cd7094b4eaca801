/** A thread of the verifier pool: takes packs, answers one byte per item, in order of arrival. */
import { parentPort } from 'node:worker_threads';
import { verifyWithSodium } from './sodium.ts';
import { verifyPack } from './verification-pack.ts';

const port = parentPort;
if (port === null) throw new Error('verifier-worker runs as a worker thread only');
port.on('message', (pack: ArrayBuffer) => {
  const answers = verifyPack(pack, verifyWithSodium);
  port.postMessage(answers.buffer, [answers.buffer]);
});

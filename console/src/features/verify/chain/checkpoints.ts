/** Checkpoints in IndexedDB, one for each network. What is kept here is as trusted as the pinned id beside it. */
import type { Checkpoint } from './protocol.ts';

const database = 'concordat';
const version = 1;
const table = 'chain';

export const readCheckpoint = (network: string): Promise<Checkpoint | undefined> =>
  within('readonly', (checkpoints) => checkpoints.get(network) as IDBRequest<Checkpoint | undefined>);

export const writeCheckpoint = (checkpoint: Checkpoint): Promise<unknown> =>
  within('readwrite', (checkpoints) => checkpoints.put(checkpoint));

export const removeCheckpoint = (network: string): Promise<unknown> =>
  within('readwrite', (checkpoints) => checkpoints.delete(network));

async function within<Result>(
  mode: IDBTransactionMode,
  work: (checkpoints: IDBObjectStore) => IDBRequest<Result>,
): Promise<Result> {
  const opened = await open();
  try {
    const transaction = opened.transaction(table, mode);
    const done = new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(transaction.error ?? new Error('The browser kept nothing.'));
    });
    const result = answerOf(work(transaction.objectStore(table)));
    await done;
    return await result;
  } finally {
    opened.close();
  }
}

function open(): Promise<IDBDatabase> {
  const request = indexedDB.open(database, version);
  request.onupgradeneeded = () => {
    request.result.createObjectStore(table, { keyPath: 'network' });
  };
  return answerOf(request);
}

const answerOf = <Result>(request: IDBRequest<Result>): Promise<Result> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('The browser keeps nothing.'));
  });

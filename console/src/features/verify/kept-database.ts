/** What this browser keeps of verification, in IndexedDB: tables of records with one for each network. */
const database = 'concordat';
/** 1 had no epochs. */
const version = 2;
const tables = ['chain', 'epochs'] as const;
type Table = (typeof tables)[number];

/** Rejects in a browser that keeps nothing. */
export async function within<Result>(
  table: Table,
  mode: IDBTransactionMode,
  work: (records: IDBObjectStore) => IDBRequest<Result>,
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
    const { result: opened } = request;
    for (const table of tables)
      if (!opened.objectStoreNames.contains(table)) opened.createObjectStore(table, { keyPath: 'network' });
  };
  return answerOf(request);
}

const answerOf = <Result>(request: IDBRequest<Result>): Promise<Result> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('The browser keeps nothing.'));
  });

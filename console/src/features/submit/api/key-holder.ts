import { createStore } from '../../../lib/store.ts';
import type {
  CreatedKey,
  KeyCall,
  KeyReply,
  KeyRequest,
  OpenedKey,
  Prepared,
  Signed,
} from '../key-protocol.ts';

/** Public half of the key that is open in the worker; it stays open while the page does. */
export const openedKey = createStore<OpenedKey | undefined>(undefined);

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

let worker: Worker | undefined;
let lastId = 0;
const waiting = new Map<number, Waiting>();

export async function createKey(passphrase: string): Promise<CreatedKey> {
  const created = (await call({ type: 'create', passphrase })) as CreatedKey;
  openedKey.set({ publicKey: created.publicKey });
  return created;
}

export async function openKey(file: string, passphrase: string): Promise<void> {
  openedKey.set((await call({ type: 'open', file, passphrase })) as OpenedKey);
}

export async function forgetKey(): Promise<void> {
  await call({ type: 'forget' });
  openedKey.set(undefined);
}

export const prepare = (fields: Omit<KeyCall & { type: 'prepare' }, 'type'>): Promise<Prepared> =>
  call({ type: 'prepare', ...fields }) as Promise<Prepared>;

/** Signature in base64url over a challenge of this gateway. */
export const signChallenge = (fields: Omit<KeyCall & { type: 'sign-in' }, 'type'>): Promise<string> =>
  call({ type: 'sign-in', ...fields }) as Promise<string>;

/** Signature over a report of what was verified. */
export const signReport = (fields: Omit<KeyCall & { type: 'sign-report' }, 'type'>): Promise<Uint8Array> =>
  call({ type: 'sign-report', ...fields }) as Promise<Uint8Array>;

export const sign = (): Promise<Signed> => call({ type: 'sign' }) as Promise<Signed>;

function call(request: KeyCall): Promise<unknown> {
  worker ??= startWorker();
  const message: KeyRequest = { id: ++lastId, call: request };
  const target = worker;
  return new Promise((resolve, reject) => {
    waiting.set(message.id, { resolve, reject });
    target.postMessage(message);
  });
}

function startWorker(): Worker {
  const started = new Worker(new URL('../../../workers/key.worker.ts', import.meta.url), { type: 'module' });
  started.onmessage = ({ data }: MessageEvent<KeyReply>) => {
    const entry = waiting.get(data.id);
    waiting.delete(data.id);
    if (data.ok) entry?.resolve(data.result);
    else entry?.reject(new Error(data.message));
  };
  started.onerror = ({ message }) => {
    for (const { reject } of waiting.values())
      reject(new Error(message || 'The key worker could not be started.'));
    waiting.clear();
  };
  return started;
}

import { ClientError } from '../../../../../shared/client/client-error.ts';
import type { SealedPayload } from '../../../../../shared/client/payload.ts';
import { createStore } from '../../../lib/store.ts';
import type {
  CreatedKey,
  EncodedBody,
  HandOverFields,
  KeyCall,
  KeyReply,
  KeyRequest,
  OpenedFile,
  OpenedKey,
  OpenedReader,
  Prepared,
  ReviewedHandOver,
  Signed,
  SignedEnvelope,
  SignedHandOver,
} from '../key-protocol.ts';

/** Public half of the key that is open in the worker; it stays open while the page does and its reader is there. */
export const openedKey = createStore<OpenedKey | undefined>(undefined);

/** Public half of the encryption key that is open there. */
export const openedReader = createStore<OpenedReader | undefined>(undefined);

/** Public half of a key for a node whose file was opened; it signs nothing here. */
export const openedSuccessor = createStore<string | undefined>(undefined);

/** What was shown of handing that one over, and not signed yet. */
export const reviewedHandOver = createStore<ReviewedHandOver | undefined>(undefined);

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

/** Either kind. */
export async function openKey(file: string, passphrase: string): Promise<void> {
  const opened = (await call({ type: 'open', file, passphrase })) as OpenedFile;
  if (opened.kind === 'signing') {
    // Whoever signs now reviews it first.
    reviewedHandOver.set(undefined);
    openedKey.set({ publicKey: opened.publicKey });
  } else openedReader.set({ encryptionKey: opened.encryptionKey });
}

export async function forgetKey(): Promise<void> {
  await call({ type: 'forget' });
  openedKey.set(undefined);
  openedReader.set(undefined);
  openedSuccessor.set(undefined);
  reviewedHandOver.set(undefined);
}

/** A key for a node: what is answered is all that there is of it. */
export const createSuccessor = (passphrase: string): Promise<CreatedKey> =>
  call({ type: 'create-successor', passphrase }) as Promise<CreatedKey>;

/** Throws unless the file is that of this key. */
export async function openSuccessor(file: string, passphrase: string, publicKey: string): Promise<void> {
  openedSuccessor.set(undefined);
  reviewedHandOver.set(undefined);
  await call({ type: 'open-successor', file, passphrase, publicKey });
  openedSuccessor.set(publicKey);
}

/** Shows what an admin signs to hand the open one over; the recipient is proven to be the node's. */
export async function reviewHandOver(fields: HandOverFields): Promise<void> {
  reviewedHandOver.set((await call({ type: 'review-hand-over', ...fields })) as ReviewedHandOver);
}

/** What was reviewed, signed with the open key, and the new key encrypted: once. */
export async function signHandOver(): Promise<SignedHandOver> {
  reviewedHandOver.set(undefined);
  return (await call({ type: 'sign-hand-over' })) as SignedHandOver;
}

export async function forgetSuccessor(): Promise<void> {
  if (openedSuccessor.get() === undefined) return;
  openedSuccessor.set(undefined);
  reviewedHandOver.set(undefined);
  await call({ type: 'forget-successor' });
}

/** @param payloads what events of the body name by digest */
export async function prepare(
  fields: Omit<KeyCall & { type: 'prepare' }, 'type'>,
  payloads: readonly Uint8Array[] = [],
): Promise<Prepared> {
  return { ...((await call({ type: 'prepare', ...fields })) as EncodedBody), payloads };
}

/** Signature in base64url over a challenge of this gateway. */
export const signChallenge = (fields: Omit<KeyCall & { type: 'sign-in' }, 'type'>): Promise<string> =>
  call({ type: 'sign-in', ...fields }) as Promise<string>;

/** Signature over a report of what was verified. */
export const signReport = (fields: Omit<KeyCall & { type: 'sign-report' }, 'type'>): Promise<Uint8Array> =>
  call({ type: 'sign-report', ...fields }) as Promise<Uint8Array>;

/** Encrypted for recipients whose keys are proven. */
export const sealPayload = (fields: Omit<KeyCall & { type: 'seal' }, 'type'>): Promise<SealedPayload> =>
  call({ type: 'seal', ...fields }) as Promise<SealedPayload>;

/** What the bytes hold, if they are those of the digest. */
export const readPayload = (
  fields: Omit<KeyCall & { type: 'read' }, 'type'>,
): Promise<Uint8Array<ArrayBuffer>> => call({ type: 'read', ...fields }) as Promise<Uint8Array<ArrayBuffer>>;

/** What was prepared last. */
export async function sign({ payloads }: Prepared): Promise<Signed> {
  return { ...((await call({ type: 'sign' })) as SignedEnvelope), payloads };
}

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
    else entry?.reject(errorOf(data));
  };
  started.onerror = ({ message }) => {
    for (const { reject } of waiting.values())
      reject(new Error(message || 'The key worker could not be started.'));
    waiting.clear();
  };
  return started;
}

function errorOf({ message, refusal }: Extract<KeyReply, { ok: false }>): Error {
  if (refusal === undefined) return new Error(message);
  return new ClientError(refusal.code, message, refusal.facts, refusal.next);
}

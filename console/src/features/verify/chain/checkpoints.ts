/** Checkpoints, one for each network. What is kept here is as trusted as the pinned id beside it. */
import { within } from '../kept-database.ts';
import type { Checkpoint } from './protocol.ts';

export const readCheckpoint = (network: string): Promise<Checkpoint | undefined> =>
  within('chain', 'readonly', (records) => records.get(network) as IDBRequest<Checkpoint | undefined>);

export const writeCheckpoint = (checkpoint: Checkpoint): Promise<unknown> =>
  within('chain', 'readwrite', (records) => records.put(checkpoint));

export const removeCheckpoint = (network: string): Promise<unknown> =>
  within('chain', 'readwrite', (records) => records.delete(network));

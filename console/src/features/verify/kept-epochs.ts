/**
 * The hand-overs that this browser has proven. It is not told them again: who remembers them refuses what the keys of a
 * former set seal behind the end of their epoch. What is kept is proven again when a page is opened anew.
 */
import * as z from 'zod/mini';
import { epochLinkSchema, genesisSchema } from '../../../../shared/api.ts';
import { within } from './kept-database.ts';
import type { EpochsClaim } from './subjects.ts';

const keptSchema = z.object({
  network: z.string(),
  genesis: z.pick(genesisSchema, { headerBytes: true, validators: true }),
  links: z.array(epochLinkSchema),
});
type Kept = EpochsClaim & { readonly network: string };

let kept: Kept | undefined;

/** Undefined if nothing is kept of this network. */
export async function keptEpochs(network: string): Promise<EpochsClaim | undefined> {
  if (kept?.network !== network) kept = await read(network);
  return kept;
}

/** Of a claim that was proven; a shorter one adds nothing. */
export async function keepEpochs(network: string, { genesis, links }: EpochsClaim): Promise<void> {
  const before = await keptEpochs(network);
  if (before !== undefined && before.links.length >= links.length) return;
  kept = { network, genesis, links };
  await unlessNothingIsKept(within('epochs', 'readwrite', (records) => records.put(kept)));
}

/** Of what does not prove itself any more: it was damaged. */
export async function forgetEpochs(network: string): Promise<void> {
  kept = undefined;
  await unlessNothingIsKept(within('epochs', 'readwrite', (records) => records.delete(network)));
}

async function read(network: string): Promise<Kept | undefined> {
  const found = await unlessNothingIsKept(within('epochs', 'readonly', (records) => records.get(network)));
  if (found === undefined) return undefined;
  const read = z.safeParse(keptSchema, found);
  if (read.success) return read.data;
  console.warn('What was kept of the epochs has another form, and is asked for anew.');
  return undefined;
}

/** A browser without IndexedDB proves all hand-overs again in every page. */
async function unlessNothingIsKept(work: Promise<unknown>): Promise<unknown> {
  try {
    return await work;
  } catch (error) {
    console.warn('The epochs could not be kept; they are proven again when the page is opened anew.', error);
    return undefined;
  }
}

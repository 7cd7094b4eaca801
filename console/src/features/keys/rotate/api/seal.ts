import { queryOptions } from '@tanstack/react-query';
import { ask } from '../../../../lib/gateway.ts';
import { pin } from '../../../../lib/pin.ts';
import { everyMs } from '../../../../lib/queries.ts';
import { verify } from '../../../verify/api/verifier.ts';
import { firstFailure, sentenceOf } from '../../../verify/checks.ts';
import { keptEpochs } from '../../../verify/kept-epochs.ts';

export type NewSeal =
  /** No certificate that the node has carries a seal of the new key yet. */
  | { readonly kind: 'none' }
  | { readonly kind: 'verified'; readonly height: number }
  | { readonly kind: 'failed'; readonly height: number; readonly why: string };

/** Whether a certificate carries the new key's seal, checked in this browser by the set that the hand-over proves. */
export const newSealQuery = (validator: string, key: string) =>
  queryOptions({
    queryKey: ['governance', 'new-seal', validator, key],
    queryFn: ({ signal }) => newSealOf(validator, key, signal),
    refetchInterval: (query) => (query.state.data?.kind === 'verified' ? false : everyMs(2_000)(query)),
    staleTime: ({ state }) => (state.data?.kind === 'verified' ? Number.POSITIVE_INFINITY : 0),
  });

async function newSealOf(validator: string, key: string, signal: AbortSignal): Promise<NewSeal> {
  const network = pin.get()?.network;
  if (network === undefined) throw new Error('No network is trusted yet.');
  const { rows } = await ask('keySigned', { params: { publicKey: key }, signal });
  const row = rows.find((one) => one.what === 'block' && one.sealed);
  if (row === undefined) return { kind: 'none' };
  const { height } = row;
  const block = await ask('block', { params: { heightOrHash: String(height) }, signal });
  const { checks, proven } = await verify({ kind: 'certificate', block }, network);
  const failure = firstFailure(checks);
  if (proven === undefined)
    return { kind: 'failed', height, why: failure === undefined ? 'It proves nothing' : sentenceOf(failure) };
  const isSealed = checks.some(({ signers = [] }) =>
    signers.some((one) => one.validator === validator && one.ok),
  );
  const isHolder = (await provenKeyOf(network, block.header.epoch, validator)) === key;
  if (isSealed && isHolder) return { kind: 'verified', height };
  return { kind: 'failed', height, why: 'The seal there is not by this key' };
}

/** By the hand-over to this epoch; what is kept was proven. */
async function provenKeyOf(network: string, epoch: number, validator: string): Promise<string | undefined> {
  const link = (await keptEpochs(network))?.links[epoch - 1];
  return link?.nextValidators.find(({ id }) => id === validator)?.consensusKey;
}

import { queryOptions } from '@tanstack/react-query';
import { ask, gatewayOrigin } from '../../../lib/gateway.ts';
import { resetLive } from '../../../lib/live.ts';
import { pin } from '../../../lib/pin.ts';
import { queryClient } from '../../../lib/queries.ts';
import { forgetToken, keepToken } from '../../../lib/session-tokens.ts';
import { signChallenge } from '../../submit/api/key-holder.ts';

/** A cookie at the node that served the page; a token in memory at any other. */
const formOf = (origin: string) => (origin === window.location.origin ? 'cookie' : 'bearer');

/** Opens a session at the chosen gateway with the key that is open. */
export async function signInWithKey(key: string): Promise<void> {
  await signInAt(gatewayOrigin(), key);
  await begin();
}

/** Opens a session at any gateway of the network, beside the one at the chosen gateway. */
export async function signInAt(origin: string, key: string): Promise<void> {
  const { challenge } = await ask('challenge', { body: { key, origin }, origin });
  const network = pin.get()?.network ?? (await ask('genesis', { origin })).network;
  const signature = await signChallenge({ challenge, origin, network });
  await open(origin, { challenge, key, signature });
}

/** With the code of a link; it is used up whatever comes of it. */
export async function signInWithCode(code: string): Promise<void> {
  await open(gatewayOrigin(), { code });
  await begin();
}

async function open(origin: string, proof: object): Promise<void> {
  const { token } = await ask('signIn', { body: { ...proof, as: formOf(origin) }, origin });
  if (token !== undefined) keepToken(origin, token);
}

export async function signOut(): Promise<void> {
  await ask('signOut');
  forgetToken(gatewayOrigin());
  await begin();
}

/** What was asked before was asked by somebody else. */
async function begin(): Promise<void> {
  resetLive();
  await queryClient.resetQueries();
}

export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: ({ signal }) => ask('session', { signal }),
  staleTime: 60_000,
});

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
  const origin = gatewayOrigin();
  const { challenge } = await ask('challenge', { body: { key, origin } });
  const network = pin.get()?.network ?? (await ask('genesis')).network;
  const signature = await signChallenge({ challenge, origin, network });
  await open({ challenge, key, signature, as: formOf(origin) });
}

/** With the code of a link; it is used up whatever comes of it. */
export const signInWithCode = (code: string): Promise<void> => open({ code, as: formOf(gatewayOrigin()) });

async function open(body: object): Promise<void> {
  const { token } = await ask('signIn', { body });
  if (token !== undefined) keepToken(gatewayOrigin(), token);
  await begin();
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

import { createStore, useStore } from './store.ts';

/**
 * Sessions at other gateways than this page's, which has a cookie that no script reads: tokens that are kept in
 * memory for as long as the page lives.
 */
const tokens = createStore<ReadonlyMap<string, string>>(new Map());

export const keepToken = (origin: string, token: string): void =>
  tokens.set(new Map([...tokens.get(), [origin, token]]));
export const forgetToken = (origin: string): void =>
  tokens.set(new Map([...tokens.get()].filter(([known]) => known !== origin)));
export const tokenOf = (origin: string): string | undefined => tokens.get().get(origin);

export const bearerOf = (origin: string): { readonly authorization?: string } => {
  const token = tokenOf(origin);
  return token === undefined ? {} : { authorization: `Bearer ${token}` };
};

/** Where somebody is signed in, as far as this page can know: at its own node, and where a key opened a session. */
export function useSignedInAt(): (origin: string) => boolean {
  const known = useStore(tokens);
  return (origin) => origin === window.location.origin || known.has(origin);
}

/** `fetch` as an identity of a network on this machine: signs in wherever it is asked who it is. */
import { examplePassphraseFileOf, identityKeyFileOf } from '../../node/config/data-layout.ts';
import { readPassphrase } from '../../node/config/passphrase.ts';
import { readKeyFile } from '../../node/crypto/key-files.ts';
import { keyPairOf, signWithSodium } from '../../node/crypto/sodium.ts';
import { apiPrefix, sessionCodeSchema } from '../../shared/api.ts';
import type { ClientRequest } from '../../shared/client/ports.ts';
import { SignIns } from '../../shared/client/sign-in.ts';
import type { LoadSigner } from './signed-load.ts';

/** What the sign-in needs of fetch's options; headers as a plain record. */
export interface AskOptions {
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array<ArrayBuffer>;
  readonly signal?: AbortSignal;
}

export interface SignedIn {
  /** An answer as fetch gives it; 401 only if the identity is not let in. */
  readonly fetch: (url: string, options?: AskOptions) => Promise<Response>;
  /** For a socket. @throws if the gateway does not answer */
  readonly token: (gateway: string) => Promise<string | undefined>;
  /** The session there has ended. */
  readonly forget: (gateway: string) => void;
  /** Opens a console at this gateway as the same identity, once, within five minutes. */
  readonly link: (gateway: string) => Promise<string>;
}

/** The signer of an identity whose key and passphrase lie in an example's data directory. */
export async function exampleSigner(dataDirectory: string, identity: string): Promise<LoadSigner> {
  const passphrase = readPassphrase(examplePassphraseFileOf(dataDirectory));
  const { publicKey, seed } = await readKeyFile(identityKeyFileOf(dataDirectory, identity), passphrase);
  const { secretKey } = keyPairOf(seed);
  return { publicKey, sign: (message) => signWithSodium(secretKey, message) };
}

export function signedIn(signer: () => Promise<LoadSigner>): SignedIn {
  let opened: Promise<LoadSigner> | undefined;
  const credentials = (): Promise<LoadSigner> => {
    opened ??= signer();
    return opened;
  };
  const signIns = new SignIns({
    fetch: (url, request) => fetch(url, request),
    connect: () => {
      throw new Error('sockets are opened by their users');
    },
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    credentials,
  });
  const ask: SignedIn['fetch'] = async (url, { method = 'GET', headers = {}, ...rest } = {}) => {
    const { origin } = new URL(url);
    const request: ClientRequest = { method, headers, ...rest };
    // What the port above answers is a Response.
    return (await signIns.fetch(origin, url.slice(origin.length), request)) as Response;
  };
  return {
    fetch: ask,
    token: (gateway) => signIns.token(gateway),
    forget: (gateway) => signIns.forget(gateway),
    async link(gateway) {
      const response = await ask(`${gateway}${apiPrefix}/session/code`, { method: 'POST' });
      if (!response.ok) throw new Error(`${gateway} gives no code: ${await response.text()}`);
      return `${gateway}/sign-in#${sessionCodeSchema.parse(await response.json()).code}`;
    },
  };
}

/** As an identity of an example's data directory. */
export const signedInAs = (dataDirectory: string, identity: string): SignedIn =>
  signedIn(() => exampleSigner(dataDirectory, identity));

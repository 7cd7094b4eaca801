/** The typed client with Node's fetch and the `ws` package behind it, and the key that signs in. */
import { existsSync } from 'node:fs';
import { WebSocket } from 'ws';
import { type Client, createClient } from '../../shared/client/client.ts';
import type { Credentials } from '../../shared/client/ports.ts';
import { genesisFileOf } from '../config/data-layout.ts';
import { readGenesis } from '../config/genesis-file.ts';
import { keyPairOf, signWithSodium } from '../crypto/sodium.ts';
import { type AnsweredBy, type GatewayOptions, gatewaysOf } from './options.ts';
import { type Fetch, patientFetch } from './patient-fetch.ts';
import { type Purpose, sessionKey } from './signer.ts';

/** Longer than a gateway waits for a certificate. */
const answerWithinMs = 45_000;
/** A gateway that says nothing for so long is passed over, if there is another one. */
const lookMs = 6_000;

export interface Manner {
  /** How often all gateways are asked before giving up. */
  readonly rounds?: number;
  readonly patienceMs?: number;
  /** It is about one node: the first that --gateway names, else that of the first validator, and no other in its place. */
  readonly oneNode?: true;
  /** Decides which identity of the data directory signs in, if none is named. */
  readonly purpose?: Purpose;
}

export function connect(
  options: GatewayOptions,
  { rounds = 6, patienceMs = answerWithinMs, oneNode, purpose = 'read' }: Manner = {},
): Client {
  const gateways = gatewaysOf(options);
  const asked = oneNode === true ? gateways.slice(0, 1) : gateways;
  const patience = { answerMs: patienceMs, ...(asked.length > 1 && { lookMs }) };
  return createClient({
    gateways: asked,
    rounds,
    fetch: tellingWho(options.answeredBy, patientFetch(patience)),
    connect: (url) => new WebSocket(url, { handshakeTimeout: patienceMs }),
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    credentials: () => credentialsOf(options, purpose),
  });
}

/** Whoever reads the answer should know that it is not from the node that was asked first. */
function tellingWho(answeredBy: AnsweredBy | undefined, ask: Fetch): Fetch {
  const silent = new Map<string, string>();
  let told = false;
  return async (url, request) => {
    const { origin } = new URL(url);
    try {
      const response = await ask(url, request);
      if (!told && silent.size > 0 && !silent.has(origin)) {
        told = true;
        answeredBy?.(origin, silent);
      }
      return response;
    } catch (error) {
      const { message, cause } = error instanceof Error ? error : new Error(String(error));
      silent.set(origin, cause instanceof Error ? cause.message : message);
      throw error;
    }
  };
}

async function credentialsOf(options: GatewayOptions, purpose: Purpose): Promise<Credentials | undefined> {
  const key = await sessionKey(options, purpose);
  if (key === undefined) return undefined;
  const { secretKey } = keyPairOf(key.seed);
  const genesisFile = genesisFileOf(options.data);
  return {
    publicKey: key.publicKey,
    sign: (message) => signWithSodium(secretKey, message),
    // A key of its own may be of another network than the one in the data directory.
    ...(options.key === undefined && existsSync(genesisFile)
      ? { network: readGenesis(genesisFile).genesis.network }
      : {}),
  };
}

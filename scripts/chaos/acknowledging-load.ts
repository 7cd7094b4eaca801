/**
 * Clients that insist: each signs a transaction, sends the same bytes to any gateway until a receipt proves it
 * certified, verifies the receipt, and counts it as acknowledged. What is acknowledged must never be lost.
 */
import { WebSocket } from 'ws';
import { verifyWithSodium } from '../../node/crypto/sodium.ts';
import { receiptOfJson } from '../../shared/api/ledger-of-json.ts';
import { createClient } from '../../shared/client/client.ts';
import { encodeReceipt } from '../../shared/codec/ledger.ts';
import type { VerifySignature } from '../../shared/crypto/ed25519.ts';
import { verifyReceipt } from '../../shared/protocol/verify-receipt.ts';
import type { LocalNetwork } from '../lib/local-network.ts';
import { type LoadSigner, signedAppend } from '../lib/signed-load.ts';

export interface AcknowledgingLoad {
  /** Ids with a verified receipt, and the height that it names. */
  readonly acknowledged: ReadonlyMap<string, number>;
  /** Receipts that did not verify or contradict one another: must stay empty. */
  readonly faults: readonly string[];
  /** No new transactions; resolves when all that were begun are acknowledged. */
  finish(): Promise<void>;
}

const answerWithinMs = 20_000;
const pauseMs = 20;

const verify: VerifySignature = async (key, message, signature) => verifyWithSodium(key, message, signature);

export function startAcknowledgingLoad(
  network: LocalNetwork,
  signer: LoadSigner,
  clients: number,
): AcknowledgingLoad {
  const acknowledged = new Map<string, number>();
  const faults: string[] = [];
  const run = Date.now().toString(36);
  let number = 0;
  let finishing = false;

  async function client(index: number): Promise<void> {
    const { gateways } = network;
    const rotated = [
      ...gateways.slice(index % gateways.length),
      ...gateways.slice(0, index % gateways.length),
    ];
    const connection = createClient({
      gateways: rotated,
      rounds: 1_000,
      fetch: (url, request) => fetch(url, { ...request, signal: AbortSignal.timeout(answerWithinMs) }),
      connect: (url) => new WebSocket(url),
      sleep,
    });
    while (!finishing) {
      await acknowledgeOne(connection);
      await sleep(pauseMs);
    }
  }

  async function acknowledgeOne(connection: ReturnType<typeof createClient>): Promise<void> {
    const { document, genesis } = network.completed;
    const shape = {
      network: genesis.network,
      expiresAt: Date.now() + document.parameters.lifetimeMs - document.parameters.driftMs,
      streams: 50,
      dataBytes: 16,
      run,
    };
    number += 1;
    const { id, envelope } = signedAppend(signer, shape, number);
    const result = await connection.submitAndWait(envelope);
    const checked = await verifyReceipt(
      encodeReceipt(receiptOfJson(result.receipt)),
      network.trusted,
      verify,
    );
    if (!checked.ok) faults.push(`receipt of ${id}: ${checked.checks.find((check) => !check.ok)?.id}`);
    if (result.id !== id) faults.push(`receipt of ${result.id} in answer to ${id}`);
    acknowledged.set(id, result.height);
  }

  const running = Promise.all(Array.from({ length: clients }, (_, index) => client(index)));
  // A client that gives up ends the whole run with its error, in `finish`.
  running.catch(() => {
    finishing = true;
  });
  return {
    acknowledged,
    faults,
    async finish() {
      finishing = true;
      await running;
    },
  };
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

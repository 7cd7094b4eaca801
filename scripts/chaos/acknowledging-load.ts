/**
 * Clients that insist: each signs a transaction, sends the same bytes to any gateway until a receipt proves it
 * certified, verifies the receipt, and counts it as acknowledged. What is acknowledged must never be lost.
 */
import { WebSocket } from 'ws';
import { verifyWithSodium } from '../../node/crypto/sodium.ts';
import { receiptOfJson } from '../../shared/api/ledger-of-json.ts';
import { type Client, createClient } from '../../shared/client/client.ts';
import { ClientError } from '../../shared/client/client-error.ts';
import type { CertifiedResult } from '../../shared/client/submissions.ts';
import { encodeReceipt } from '../../shared/codec/ledger.ts';
import type { VerifySignature } from '../../shared/crypto/ed25519.ts';
import { type ReceiptVerification, verifyReceipt } from '../../shared/protocol/verify-receipt.ts';
import type { LocalNetwork } from '../lib/local-network.ts';
import { type LoadSigner, signedAppend } from '../lib/signed-load.ts';

/** Where it goes; the gateways may change while it runs, as behind a load balancer. */
export type LoadTarget = Pick<LocalNetwork, 'gateways' | 'session' | 'completed' | 'trusted'>;

export interface AcknowledgingLoad {
  /** Transactions that were begun. */
  readonly submitted: () => number;
  /** Ids with a verified receipt, and the height that it names. */
  readonly acknowledged: ReadonlyMap<string, number>;
  /** Receipts that did not verify or contradict one another: must stay empty. */
  readonly faults: readonly string[];
  /** Code → how often a gateway refused what another one took, such as one whose clock is wrong. */
  readonly refusals: ReadonlyMap<string, number>;
  /** @throws what made a client give up */
  assertAlive(): void;
  /** No new transactions; resolves when all that were begun are acknowledged. @throws when they are not in time */
  finish(): Promise<void>;
  /** No new transactions, and nobody waits for the others. */
  abandon(): void;
}

const answerWithinMs = 20_000;
const pauseMs = 20;
const refusedPauseMs = 500;
const finishPatienceMs = 120_000;

const verify: VerifySignature = async (key, message, signature) => verifyWithSodium(key, message, signature);

/** @param check of a receipt's bytes; by the validators of epoch 0, if absent */
export function startAcknowledgingLoad(
  network: LoadTarget,
  signer: LoadSigner,
  clients: number,
  check: (receipt: Uint8Array) => Promise<ReceiptVerification> = (receipt) =>
    verifyReceipt(receipt, network.trusted, verify),
): AcknowledgingLoad {
  const acknowledged = new Map<string, number>();
  const faults: string[] = [];
  const refusals = new Map<string, number>();
  const run = Date.now().toString(36);
  let number = 0;
  let finishing = false;
  let abandoned = false;
  let failure: unknown;

  async function client(index: number): Promise<void> {
    while (!finishing) {
      await acknowledgeOne(network.gateways.map((_, turn) => connectionFrom(index + turn)));
      await sleep(pauseMs);
    }
  }

  /** Asks the gateways from this one on. */
  function connectionFrom(index: number): Client {
    const { gateways } = network;
    const first = index % gateways.length;
    return createClient({
      gateways: [...gateways.slice(first), ...gateways.slice(0, first)],
      rounds: 1_000,
      fetch: (url, request) =>
        network.session.fetch(url, { ...request, signal: AbortSignal.timeout(answerWithinMs) }),
      connect: (url) => new WebSocket(url),
      sleep: async (ms) => {
        if (abandoned) throw new Error('the load was abandoned');
        await sleep(ms);
      },
    });
  }

  async function acknowledgeOne(connections: readonly Client[]): Promise<void> {
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
    const result = await insist(connections, envelope);
    const checked = await check(encodeReceipt(receiptOfJson(result.receipt)));
    if (!checked.ok) faults.push(`receipt of ${id}: ${checked.checks.find((check) => !check.ok)?.id}`);
    if (result.id !== id) faults.push(`receipt of ${result.id} in answer to ${id}`);
    acknowledged.set(id, result.height);
  }

  /** One gateway's refusal need not be another's: the same bytes go to the next one. */
  async function insist(connections: readonly Client[], envelope: Uint8Array): Promise<CertifiedResult> {
    for (let turn = 0; ; turn += 1) {
      try {
        return await connections[turn % connections.length]!.submitAndWait(envelope);
      } catch (error) {
        if (!(error instanceof ClientError) || abandoned) throw error;
        refusals.set(error.code, (refusals.get(error.code) ?? 0) + 1);
        await sleep(refusedPauseMs);
      }
    }
  }

  const running = Promise.all(Array.from({ length: clients }, (_, index) => client(index)));
  // A client that gives up ends the whole run with its error, in `assertAlive` or `finish`.
  running.catch((error: unknown) => {
    finishing = true;
    failure = error;
  });
  return {
    submitted: () => number,
    acknowledged,
    faults,
    refusals,
    assertAlive() {
      if (failure !== undefined) throw failure;
    },
    async finish() {
      finishing = true;
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<never>((_, reject) => {
        timer = setTimeout(
          () => reject(new Error(`clients still wait after ${finishPatienceMs / 1_000} s`)),
          finishPatienceMs,
        );
      });
      await Promise.race([running, late]).finally(() => clearTimeout(timer));
    },
    abandon() {
      finishing = true;
      abandoned = true;
    },
  };
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

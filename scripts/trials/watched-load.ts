/**
 * What a trial is judged by: clients that insist, through the typed client; blocks as each watched gateway reports
 * them, their certificates judged by a light client that follows from genesis; and the audit from outside at the end.
 */
import { performance } from 'node:perf_hooks';
import { WebSocket } from 'ws';
import { verifyWithSodium } from '../../node/crypto/sodium.ts';
import { createClient } from '../../shared/client/client.ts';
import { ClientError } from '../../shared/client/client-error.ts';
import { type LightClient, startLightClient } from '../../shared/client/light-client.ts';
import { decodeReceipt } from '../../shared/codec/ledger.ts';
import type { VerifySignature } from '../../shared/crypto/ed25519.ts';
import type { KnownEpoch } from '../../shared/protocol/known-epochs.ts';
import { openReceipt, type ReceiptVerification } from '../../shared/protocol/verify-receipt.ts';
import type { Epoch } from '../../shared/types/brands.ts';
import { type AcknowledgingLoad, startAcknowledgingLoad } from '../chaos/acknowledging-load.ts';
import { auditGateways } from '../chaos/audit.ts';
import { longestGapMs } from '../chaos/timeline.ts';
import { CertificationTracker } from '../lib/certification-tracker.ts';
import { verifiedLedger } from '../lib/cli.ts';
import type { Consortium } from '../lib/consortium.ts';

/** What happened between two moments. */
export interface Stretch {
  readonly fromHeight: number;
  readonly toHeight: number;
  readonly seconds: number;
  /** Longest time between two new certificates. */
  readonly gapMs: number;
  /** Transactions acknowledged in it. */
  readonly acknowledged: number;
}

export interface TrialTotals {
  readonly submitted: number;
  readonly acknowledged: number;
  /** Begun and never acknowledged, or refused by a gateway. */
  readonly failed: number;
  readonly doubled: number;
  /** Acknowledged, and missing in the ledger of a node. */
  readonly lost: number;
  readonly forks: number;
  readonly longestGapMs: number;
  readonly height: number;
  readonly epochs: number;
  readonly stateRoot: string;
  /** Data directories that `ledger verify` found clean, all with this root. */
  readonly ledgersVerified: number;
  readonly faults: readonly string[];
}

export interface WatchedLoad {
  /** From the end of the stretch before, or from the start. */
  stretch(): Stretch;
  /** Gateways to which clients turn from now on; the others are taken out of their list. */
  use(gateways: readonly string[]): void;
  /** Ends the load, compares all nodes, stops them, and verifies their directories. @throws at what cannot be compared */
  finish(): Promise<TrialTotals>;
  abandon(): void;
}

const epochPatienceMs = 20_000;
const verify: VerifySignature = async (key, message, signature) => verifyWithSodium(key, message, signature);

/** @param watched ids of nodes that run throughout; the first one also serves the light client */
export async function startWatchedLoad(
  consortium: Consortium,
  watched: readonly string[],
  clients: number,
): Promise<WatchedLoad> {
  const { network } = consortium;
  const gatewaysWatched = watched.map((id) => consortium.node(id).gateway);
  const light = await lightClientOf(consortium, gatewaysWatched[0]!);
  const epochOf = (epoch: Epoch): Promise<KnownEpoch> => epochWithin(light, epoch);
  const target = {
    gateways: gatewaysWatched,
    session: network.session,
    completed: network.completed,
    trusted: network.trusted,
  };
  const check = async (bytes: Uint8Array): Promise<ReceiptVerification> => {
    await epochOf(openReceipt(decodeReceipt(bytes)).header.epoch);
    return light.receipt(bytes);
  };
  const tracker = new CertificationTracker(gatewaysWatched, epochOf, network.session, () =>
    performance.now(),
  );
  await tracker.open();
  const load = startAcknowledgingLoad(target, await network.signer(), clients, check);
  const startedMs = performance.now();
  let mark = { atMs: startedMs, height: 0, acknowledged: 0 };

  const tip = (): number => tracker.blocks.reduce((highest, { height }) => Math.max(highest, height), 0);
  const gapBetween = (fromMs: number, toMs: number): number =>
    longestGapMs(tracker.blocks, { fromMs, toMs }, []);

  function stretch(): Stretch {
    load.assertAlive();
    const now = { atMs: performance.now(), height: tip(), acknowledged: load.acknowledged.size };
    const before = mark;
    mark = now;
    return {
      fromHeight: before.height,
      toHeight: now.height,
      seconds: (now.atMs - before.atMs) / 1_000,
      gapMs: gapBetween(before.atMs, now.atMs),
      acknowledged: now.acknowledged - before.acknowledged,
    };
  }

  async function finish(): Promise<TrialTotals> {
    await load.finish();
    const gapMs = gapBetween(startedMs, performance.now());
    const { nodes } = consortium;
    const gateways = nodes.map(({ gateway }) => gateway);
    const audit = await auditGateways({ gateways, session: network.session }, load.acknowledged);
    const known = await light.follow();
    const { epoch } = await consortium.status(watched[0]);
    tracker.close();
    await consortium.stop();
    const roots = await Promise.all(nodes.map(({ directory }) => verifiedRoot(directory)));
    const strangers = roots.filter((root) => root !== audit.stateRoot).length;
    return {
      submitted: load.submitted(),
      acknowledged: load.acknowledged.size,
      failed: load.submitted() - load.acknowledged.size + refusalsOf(load),
      doubled: audit.doubled,
      lost: audit.lost,
      forks: audit.forks,
      longestGapMs: gapMs,
      height: audit.height,
      epochs: known.length,
      stateRoot: audit.stateRoot,
      ledgersVerified: roots.length - strangers,
      faults: [
        ...load.faults,
        ...tracker.faults,
        ...[...load.refusals].map(([code, count]) => `a gateway refused ${count} transactions: ${code}`),
        ...(known.length === epoch + 1
          ? []
          : [`the light client knows ${known.length} epochs of ${epoch + 1}`]),
        ...(strangers === 0 ? [] : [`${strangers} ledgers have another state root`]),
      ],
    };
  }

  return {
    stretch,
    use: (gateways) => {
      target.gateways = [...gateways];
    },
    finish,
    abandon() {
      load.abandon();
      tracker.close();
    },
  };
}

const refusalsOf = ({ refusals }: AcknowledgingLoad): number =>
  [...refusals.values()].reduce((sum, count) => sum + count, 0);

async function verifiedRoot(directory: string): Promise<string> {
  const { stateRoot } = await verifiedLedger(directory);
  return String(stateRoot);
}

function lightClientOf({ network }: Consortium, gateway: string): Promise<LightClient> {
  const client = createClient({
    gateways: [gateway],
    fetch: (url, request) => network.session.fetch(url, { ...request, signal: AbortSignal.timeout(10_000) }),
    connect: (url) => new WebSocket(url),
    sleep,
  });
  return startLightClient({ client, network: network.completed.genesis.network, verifySignature: verify });
}

/** The node that it asks may be a moment behind the one that showed the certificate. */
async function epochWithin(light: LightClient, epoch: Epoch): Promise<KnownEpoch> {
  const deadline = performance.now() + epochPatienceMs;
  for (;;) {
    try {
      return await light.epoch(epoch);
    } catch (error) {
      const isEarly = error instanceof ClientError && error.code === 'epoch-unknown';
      if (!isEarly || performance.now() > deadline) throw error;
    }
    await sleep(200);
  }
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * A validator. Start-up: blocks above the state's height are executed again, own votes are signed anew, and
 * only then does consensus speak. The same code runs in production and in the simulator; everything that could
 * differ between two runs is a port.
 */

import { decodeEnvelope } from '../../shared/codec/ledger.ts';
import {
  type Digest,
  epochOf,
  type NetworkId,
  type TransactionId,
  type ValidatorId,
} from '../../shared/types/brands.ts';
import type { Membership } from '../../shared/types/epochs.ts';
import type { Certificate, Transaction } from '../../shared/types/ledger.ts';
import type { BufferFigure } from '../consensus/buffers.ts';
import type { Observation } from '../consensus/observe.ts';
import type { ConsensusView } from '../consensus/types.ts';
import type { Genesis } from '../ledger/genesis.ts';
import { readBoundary } from '../ledger/modules/epochs.ts';
import type { MemberShare, PoolFigures } from '../ledger/pool.ts';
import type { ExecutedBlock } from '../ledger/types.ts';
import type { CatchUpProgress } from './catch-up.ts';
import { horizonOf } from './consensus-config.ts';
import type { DisputedBlock, RefusalFacts, UnregisteredStore } from './diagnosis/facts.ts';
import { createEpochBook } from './epoch-book.ts';
import { advanceSigner } from './epoch-change.ts';
import { ledgerOf } from './execute-batch.ts';
import type { PayloadFigures } from './payload-keeping.ts';
import type { Supplied } from './payloads.ts';
import type { PeerConduct } from './peer-conduct.ts';
import type { PeerView } from './peers.ts';
import type { LinkEvents, RuntimePorts, StoredVotes, Tip } from './ports.ts';
import { standingView } from './recoveries.ts';
import type { ShownRecovery } from './recovery-notice.ts';
import type { RepairFigures } from './repair.ts';
import { replay } from './replay.ts';
import { restoreVotes } from './restore.ts';
import { createRooms, type Rooms } from './rooms.ts';
import type { SubmissionDone } from './submission.ts';
import type { HistogramSnapshot } from './telemetry/histogram.ts';
import type { TelemetrySnapshot } from './telemetry/telemetry.ts';
import { defaultTuning, type RuntimeTuning } from './tuning.ts';

export interface NodeConfig {
  readonly self: ValidatorId;
  readonly genesis: Genesis;
  readonly tuning?: Partial<RuntimeTuning>;
}

export type BlockListener = (block: ExecutedBlock, certificate: Certificate) => void;

export interface Node extends LinkEvents {
  /**
   * Checks, pools, makes durable and spreads. One result for each transaction, in order: `accepted`, `known`, or
   * a refusal {code, facts}, such as `pool-full`, which is worth another try. `supplied`: payloads that came along.
   */
  submit(
    transactions: readonly Transaction[],
    done: SubmissionDone,
    client?: MemberShare,
    supplied?: Supplied,
  ): void;
  /** Whether it waits here. */
  isWaiting(id: TransactionId): boolean;
  /** The transaction itself if it waits here. */
  pooled(id: TransactionId): Transaction | undefined;
  /** A payload that is here and that the members have not erased. */
  payload(digest: Digest): Uint8Array | undefined;
  status(): NodeStatus;
  /** Absent while starting. `disputedHeight`: one of the last window whose changes somebody compares. */
  observe(disputedHeight?: number): NodeObservation | undefined;
  peers(): readonly PeerView[];
  /** How full each buffer that peers can fill is, beside its bound (rule M3). */
  buffers(): readonly BufferFigure[];
  /** Called once for each block from now on, in order, when it is certified and durable. */
  subscribe(listener: BlockListener): () => void;
  /** Nothing is sent, signed or written from now on. */
  stop(): void;
}

export interface NodeStatus {
  readonly network: NetworkId;
  readonly validator: ValidatorId;
  readonly phase: 'starting' | 'running' | 'stopped';
  /** Absent while starting. */
  readonly consensus?: ConsensusView;
  /** Highest certified and durable block. */
  readonly tip: Tip;
  readonly pool: PoolFigures;
  readonly catchUp?: CatchUpProgress;
  /** Peers that served junk, stalled or withdrew a claim, and have not behaved since (rule C3). */
  readonly conduct: readonly PeerConduct[];
  readonly repair: RepairFigures;
  readonly payloads: PayloadFigures;
  readonly recoveriesShown: readonly ShownRecovery[];
  /** Pairs of conflicting messages seen since the start, recorded ones included (rule W1). */
  readonly evidence: number;
}

/** For diagnosis and metrics. */
export interface NodeObservation {
  readonly consensus: Observation;
  readonly unregisteredStore?: UnregisteredStore;
  /** Since the last block that became certified and durable while this process ran. */
  readonly sinceCertifiedMs?: number;
  /** How long something has waited without a block. */
  readonly waitingSinceMs?: number;
  readonly refusals: readonly RefusalFacts[];
  readonly disputed: readonly DisputedBlock[];
  readonly telemetry: TelemetrySnapshot;
  /** Seconds that transactions waited here: from arrival in the pool until certified and durable. */
  readonly waits: HistogramSnapshot;
}

/** Nothing certifies the block behind which a recovery begins an epoch, for the validators of that epoch (rule V2). */
function startingTip(tip: Tip, { byRecovery, firstHeight }: Membership): Tip {
  if (byRecovery !== true || tip.height >= firstHeight) return tip;
  const { certificate: _, ...uncertified } = tip;
  return uncertified;
}

export function createNode(config: NodeConfig, ports: RuntimePorts): Node {
  const listeners = new Set<BlockListener>();
  const tuning = { ...defaultTuning, ...config.tuning };
  let rooms: Rooms | undefined;
  let stopped = false;

  function boot(): void {
    const { genesis, self } = config;
    const ledger = ledgerOf(config, ports);
    const obstacle = replay(ledger, ports.blocks);
    if (obstacle !== undefined) {
      halt(obstacle.code, { ...obstacle.facts });
      return;
    }
    const tip = ports.blocks.tip();
    const { network } = genesis;
    const view = standingView(ports.state, ports.blocks);
    const epochs = createEpochBook({ network, state: view, height: tip.height });
    const { epoch, firstHeight } = epochs.current();
    ports.votes.enterEpoch(epoch, firstHeight);
    advanceSigner(ports, epochOf(0), epoch);
    const stored = ports.votes.load();
    restoreVotes(
      ports,
      {
        network,
        self,
        tip: startingTip(tip, epochs.current()),
        epoch,
        signers: epochs,
        horizon: horizonOf(readBoundary(view, tip.height)),
        records: stored.records,
      },
      (restored) => {
        if (stopped) return;
        const { incarnation } = stored;
        const known = { self, genesis, epochs, incarnation, tuning };
        open(stored, createRooms(known, ports, restored, { publish, halt }));
      },
    );
  }

  function open(stored: StoredVotes, opened: Rooms): void {
    rooms = opened;
    opened.start(
      stored.records,
      ports.accepted.load().map((envelope) => decodeEnvelope(envelope)),
    );
  }

  function publish(block: ExecutedBlock, certificate: Certificate): void {
    for (const listener of listeners) listener(block, certificate);
  }

  function halt(code: string, facts: { readonly [name: string]: unknown }): void {
    stop();
    ports.stop(code, facts);
  }

  function stop(): void {
    stopped = true;
    rooms?.stop();
  }

  function submit(
    transactions: readonly Transaction[],
    done: SubmissionDone,
    client?: MemberShare,
    supplied?: Supplied,
  ): void {
    if (rooms !== undefined && !stopped) {
      rooms.submission.submit(transactions, done, client, supplied);
      return;
    }
    const status = { code: stopped ? 'node-stopped' : 'node-starting', facts: {} };
    done(transactions.map(({ id }) => ({ id, status })));
  }

  function status(): NodeStatus {
    const common = { network: config.genesis.network, validator: config.self };
    if (rooms === undefined) {
      const pool = { count: 0, bytes: 0, handedOver: 0, accepted: 0 };
      return {
        ...common,
        phase: stopped ? 'stopped' : 'starting',
        tip: ports.blocks.tip(),
        pool,
        conduct: [],
        repair: { damaged: ports.repair?.damaged() ?? [], repaired: 0 },
        payloads: { ...ports.payloads.figures(), missing: 0, missingSample: [], isScanned: false },
        recoveriesShown: [],
        evidence: 0,
      };
    }
    return { ...common, phase: stopped ? 'stopped' : 'running', ...rooms.status() };
  }

  boot();
  return {
    submit,
    isWaiting: (id) => rooms?.isWaiting(id) ?? false,
    pooled: (id) => rooms?.pooled(id),
    payload: (digest) => rooms?.payload(digest),
    status,
    observe: (disputedHeight) => rooms?.observe(disputedHeight),
    peers: () => rooms?.peers() ?? [],
    buffers: () => rooms?.buffers() ?? [],
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    stop,
    opened: (peer) => rooms?.links.opened(peer),
    closed: (peer) => rooms?.links.closed(peer),
    received: (peer, frame) => rooms?.links.received(peer, frame),
  };
}

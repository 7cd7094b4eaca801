/** What the gateway sees of the node: the runtime's answers, with what the links measure of each peer. */
import { epochOf, viewOf } from '../shared/types/brands.ts';
import type { Membership } from '../shared/types/epochs.ts';
import type { ConsensusView } from './consensus/types.ts';
import type {
  GatewayNode,
  GatewayPeer,
  SubmissionResult as GatewayResult,
  GatewayTelemetry,
} from './gateway/ports.ts';
import type { HostMeter } from './host-meter.ts';
import type { Links } from './network/mesh.ts';
import type { PeerReport } from './network/peer-report.ts';
import type { OpenSigner } from './node-keys.ts';
import type { DiagnosisFacts, PeerFacts } from './runtime/diagnosis/facts.ts';
import type { Node, NodeStatus } from './runtime/node.ts';
import type { PeerView } from './runtime/peers.ts';
import type { SubmissionResult } from './runtime/submission.ts';
import { defaultTuning } from './runtime/tuning.ts';

export interface GatewayNodeParts {
  readonly node: Node;
  readonly links: Links;
  /** Of the epoch. */
  readonly membership: () => Membership;
  readonly wallMs: () => number;
  readonly meter: HostMeter;
  readonly signer: Pick<OpenSigner, 'absence'>;
  /** Bytes on disk. */
  readonly sizes: () => GatewayTelemetry['diskBytes'];
}

export function gatewayNodeOf(parts: GatewayNodeParts): GatewayNode {
  const { node, links, membership, wallMs, meter, sizes } = parts;
  return {
    submit: (transactions, client, done) =>
      node.submit(transactions, (results) => done(results.map(gatewayResultOf)), client),
    status() {
      const status = node.status();
      const { count, bytes } = status.pool;
      const { poolCountMax, poolBytesMax } = defaultTuning;
      const reason = notReadyReasonOf(status);
      return {
        consensus: status.consensus ?? startingView(status, membership()),
        pool: { transactions: count, transactionsMax: poolCountMax, bytes, bytesMax: poolBytesMax },
        ...(reason !== undefined && { notReadyReason: reason }),
      };
    },
    peers() {
      const views = new Map(node.peers().map((view) => [view.id, view]));
      return links.peers().map((report) => peerOf(report, views.get(report.id), wallMs()));
    },
    diagnosis: (disputedHeight) => diagnosisFactsOf(parts, disputedHeight),
    telemetry() {
      const observed = node.observe();
      if (observed === undefined) return undefined;
      const { telemetry, waits } = observed;
      return { ...telemetry, waits, commits: meter.commits(), diskBytes: sizes() };
    },
    pooled: (id) => node.pooled(id),
    subscribe: (listener) => node.subscribe(() => listener()),
  };
}

function diagnosisFactsOf(
  { node, links, membership, wallMs, meter, signer }: GatewayNodeParts,
  disputedHeight: number | undefined,
): DiagnosisFacts {
  const status = node.status();
  const observed = node.observe(disputedHeight);
  const views = new Map(node.peers().map((view) => [view.id, view]));
  const nowMs = Math.floor(wallMs());
  const { validators, parameters } = membership();
  const { driftMs, primarySilenceMs } = parameters;
  const signerAbsence = signer.absence();
  return {
    self: status.validator,
    validators: validators.map(({ id }) => id),
    parameters: { driftMs, primarySilenceMs },
    nowMs,
    ...(observed && { consensus: observed.consensus }),
    height: status.tip.height,
    ...(observed?.sinceCertifiedMs !== undefined && { sinceCertifiedMs: observed.sinceCertifiedMs }),
    waiting: {
      transactions: status.pool.count,
      ...(observed?.waitingSinceMs !== undefined && { sinceMs: observed.waitingSinceMs }),
    },
    ...(status.catchUp && { catchUpTarget: status.catchUp.target }),
    peers: links.peers().map((report) => peerFactsOf(report, views.get(report.id), nowMs)),
    refusals: observed?.refusals ?? [],
    host: meter.facts(),
    ...(signerAbsence && { signerAbsence }),
    disputed: observed?.disputed ?? [],
    damage: status.repair,
  };
}

function peerFactsOf(report: PeerReport, view: PeerView | undefined, nowMs: number): PeerFacts {
  const { id, open, lastMessageAt, lastFailure, lastFailureReason, clockOffsetMs } = report;
  return {
    validator: id,
    connected: open,
    ...(lastMessageAt !== undefined && { silentMs: Math.max(0, nowMs - lastMessageAt) }),
    ...(lastFailure !== undefined && { failure: lastFailure }),
    ...(lastFailureReason !== undefined && { failureReason: lastFailureReason }),
    ...(clockOffsetMs !== undefined && { clockOffsetMs }),
    ...(view?.status && { view: view.status.view, height: view.status.height }),
  };
}

/** `known` waits already, and the promise holds all the same. */
function gatewayResultOf({ status }: SubmissionResult): GatewayResult {
  return typeof status === 'string' ? { ok: true } : { ok: false, rejection: status };
}

function notReadyReasonOf({ phase, consensus, catchUp }: NodeStatus): string | undefined {
  if (phase !== 'running' || consensus === undefined) return phase;
  if (consensus.mode === 'starting' || consensus.mode === 'halted') return consensus.mode;
  return catchUp === undefined ? undefined : 'catching-up';
}

/** Consensus speaks only when the vote store was read; until then this is all there is to say. */
function startingView({ tip }: NodeStatus, { validators }: Membership): ConsensusView {
  const [first] = validators.map(({ id }) => id);
  return {
    mode: 'starting',
    epoch: epochOf(tip.header.nextEpoch),
    view: viewOf(0),
    primary: first!,
    certified: tip.height,
    executed: tip.height,
    slots: [],
    viewChanges: [],
  };
}

function peerOf(report: PeerReport, view: PeerView | undefined, nowMs: number): GatewayPeer {
  const { id, open, roundTripMs, clockOffsetMs, lastMessageAt, software, bytesSent, bytesReceived } = report;
  return {
    validator: id,
    connected: open,
    ...(lastMessageAt !== undefined && { lastMessageAgeMs: Math.max(0, nowMs - lastMessageAt) }),
    ...(roundTripMs !== undefined && { roundTripMs }),
    ...(clockOffsetMs !== undefined && { clockOffsetMs }),
    ...(software !== undefined && { version: software }),
    ...(bytesSent !== undefined && { bytesSent }),
    ...(bytesReceived !== undefined && { bytesReceived }),
    ...view?.status,
  };
}

/** What the gateway sees of the node: the runtime's answers, with what the links measure of each peer. */
import { weakQuorum } from '../shared/protocol/quorum.ts';
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
import { votersOf } from './runtime/diagnosis/reach.ts';
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
    submit: (transactions, client, done, payloads) =>
      node.submit(transactions, (results) => done(results.map(gatewayResultOf)), client, payloads),
    payload: (digest) => node.payload(digest),
    status() {
      const status = node.status();
      const { count, bytes } = status.pool;
      const { poolCountMax, poolBytesMax } = defaultTuning;
      const { count: here, bytes: payloadBytes, missing } = status.payloads;
      const reason = notReadyReasonOf(status) ?? followerReasonOf(parts, status);
      return {
        consensus: status.consensus ?? startingView(status, membership()),
        pool: { transactions: count, transactionsMax: poolCountMax, bytes, bytesMax: poolBytesMax },
        payloads: { count: here, bytes: payloadBytes, missing },
        ...(reason !== undefined && { notReadyReason: reason }),
      };
    },
    peers() {
      const views = new Map(node.peers().map((view) => [view.id, view]));
      return links.peers().map((report) => peerOf(report, views.get(report.id), wallMs()));
    },
    voting: () => votersOf(diagnosisFactsOf(parts, undefined))?.length,
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
  const ids = new Set(validators.map(({ id }) => id));
  return {
    self: status.validator,
    validators: validators.map(({ id }) => id),
    parameters: { driftMs, primarySilenceMs },
    nowMs,
    ...(observed && { consensus: observed.consensus }),
    ...(observed?.unregisteredStore && { unregisteredStore: observed.unregisteredStore }),
    height: status.tip.height,
    ...(observed?.sinceCertifiedMs !== undefined && { sinceCertifiedMs: observed.sinceCertifiedMs }),
    waiting: {
      transactions: status.pool.count,
      ...(observed?.waitingSinceMs !== undefined && { sinceMs: observed.waitingSinceMs }),
    },
    ...(status.catchUp && { catchUpTarget: status.catchUp.target }),
    peers: links
      .peers()
      .filter(({ id }) => ids.has(id))
      .map((report) => peerFactsOf(report, views.get(report.id), nowMs)),
    refusals: observed?.refusals ?? [],
    host: meter.facts(),
    ...(signerAbsence && { signerAbsence }),
    disputed: observed?.disputed ?? [],
    damage: status.repair,
    missingPayloads: missingOf(status),
    recoveriesShown: status.recoveriesShown,
  };
}

function missingOf({ payloads }: NodeStatus): DiagnosisFacts['missingPayloads'] & object {
  const [digest] = payloads.missingSample;
  return { count: payloads.missing, ...(digest !== undefined && { digest }) };
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

function notReadyReasonOf({ phase, consensus, catchUp, tip }: NodeStatus): string | undefined {
  if (phase !== 'running' || consensus === undefined) return phase;
  if (consensus.mode === 'starting' || consensus.mode === 'halted') return consensus.mode;
  const lagMax = consensus.mode === 'observing' ? followedBlocks : 0;
  return catchUp === undefined || catchUp.target - tip.height <= lagMax ? undefined : 'catching-up';
}

/** Who follows fetches every block, under load several at once: so many on the way make it no less ready. */
const followedBlocks = 32;

/**
 * Who votes nowhere depends on the others for what is new and for whom it forwards to. One of f+1 is honest: so many
 * must be there, and if so many are far ahead, it is behind, also before it begins to fetch.
 */
function followerReasonOf({ node, membership }: GatewayNodeParts, status: NodeStatus): string | undefined {
  const ids = new Set(membership().validators.map(({ id }) => id));
  if (ids.has(status.validator)) return undefined;
  const heights = node.peers().flatMap((peer) => {
    const isThere = peer.open && ids.has(peer.id) && peer.status !== undefined;
    return isThere ? [peer.status.height] : [];
  });
  const needed = weakQuorum(ids.size);
  if (heights.length < needed) return 'validators-not-reached';
  const ahead = heights.filter((height) => height > status.tip.height + followedBlocks);
  return ahead.length >= needed ? 'catching-up' : undefined;
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

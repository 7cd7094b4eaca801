/** The validator's own figures: where it stands, its peers, its disk, what it refused. */
import { diagnose } from '../../runtime/diagnosis/diagnose.ts';
import type { GatewayContext } from '../context.ts';
import type { GatewayPeer, GatewayTelemetry } from '../ports.ts';
import type { Metric, Sample } from './exposition.ts';
import { counter, gauge, processMetrics } from './process-metrics.ts';

export function allMetrics(context: GatewayContext): readonly Metric[] {
  const { node } = context;
  const telemetry = node.telemetry();
  const { loopDelayMs } = node.diagnosis().host;
  return [
    ...processMetrics(loopDelayMs),
    ...standing(context),
    ...peerMetrics(node.peers()),
    ...verdictMetrics(context),
    ...(telemetry === undefined ? [] : workMetrics(telemetry)),
  ];
}

function standing({ node, self, version, network, queries }: GatewayContext): Metric[] {
  const { consensus, pool, notReadyReason } = node.status();
  const labels = { validator: self, version, network };
  return [
    { name: 'concordat_build_info', help: 'Who this is.', type: 'gauge', samples: [{ labels, value: 1 }] },
    gauge(
      'concordat_height',
      'Highest certified and durable block.',
      Math.max(consensus.certified, queries.certifiedHeight()),
    ),
    gauge('concordat_executed_height', 'Highest executed block.', consensus.executed),
    gauge('concordat_indexed_height', 'Highest block of the index.', queries.indexedHeight()),
    gauge('concordat_epoch', 'Epoch.', consensus.epoch),
    gauge('concordat_view', 'View inside the epoch.', consensus.view),
    gauge(
      'concordat_view_changing',
      '1 while a higher view is asked for.',
      Number(consensus.changingTo !== undefined),
    ),
    gauge(
      'concordat_primary',
      '1 if this validator is the primary of its view.',
      Number(consensus.primary === self),
    ),
    gauge('concordat_voting', '1 if this validator votes.', Number(consensus.mode === 'voting')),
    gauge('concordat_ready', '1 if transactions are taken.', Number(notReadyReason === undefined)),
    gauge('concordat_slots', 'Heights in flight.', consensus.slots.length),
    gauge('concordat_pool_transactions', 'Transactions that wait.', pool.transactions),
    gauge('concordat_pool_transactions_max', 'Room for them.', pool.transactionsMax),
    gauge('concordat_pool_bytes', 'Bytes that wait.', pool.bytes),
  ];
}

function peerMetrics(peers: readonly GatewayPeer[]): Metric[] {
  const perPeer = (
    name: string,
    help: string,
    figureOf: (peer: GatewayPeer) => number | undefined,
    type: 'gauge' | 'counter' = 'gauge',
  ): Metric => ({
    name,
    help,
    type,
    samples: peers.flatMap((peer): Sample[] => {
      const value = figureOf(peer);
      return value === undefined ? [] : [{ labels: { peer: peer.validator }, value }];
    }),
  });
  const seconds = (ms: number | undefined): number | undefined => (ms === undefined ? undefined : ms / 1_000);
  return [
    perPeer('concordat_peer_up', '1 while the link is open.', ({ connected }) => Number(connected)),
    perPeer('concordat_peer_round_trip_seconds', 'Round trip of the link.', ({ roundTripMs }) =>
      seconds(roundTripMs),
    ),
    perPeer('concordat_peer_clock_offset_seconds', "The peer's clock minus ours.", ({ clockOffsetMs }) =>
      seconds(clockOffsetMs),
    ),
    perPeer('concordat_peer_last_message_age_seconds', 'Since its last frame.', ({ lastMessageAgeMs }) =>
      seconds(lastMessageAgeMs),
    ),
    perPeer('concordat_peer_height', 'Its highest certified block, as it says.', ({ height }) => height),
    perPeer('concordat_peer_view', 'Its view, as it says.', ({ view }) => view),
    perPeer(
      'concordat_peer_sent_bytes_total',
      'Sent over the open link.',
      ({ bytesSent }) => bytesSent,
      'counter',
    ),
    perPeer(
      'concordat_peer_received_bytes_total',
      'Received over it.',
      ({ bytesReceived }) => bytesReceived,
      'counter',
    ),
  ];
}

function verdictMetrics({ node }: GatewayContext): Metric[] {
  const facts = node.diagnosis();
  const { commits, healthy, causes, quorum, sinceCertifiedMs, waiting } = diagnose(facts);
  const { disk, certificates = [] } = facts.host;
  const { damaged = [], repaired = 0 } = facts.damage ?? {};
  return [
    gauge('concordat_commits', '1 if the network commits, as far as this node can tell.', Number(commits)),
    gauge('concordat_healthy', '1 if nobody has to do anything.', Number(healthy)),
    {
      name: 'concordat_cause',
      help: 'Causes that the diagnosis names (docs/operations/diagnosis.md).',
      type: 'gauge',
      samples: causes.map(({ code, severity, act }) => ({
        labels: { code, severity, validators: act.join(' ') },
        value: 1,
      })),
    },
    gauge('concordat_quorum_needed', 'Validators that a quorum needs.', quorum.q),
    gauge('concordat_quorum_reachable', 'Validators heard from lately, this one included.', quorum.reachable),
    ...(sinceCertifiedMs === undefined
      ? []
      : [
          gauge(
            'concordat_last_certified_age_seconds',
            'Since the last block became certified here.',
            sinceCertifiedMs / 1_000,
          ),
        ]),
    gauge(
      'concordat_waiting_seconds',
      'How long something has waited without a block.',
      (waiting.sinceMs ?? 0) / 1_000,
    ),
    gauge(
      'concordat_blocks_damaged',
      'Stored blocks that do not match their digests and are not replaced yet.',
      damaged.length,
    ),
    counter('concordat_blocks_repaired_total', 'Damaged blocks that a peer replaced.', repaired),
    {
      name: 'concordat_messages_rejected_total',
      help: 'What peers sent against a rule (docs/protocol.md).',
      type: 'counter',
      samples: facts.refusals.map(({ validator, rule, count }) => ({
        labels: { peer: validator, rule },
        value: count,
      })),
    },
    ...(disk === undefined
      ? []
      : [
          gauge(
            'concordat_disk_free_bytes',
            'Free on the file system of the data directory.',
            disk.freeBytes,
          ),
          gauge('concordat_disk_size_bytes', 'Its size.', disk.totalBytes),
        ]),
    {
      name: 'concordat_certificate_expiry_timestamp_seconds',
      help: 'End of a TLS certificate since 1970.',
      type: 'gauge',
      samples: certificates.map(({ name, expiresAt }) => ({ labels: { name }, value: expiresAt / 1_000 })),
    },
  ];
}

function workMetrics(telemetry: GatewayTelemetry): Metric[] {
  const { votes, transactions, batchSizes, stages, waits, commits, diskBytes } = telemetry;
  return [
    {
      name: 'concordat_votes_total',
      help: 'Messages that this validator signed, by kind.',
      type: 'counter',
      samples: labelled('kind', votes),
    },
    counter('concordat_view_changes_total', 'Views that this validator asked for.', telemetry.viewChanges),
    counter('concordat_evidence_total', 'Conflicting signed messages seen (rule W1).', telemetry.evidence),
    counter('concordat_blocks_total', 'Blocks that became certified and durable here.', telemetry.blocks),
    {
      name: 'concordat_transactions_total',
      help: 'Transactions in them, by outcome.',
      type: 'counter',
      samples: labelled('outcome', transactions),
    },
    {
      name: 'concordat_batch_transactions',
      help: 'Transactions in ordered batches.',
      type: 'histogram',
      samples: [{ histogram: batchSizes }],
    },
    {
      name: 'concordat_stage_seconds',
      help: 'From one milestone of a height to the next: prepared, committed, executed, sealed by a quorum, durable.',
      type: 'histogram',
      samples: Object.entries(stages).map(([stage, histogram]) => ({ labels: { stage }, histogram })),
    },
    {
      name: 'concordat_wait_seconds',
      help: "From a transaction's arrival in this node's pool until its block is certified and durable here.",
      type: 'histogram',
      samples: [{ histogram: waits }],
    },
    {
      name: 'concordat_commit_seconds',
      help: 'Durable commits to disk, fsync included.',
      type: 'histogram',
      samples: Object.entries(commits).map(([file, histogram]) => ({ labels: { file }, histogram })),
    },
    {
      name: 'concordat_disk_used_bytes',
      help: 'Size of the files of the data directory.',
      type: 'gauge',
      samples: labelled('part', diskBytes),
    },
  ];
}

const labelled = (label: string, values: Readonly<Record<string, number>>): Sample[] =>
  Object.entries(values).map(([name, value]) => ({ labels: { [label]: name }, value }));

/** Frames that come over links, decoded and handed to the room that they are for. */
import type { ValidatorId } from '../../shared/types/brands.ts';
import type { Agents } from './agents/agents.ts';
import type { Batches } from './batches.ts';
import type { CatchUp } from './catch-up.ts';
import type { RuntimeContext } from './context.ts';
import type { Dissemination } from './dissemination.ts';
import type { EvidenceRoom } from './evidence.ts';
import { frameLimitsOf } from './frame-limits.ts';
import type { Incoming } from './incoming.ts';
import type { Joining } from './joining.ts';
import type { Payloads } from './payloads.ts';
import type { Conduct } from './peer-conduct.ts';
import type { Peers } from './peers.ts';
import type { LinkEvents } from './ports.ts';
import { plainReader } from './reader.ts';
import type { RecoveryNotice } from './recovery-notice.ts';
import type { Repair } from './repair.ts';
import { createRequests } from './requests.ts';
import type { Serving } from './serving.ts';
import type { LinkMessage } from './wire.ts';

export interface RoutedRooms {
  readonly incoming: Incoming;
  readonly dissemination: Dissemination;
  readonly batches: Batches;
  readonly catchUp: CatchUp;
  readonly conduct: Conduct;
  readonly joining: Joining;
  readonly peers: Peers;
  readonly repair: Repair;
  readonly payloads: Payloads;
  readonly serving: Serving;
  readonly evidence: EvidenceRoom;
  readonly agents: Pick<Agents, 'asked' | 'answered'>;
  readonly recoveryNotice: RecoveryNotice;
}

type SnapshotMessage = Extract<
  LinkMessage,
  {
    type:
      | 'get-snapshots'
      | 'snapshots'
      | 'get-manifest'
      | 'manifest'
      | 'get-part'
      | 'part'
      | 'get-headers'
      | 'headers';
  }
>;

export function createRouting(context: RuntimeContext, rooms: RoutedRooms): LinkEvents {
  const { clock, links, reader = plainReader } = context.ports;
  const requests = createRequests(context);

  function received(from: ValidatorId, frame: Uint8Array): void {
    rooms.peers.heard(from);
    const message = decodeOrDrop(from, frame);
    if (message !== undefined) route(from, message);
  }

  function decodeOrDrop(from: ValidatorId, frame: Uint8Array): LinkMessage | undefined {
    const startedMs = clock.monotonicMs();
    try {
      return reader.frame(frame, frameLimitsOf(context));
    } catch (error) {
      // All of it, whatever the size: nothing else than this frame was looked at.
      links.spend?.(from, clock.monotonicMs() - startedMs);
      const reason = error instanceof Error ? error.message : String(error);
      context.reject('frame-dropped', from, 'M2', reason, { bytes: frame.length });
      return undefined;
    }
  }

  function route(from: ValidatorId, message: LinkMessage): void {
    switch (message.type) {
      case 'consensus':
        rooms.incoming.consensus(from, message.messages, message.certificate);
        return;
      case 'certificate':
        rooms.incoming.certificate(from, message.certificate);
        return;
      case 'recovery':
        rooms.recoveryNotice.told(from, message.recovery);
        return;
      case 'status':
        rooms.conduct.claimed(from, message.status.height);
        rooms.peers.status(from, message.status);
        return;
      case 'ask-newest':
        requests.take(from, () => rooms.peers.asked(from));
        return;
      case 'newest':
        if (!rooms.peers.takesAnswer(from)) return;
        rooms.incoming.newest(from, message, () => rooms.peers.answered(from));
        return;
      case 'transactions':
        rooms.dissemination.received(from, message.envelopes);
        return;
      case 'hand-over':
        rooms.dissemination.handOver(from, message.ids);
        return;
      case 'pass-on':
        rooms.dissemination.passOn(from, message.ids);
        return;
      case 'get-bodies':
        requests.take(from, () => rooms.serving.bodies(from, message.ids));
        return;
      case 'bodies':
        rooms.dissemination.bodies(from, message.envelopes);
        return;
      case 'get-payloads':
        requests.take(from, () => rooms.payloads.serve(from, message.digests));
        return;
      case 'payloads':
        rooms.payloads.arrived(from, message.payloads, message.absent);
        return;
      case 'get-batch':
        requests.take(from, () => rooms.serving.batch(from, message.digest));
        return;
      case 'batch':
        rooms.batches.batchArrived(from, message.batch);
        return;
      case 'evidence':
        rooms.evidence.told(from, message.evidence);
        return;
      case 'ask-presence':
        requests.take(from, () => rooms.agents.asked(from, message));
        return;
      case 'presence':
        rooms.agents.answered(from, message.challenge, message.signature);
        return;
      case 'get-blocks':
        requests.take(from, () => rooms.serving.blocks(from, message.from, message.count));
        return;
      case 'get-decided':
        requests.take(from, () => rooms.serving.decided(from, message.height));
        return;
      case 'decided':
        rooms.repair.arrived(from, message.height, message.block);
        return;
      case 'blocks':
        rooms.catchUp.arrived(from, message.from, message.blocks, message.bodiesFrom);
        return;
      default:
        routeSnapshot(from, message);
    }
  }

  function routeSnapshot(from: ValidatorId, message: SnapshotMessage): void {
    switch (message.type) {
      case 'get-snapshots':
        requests.take(from, () => rooms.serving.snapshots(from));
        return;
      case 'snapshots':
        rooms.joining.offered(from, message.offers);
        return;
      case 'get-manifest':
        requests.take(from, () => rooms.serving.manifest(from, message.manifest));
        return;
      case 'manifest':
        rooms.joining.manifest(from, message.manifest, message.bytes, message.certificate);
        return;
      case 'get-part':
        requests.take(from, () => rooms.serving.part(from, message.manifest, message.piece, message.part));
        return;
      case 'part':
        rooms.joining.part(from, message.manifest, message.piece, message.part, message.bytes);
        return;
      case 'get-headers':
        requests.take(from, () => rooms.serving.headers(from, message.from, message.count));
        return;
      case 'headers':
        rooms.joining.headers(from, message.from, message.headers);
        return;
    }
  }

  return {
    opened: (peer) => {
      rooms.conduct.linked(peer);
      rooms.peers.opened(peer);
      rooms.repair.opened();
      rooms.payloads.opened();
      rooms.evidence.opened(peer);
    },
    closed: (peer) => {
      rooms.peers.closed(peer);
      rooms.catchUp.closed(peer);
      rooms.joining.closed(peer);
      rooms.repair.closed(peer);
      rooms.payloads.closed(peer);
    },
    received,
  };
}

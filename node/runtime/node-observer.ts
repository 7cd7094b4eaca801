/** What an operator, or a diagnosis, sees of this node: agreement, refusals, blocks that are disputed, its telemetry. */
import type { Observation } from '../consensus/observe.ts';
import { observe } from '../consensus/step.ts';
import type { DisputedBlock, UnregisteredStore } from './diagnosis/facts.ts';
import type { Disputes } from './disputes.ts';
import { nowOf } from './loop.ts';
import type { NodeObservation } from './node.ts';
import type { RuntimePorts } from './ports.ts';
import type { Rejections } from './rejections.ts';
import type { Telemetry } from './telemetry/telemetry.ts';
import type { WaitingRoom } from './waiting-room.ts';

export interface NodeObserver {
  /** @param disputedHeight a block to tell of although nobody strayed from it */
  observe(disputedHeight?: number): NodeObservation;
}

export interface Observed {
  readonly state: Parameters<typeof observe>[0];
  readonly rejections: Pick<Rejections, 'counts'>;
  readonly disputes: Disputes;
  readonly telemetry: Pick<Telemetry, 'snapshot'>;
  readonly room: Pick<WaitingRoom, 'waits'>;
  unregisteredStore(): UnregisteredStore | undefined;
  times(): ProgressTimes;
}

/** By the monotonic clock, in milliseconds; none of what did not happen yet. */
interface ProgressTimes {
  readonly lastDurableMs: number | undefined;
  readonly waitingSinceMs: number | undefined;
}

export function createNodeObserver(clock: RuntimePorts['clock'], observed: Observed): NodeObserver {
  const { state, rejections, disputes, telemetry, room, times } = observed;

  function disputedBlocks({ strayed }: Observation, height: number | undefined): readonly DisputedBlock[] {
    const known = disputes.at(strayed.map((one) => one.height));
    const asked = height === undefined ? undefined : disputes.of(height);
    return asked === undefined || known.some((one) => one.height === height) ? known : [...known, asked];
  }

  function observeNode(disputedHeight?: number): NodeObservation {
    const consensus = observe(state, nowOf(clock));
    const { lastDurableMs, waitingSinceMs } = times();
    const unregisteredStore = observed.unregisteredStore();
    const nowMs = clock.monotonicMs();
    const refusals = rejections.counts().map(({ validator, rule, count, lastReason, lastAtMs }) => ({
      validator,
      rule,
      count,
      reason: lastReason,
      agoMs: nowMs - lastAtMs,
    }));
    return {
      consensus,
      ...(unregisteredStore !== undefined && { unregisteredStore }),
      ...(lastDurableMs !== undefined && { sinceCertifiedMs: nowMs - lastDurableMs }),
      ...(waitingSinceMs !== undefined && { waitingSinceMs: nowMs - waitingSinceMs }),
      refusals,
      disputed: disputedBlocks(consensus, disputedHeight),
      telemetry: telemetry.snapshot(),
      waits: room.waits(),
    };
  }

  return { observe: observeNode };
}

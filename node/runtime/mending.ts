/**
 * A ledger that is too damaged for a start is put right before: a node that only asks. It neither votes nor serves,
 * and is to its peers one that is not there yet.
 */
import type { Height, NetworkId, ValidatorId } from '../../shared/types/brands.ts';
import type { StateView } from '../ledger/types.ts';
import { createEpochBook } from './epoch-book.ts';
import { createEpochTrail } from './epoch-trail.ts';
import { frameLimitsOf } from './frame-limits.ts';
import { type AskingContext, createConduct } from './peer-conduct.ts';
import type { LinkEvents, RepairPort, RuntimePorts } from './ports.ts';
import { createRejections } from './rejections.ts';
import { createRepair } from './repair.ts';
import { createSignatureCache } from './signatures.ts';
import { defaultTuning } from './tuning.ts';
import { createVoteLane } from './verification.ts';
import { decodeLinkMessage, encodeLinkMessage } from './wire.ts';

export interface MendingConfig {
  readonly self: ValidatorId;
  readonly network: NetworkId;
  /** What is known of the network: it may be older than the ledger, which says itself what it handed over to since. */
  readonly state: StateView;
  /** The state is that after this block. */
  readonly height: Height;
}

export interface MendingPorts extends Pick<RuntimePorts, 'clock' | 'timers' | 'links' | 'log' | 'verifier'> {
  readonly repair: RepairPort;
}

/** Without the repair of a block for so long, no peer has what is missing. */
const patienceMs = 15_000;
const lookMs = 100;
/** Certificates have few seals; none is verified twice within a block's repair. */
const rememberedSignatures = 256;

/** Calls back when nothing is damaged any more, or nobody could help. */
export function mend(
  config: MendingConfig,
  ports: MendingPorts,
  done: (repaired: number) => void,
): LinkEvents & { start(): void } {
  const { network, self, state, height } = config;
  const { clock, timers, links } = ports;
  const { reject } = createRejections(ports);
  const epochs = createEpochBook({ network, state, height });
  const trail = createEpochTrail(network, epochs);
  trail.learn(ports.repair.handOvers());
  const context: AskingContext = {
    epochs,
    trail,
    self,
    tuning: defaultTuning,
    send: (to, message) => links.send(to, encodeLinkMessage(message)),
    reject,
    ports,
  };
  const conduct = createConduct(context);
  const lane = createVoteLane(ports.verifier, createSignatureCache(rememberedSignatures));
  const repair = createRepair(context, { port: ports.repair, lane, conduct, state });
  let lastRepaired = 0;
  let sinceMs = clock.monotonicMs();

  function start(): void {
    repair.start();
    look();
  }

  function look(): void {
    const { damaged, repaired } = repair.figures();
    const now = clock.monotonicMs();
    if (repaired > lastRepaired) sinceMs = now;
    lastRepaired = repaired;
    if (damaged.length > 0 && now - sinceMs < patienceMs) {
      timers.after(lookMs, look);
      return;
    }
    repair.stop();
    done(repaired);
  }

  function received(from: ValidatorId, frame: Uint8Array): void {
    try {
      const message = decodeLinkMessage(frame, frameLimitsOf(context));
      if (message.type === 'decided') repair.arrived(from, message.height, message.block);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      reject('frame-dropped', from, 'M2', reason, { bytes: frame.length });
    }
  }

  return { start, received, opened: () => repair.opened(), closed: (peer) => repair.closed(peer) };
}

/**
 * Rooms remember things of peers by name: what one claims, when it was heard, how it behaved. Names leave the ledger's
 * book with their nodes, and a server that is asked while this node is behind takes another one with each key. What is
 * remembered of a name leaves when nobody bears it any more; otherwise memory would grow with all who ever came.
 */
import type { ValidatorId } from '../../shared/types/brands.ts';
import type { RuntimeContext } from './context.ts';

export interface Remembering {
  /** Drops what is remembered of peers that are gone. */
  forget(isGone: (peer: ValidatorId) => boolean): void;
}

export interface Forgetting {
  start(): void;
}

export function createForgetting(
  { epochs, ports, tuning }: Pick<RuntimeContext, 'epochs' | 'ports' | 'tuning'>,
  rooms: readonly Remembering[],
): Forgetting {
  const { links, timers } = ports;

  function start(): void {
    timers.after(tuning.forgetMs, () => {
      sweep();
      start();
    });
  }

  function sweep(): void {
    const linked = new Set([...links.open(), ...(links.servers?.() ?? [])]);
    const epochSets = [epochs.previous(), epochs.current(), epochs.scheduled()];
    const members = new Set(epochSets.flatMap((one) => one?.validators.map(({ id }) => id) ?? []));
    const isGone = (peer: ValidatorId): boolean =>
      !linked.has(peer) && !members.has(peer) && links.knows?.(peer) !== true;
    for (const room of rooms) room.forget(isGone);
  }

  return { start };
}

/** Of a map or a set by name. */
export function forgetIn(
  remembered: Pick<Map<ValidatorId, unknown>, 'delete'> & { keys(): Iterable<ValidatorId> },
  isGone: (peer: ValidatorId) => boolean,
): void {
  for (const peer of [...remembered.keys()]) if (isGone(peer)) remembered.delete(peer);
}

/** Counts down what is under way of each; of whom nothing is, nothing is remembered. */
export function lower<Name>(counts: Map<Name, number>, name: Name, by = 1): void {
  const left = (counts.get(name) ?? by) - by;
  if (left > 0) counts.set(name, left);
  else counts.delete(name);
}

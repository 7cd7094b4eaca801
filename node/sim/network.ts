/**
 * Links between replicas. Harsher than TLS over TCP: frames of an open link may be lost, doubled, and overtake
 * one another. A frame never outlives its link, though: what was sent before a crash or a closing is gone.
 */
import type { ValidatorId } from '../../shared/types/brands.ts';
import type { LinkEvents } from '../runtime/ports.ts';
import type { World } from './world.ts';

export interface SimulatedNetwork {
  open(of: ValidatorId): readonly ValidatorId[];
  send(from: ValidatorId, to: ValidatorId, frame: Uint8Array): void;
  /** A replica listens from now on; links to it open after a while. */
  join(id: ValidatorId, events: LinkEvents): void;
  leave(id: ValidatorId): void;
  /** Replicas of different groups do not reach each other. */
  partition(groupOf: ReadonlyMap<ValidatorId, number>): void;
  heal(): void;
}

interface Link {
  isOpen: boolean;
  /** Frames of earlier sessions are not delivered. */
  session: number;
}

const openDelayMaxMs = 40;

export function createNetwork(world: World, ids: readonly ValidatorId[]): SimulatedNetwork {
  const { queue, prng, settings } = world;
  const listeners = new Map<ValidatorId, LinkEvents>();
  const links = new Map<string, Link>();
  let groups: ReadonlyMap<ValidatorId, number> = new Map();

  const linkOf = (one: ValidatorId, other: ValidatorId): Link => {
    const name = one < other ? `${one} ${other}` : `${other} ${one}`;
    const link = links.get(name) ?? { isOpen: false, session: 0 };
    links.set(name, link);
    return link;
  };
  const isCut = (one: ValidatorId, other: ValidatorId): boolean => groups.get(one) !== groups.get(other);

  function open(of: ValidatorId): ValidatorId[] {
    return ids.filter((id) => id !== of && linkOf(of, id).isOpen);
  }

  function send(from: ValidatorId, to: ValidatorId, frame: Uint8Array): void {
    if (!linkOf(from, to).isOpen) return;
    const copies = world.hostile && prng.chance(settings.duplication) ? 2 : 1;
    for (let copy = 0; copy < copies; copy += 1) {
      if (!world.hostile || !prng.chance(settings.loss)) sendCopy(from, to, frame);
    }
  }

  function sendCopy(from: ValidatorId, to: ValidatorId, frame: Uint8Array): void {
    const link = linkOf(from, to);
    const { session } = link;
    queue.after(delayMs(), () => {
      if (!link.isOpen || link.session !== session || isCut(from, to)) return;
      world.trace(() => `${to} receives ${frame.length} bytes from ${from}`);
      listeners.get(to)?.received(from, frame);
    });
  }

  function delayMs(): number {
    if (!world.hostile) return prng.between(0.5, 2);
    const late = prng.chance(settings.stragglers) ? prng.between(0, settings.stragglerMs) : 0;
    return prng.between(settings.delayMinMs, settings.delayMaxMs) + late;
  }

  function join(id: ValidatorId, events: LinkEvents): void {
    listeners.set(id, events);
    for (const other of ids) if (other !== id && listeners.has(other)) openLater(id, other);
  }

  function openLater(one: ValidatorId, other: ValidatorId): void {
    queue.after(prng.between(0, openDelayMaxMs), () => {
      const link = linkOf(one, other);
      if (link.isOpen || isCut(one, other) || !listeners.has(one) || !listeners.has(other)) return;
      link.isOpen = true;
      link.session += 1;
      listeners.get(one)?.opened(other);
      listeners.get(other)?.opened(one);
    });
  }

  function leave(id: ValidatorId): void {
    listeners.delete(id);
    for (const other of ids) if (other !== id) close(id, other);
  }

  function close(one: ValidatorId, other: ValidatorId): void {
    const link = linkOf(one, other);
    if (!link.isOpen) return;
    link.isOpen = false;
    link.session += 1;
    for (const [id, peer] of [[one, other] as const, [other, one] as const]) {
      queue.after(0, () => {
        if (!link.isOpen) listeners.get(id)?.closed(peer);
      });
    }
  }

  const pairs = ids.flatMap((one, index) => ids.slice(index + 1).map((other) => [one, other] as const));

  function partition(groupOf: ReadonlyMap<ValidatorId, number>): void {
    groups = groupOf;
    if (!settings.partitionClosesLinks) return;
    for (const [one, other] of pairs) if (isCut(one, other)) close(one, other);
  }

  function heal(): void {
    groups = new Map();
    for (const [one, other] of pairs) openLater(one, other);
  }

  return { open, send, join, leave, partition, heal };
}

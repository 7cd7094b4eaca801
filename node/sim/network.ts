/**
 * Links between replicas. Harsher than TLS over TCP: frames of an open link may be lost, doubled, and overtake
 * one another, and a direction may be dead without anyone being told. A frame never outlives its link, though:
 * what was sent before a crash or a closing is gone.
 */
import type { ValidatorId } from '../../shared/types/brands.ts';
import type { LinkEvents } from '../runtime/ports.ts';
import { describeFrame } from './describe-frame.ts';
import type { World } from './world.ts';

/** What one replica sees of it. */
export interface NetworkPort {
  open(of: ValidatorId): readonly ValidatorId[];
  send(from: ValidatorId, to: ValidatorId, frame: Uint8Array): void;
  /** A replica listens from now on; links to it open after a while. */
  join(id: ValidatorId, events: LinkEvents): void;
  leave(id: ValidatorId): void;
}

/** One direction of one link. */
export interface Direction {
  readonly from: ValidatorId;
  readonly to: ValidatorId;
}

export interface SimulatedNetwork extends NetworkPort {
  /** Nothing travels in these directions until `heal`; if asked, links that lost both are seen to close. */
  cut(directions: readonly Direction[], closesLinks: boolean): void;
  /** Nothing ever travels in these directions again. */
  cutForGood(directions: readonly Direction[]): void;
  heal(): void;
}

interface Link {
  readonly one: ValidatorId;
  readonly other: ValidatorId;
  isOpen: boolean;
  /** Frames of earlier sessions are not delivered. */
  session: number;
}

interface Line {
  readonly link: Link;
  isCut: boolean;
  isDead: boolean;
}

const openDelayMaxMs = 40;

export function createNetwork(world: World, ids: readonly ValidatorId[]): SimulatedNetwork {
  const { queue, prng, settings } = world;
  const listeners = new Map<ValidatorId, LinkEvents>();
  const lines = new Map<ValidatorId, Map<ValidatorId, Line>>(ids.map((id) => [id, new Map()]));
  const links: Link[] = [];
  ids.forEach((one, index) => {
    for (const other of ids.slice(index + 1)) {
      const link: Link = { one, other, isOpen: false, session: 0 };
      links.push(link);
      lines.get(one)!.set(other, { link, isCut: false, isDead: false });
      lines.get(other)!.set(one, { link, isCut: false, isDead: false });
    }
  });
  const others = new Map(ids.map((id) => [id, ids.filter((other) => other !== id)]));

  const lineOf = (from: ValidatorId, to: ValidatorId): Line => lines.get(from)!.get(to)!;
  const carries = ({ isCut, isDead }: Line): boolean => !isCut && !isDead;
  const isSevered = ({ one, other }: Link): boolean =>
    !carries(lineOf(one, other)) && !carries(lineOf(other, one));

  function open(of: ValidatorId): ValidatorId[] {
    return others.get(of)!.filter((id) => lineOf(of, id).link.isOpen);
  }

  function send(from: ValidatorId, to: ValidatorId, frame: Uint8Array): void {
    const line = lineOf(from, to);
    if (!line.link.isOpen) return;
    const copies = world.hostile && prng.chance(settings.duplication) ? 2 : 1;
    if (copies > 1) world.meet('frame doubled');
    for (let copy = 0; copy < copies; copy += 1) {
      if (!world.hostile || !prng.chance(settings.loss)) sendCopy(line, from, to, frame);
      else world.meet('frame lost');
    }
  }

  /** What is lost on a cut line is lost at once: nothing happens for it later. */
  function sendCopy(line: Line, from: ValidatorId, to: ValidatorId, frame: Uint8Array): void {
    const { link } = line;
    const { session } = link;
    if (!carries(line)) {
      world.meet(line.isDead ? 'frame on a dead line' : 'frame on a cut line');
      return;
    }
    queue.after(delayMs(), () => {
      if (!link.isOpen || link.session !== session || !carries(line)) return;
      world.trace(() => `${to} receives ${describeFrame(frame)} from ${from}`);
      listeners.get(to)?.received(from, frame);
    });
  }

  function delayMs(): number {
    if (!world.hostile) return prng.between(0.5, 3);
    const isLate = prng.chance(settings.stragglers);
    const late = isLate ? prng.between(0, settings.stragglerMs) : 0;
    if (isLate) world.meet('frame late');
    return prng.between(settings.delayMinMs, settings.delayMaxMs) + late;
  }

  function join(id: ValidatorId, events: LinkEvents): void {
    listeners.set(id, events);
    for (const other of others.get(id)!) if (listeners.has(other)) openLater(lineOf(id, other).link);
  }

  function openLater(link: Link): void {
    const { one, other } = link;
    queue.after(prng.between(0, openDelayMaxMs), () => {
      if (link.isOpen || isSevered(link) || !listeners.has(one) || !listeners.has(other)) return;
      link.isOpen = true;
      link.session += 1;
      listeners.get(one)?.opened(other);
      listeners.get(other)?.opened(one);
    });
  }

  function leave(id: ValidatorId): void {
    listeners.delete(id);
    for (const other of others.get(id)!) close(lineOf(id, other).link);
  }

  function close(link: Link): void {
    if (!link.isOpen) return;
    link.isOpen = false;
    link.session += 1;
    const { one, other } = link;
    for (const [id, peer] of [[one, other] as const, [other, one] as const]) {
      queue.after(0, () => {
        if (!link.isOpen) listeners.get(id)?.closed(peer);
      });
    }
  }

  function cut(directions: readonly Direction[], closesLinks: boolean): void {
    for (const { from, to } of directions) lineOf(from, to).isCut = true;
    if (closesLinks) for (const link of links) if (isSevered(link)) close(link);
  }

  function cutForGood(directions: readonly Direction[]): void {
    for (const { from, to } of directions) lineOf(from, to).isDead = true;
  }

  function heal(): void {
    for (const byPeer of lines.values()) for (const line of byPeer.values()) line.isCut = false;
    for (const link of links) openLater(link);
  }

  return { open, send, join, leave, cut, cutForGood, heal };
}

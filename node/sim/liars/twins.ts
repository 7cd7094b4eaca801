/**
 * Twins (Bano et al., 2020): two honest nodes that share one key and one address, neither knowing of the other. Each
 * peer talks to one of them; all twins of a universe agree on the sides, so that f+1 of them make a fork.
 */
import type { ValidatorId } from '../../../shared/types/brands.ts';
import type { LinkEvents } from '../../runtime/ports.ts';
import { encodeLinkMessage, type LinkMessage } from '../../runtime/wire.ts';
import type { Founding } from '../founding.ts';
import type { NetworkPort } from '../network.ts';
import type { World } from '../world.ts';

export type Side = 0 | 1;

/** Which honest replica hears which twin, and which twin a frame comes from. */
export interface Sides {
  of(id: ValidatorId): Side;
  readonly speakers: WeakMap<Uint8Array, Side>;
}

export function drawSides(world: World, ids: readonly ValidatorId[]): Sides {
  const sides = new Map(ids.map((id, index) => [id, (index === 0 ? 0 : world.prng.below(2)) as Side]));
  return { of: (id) => sides.get(id) ?? 0, speakers: new WeakMap() };
}

export interface TwinPorts {
  readonly ports: readonly [NetworkPort, NetworkPort];
}

export function createTwinPorts(
  world: World,
  network: NetworkPort,
  founding: Founding,
  sides: Sides,
  isTwin: (id: ValidatorId) => boolean,
): TwinPorts {
  const { parameters } = founding.document;
  const nodes: [LinkEvents | undefined, LinkEvents | undefined] = [undefined, undefined];

  /** The second one speaks to an honest replica, with the key of the first. */
  const lies = (): void => world.meet('lie of twins');

  function portOf(side: Side): NetworkPort {
    return {
      open: network.open,
      send: (from, to, frame) => {
        if (!isTwin(to) && sides.of(to) !== side) return;
        if (!isTwin(to) && side === 1) lies();
        const said = isTwin(to) ? new Uint8Array(frame) : frame;
        if (isTwin(to)) sides.speakers.set(said, side);
        network.send(from, to, said);
      },
      join: (id, node) => {
        const isFirst = nodes[0] === undefined && nodes[1] === undefined;
        nodes[side] = node;
        if (isFirst) network.join(id, both);
        else for (const peer of network.open(id)) node.opened(peer);
      },
      leave: (id) => {
        nodes[side] = undefined;
        if (nodes[0] === undefined && nodes[1] === undefined) network.leave(id);
      },
    };
  }

  const both: LinkEvents = {
    opened: (peer) => {
      for (const node of nodes) node?.opened(peer);
    },
    closed: (peer) => {
      for (const node of nodes) node?.closed(peer);
    },
    received: (from, frame) => {
      const side = sides.speakers.get(frame) ?? sides.of(from);
      nodes[side]?.received(from, forgetful(frame));
    },
  };

  /** Peers would tell one twin what the other signed (rule D3): it hears that there is nothing. */
  function forgetful(frame: Uint8Array): Uint8Array {
    const message = decoded(frame);
    return message?.type === 'newest' ? encodeLinkMessage({ ...message, messages: [] }) : frame;
  }

  function decoded(frame: Uint8Array): LinkMessage | undefined {
    try {
      return world.reader.frame(frame, parameters);
    } catch {
      return undefined;
    }
  }

  return { ports: [portOf(0), portOf(1)] };
}

/** The network, with every frame looked at as it is sent and as it arrives. */
import type { ValidatorId } from '../../shared/types/brands.ts';
import type { NetworkPort } from './network.ts';

/** Looks at frames. */
interface FrameWatch {
  sent?(from: ValidatorId, to: ValidatorId, frame: Uint8Array): void;
  /** Hands the frame over; undefined, or what is wrong. */
  receive(to: ValidatorId, from: ValidatorId, frame: Uint8Array, handOver: () => void): string | undefined;
}

export function createWatchedPort(
  network: NetworkPort,
  watch: FrameWatch,
  report: (fault: string | undefined) => void,
): NetworkPort {
  return {
    open: network.open,
    send: (from, to, frame) => {
      watch.sent?.(from, to, frame);
      network.send(from, to, frame);
    },
    join: (id: ValidatorId, node) =>
      network.join(id, {
        opened: node.opened,
        closed: node.closed,
        received: (from, frame) => report(watch.receive(id, from, frame, () => node.received(from, frame))),
      }),
    leave: network.leave,
  };
}

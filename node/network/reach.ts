/**
 * Calls a peer at its address to learn whether one of its node keys answers there, and hangs up: the link with it may
 * be one that it dialled itself, from wherever it is.
 */
import { dial } from './dialer.ts';
import type { MeshContext } from './mesh-context.ts';
import type { PeerAddress } from './peer-book.ts';

export interface Reacher {
  /** Calls back once, later. */
  call(entry: PeerAddress, done: (isReached: boolean) => void): void;
  /** Gives up what is under way; nothing is called back any more. */
  stop(): void;
}

export function createReacher({ certificate, limits }: MeshContext): Reacher {
  const underWay = new Set<() => void>();

  function call({ address, nodeKeys }: PeerAddress, done: (isReached: boolean) => void): void {
    if (address === undefined) {
      setImmediate(done, false);
      return;
    }
    const finish = (isReached: boolean): void => {
      underWay.delete(cancel);
      done(isReached);
    };
    const cancel = dial(address, {
      certificate: certificate(),
      frameBytesMax: limits.frameBytesMax,
      handshakeTimeoutMs: limits.handshakeTimeoutMs,
      refusalOf: (nodeKey) => (nodeKeys.includes(nodeKey) ? undefined : 'link-refused-wrong-identity'),
      connected({ ws }) {
        // A socket error is followed by `close`, and nothing is lost with it.
        ws.on('error', () => undefined);
        ws.terminate();
        finish(true);
      },
      failed: () => finish(false),
    });
    underWay.add(cancel);
  }

  return {
    call,
    stop() {
      for (const cancel of underWay) cancel();
      underWay.clear();
    },
  };
}

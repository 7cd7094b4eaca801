/**
 * Bounds what one connection asks for before it was answered. Node reads and routes all that came in one piece at once:
 * a few thousand requests in a row would keep the validator from everything else for seconds.
 */
import type { IncomingMessage, RequestListener } from 'node:http';
import type { Socket } from 'node:net';

/** Browsers and clients wait for each answer; somebody may send a few ahead. */
const unansweredMax = 16;

/** Hangs up on a connection that has more than so many; what it asked for beyond them is not looked at. */
export function limitPipelining(listener: RequestListener): RequestListener {
  const unanswered = new WeakMap<Socket, number>();
  return (request: IncomingMessage, response) => {
    const { socket } = request;
    const count = unanswered.get(socket) ?? 0;
    if (socket.destroyed) return;
    if (count >= unansweredMax) {
      socket.destroy();
      return;
    }
    unanswered.set(socket, count + 1);
    response.once('close', () => unanswered.set(socket, (unanswered.get(socket) ?? 1) - 1));
    listener(request, response);
  };
}

/** Connections whose node key is not known yet: bounded, so that many callers cost neither memory nor sockets. */
import type { Socket } from 'node:net';

export class Strangers {
  readonly #countMax: number;
  /** By the caller's port and address, in order of arrival. */
  readonly #waiting = new Map<string, Socket>();

  constructor(countMax: number) {
    this.#countMax = countMax;
  }

  add(socket: Socket): void {
    const name = nameOf(socket);
    this.#waiting.set(name, socket);
    socket.once('close', () => {
      if (this.#waiting.get(name) === socket) this.#waiting.delete(name);
    });
    if (this.#waiting.size <= this.#countMax) return;
    // The oldest had the most time: a peer needs milliseconds.
    const oldest = this.#waiting.values().next().value;
    oldest?.destroy();
  }

  /** This one proved who it is. */
  known(socket: Pick<Socket, 'remoteAddress' | 'remotePort'>): void {
    this.#waiting.delete(nameOf(socket));
  }
}

const nameOf = ({ remoteAddress, remotePort }: Pick<Socket, 'remoteAddress' | 'remotePort'>): string =>
  `${remoteAddress} ${remotePort}`;

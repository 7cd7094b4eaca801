/** All subscribers of this gateway: admission, heartbeats, dead sockets, farewell. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { apiPrefix } from '../../../shared/api.ts';
import type { GatewayContext } from '../context.ts';
import { originAllowed } from '../http/cross-origin.ts';
import { isOwnHost } from '../http/own-host.ts';
import { ProblemError } from '../http/problem-error.ts';
import { readSubscribe } from './read-subscribe.ts';
import { Subscription } from './subscription.ts';

const path = `${apiPrefix}/subscribe`;
const messageBytesMax = 16 * 1024;
/** Close codes of RFC 6455, section 7.4. */
const closeCodes = { policy: 1008, restart: 1012, internal: 1011 } as const;

interface Subscriber {
  readonly socket: WebSocket;
  subscription?: Subscription;
  isAlive: boolean;
  readonly openedMs: number;
  /** Heartbeats in a row at which its buffer was full, and where it stood at the first. */
  stuckBeats: number;
  stuckAt?: number;
  hasFailed: boolean;
}

export class Subscriptions {
  readonly #context: GatewayContext;
  readonly #server = new WebSocketServer({
    noServer: true,
    maxPayload: messageBytesMax,
    perMessageDeflate: false,
    maxFragments: 64,
    // Answers to one who does not read would pile up.
    autoPong: false,
  });
  readonly #subscribers = new Set<Subscriber>();
  readonly #unfollow: () => void;
  readonly #timer: NodeJS.Timeout;

  constructor(context: GatewayContext, server: Server) {
    this.#context = context;
    server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
    const wakeAll = (): void => {
      for (const { subscription } of this.#subscribers) subscription?.wake();
    };
    const unfollows = [context.follower.follow(wakeAll), context.follower.followIndex(wakeAll)];
    this.#unfollow = () => {
      for (const unfollow of unfollows) unfollow();
    };
    this.#timer = setInterval(() => this.#beat(), context.limits.heartbeatMs);
    this.#timer.unref();
  }

  get count(): number {
    return this.#subscribers.size;
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const refused = this.#refusal(request);
    if (refused !== undefined) {
      // Node's own listener is gone at an upgrade: without one, a client that hangs up would end the process.
      socket.on('error', () => socket.destroy());
      const head = `HTTP/1.1 ${refused}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`;
      socket.end(head, () => socket.destroy());
      return;
    }
    this.#server.handleUpgrade(request, socket, head, (opened) => this.#open(opened));
  }

  #refusal(request: IncomingMessage): string | undefined {
    if (request.url?.split('?', 1)[0] !== path) return '404 Not Found';
    const { origin, host } = request.headers;
    const { gateways, limits, tls } = this.#context;
    if (tls === undefined && !isOwnHost(host, gateways)) return '421 Misdirected Request';
    if (!originAllowed(origin, host, gateways)) return '403 Forbidden';
    return this.#subscribers.size >= limits.subscriptionsMax ? '503 Service Unavailable' : undefined;
  }

  #open(socket: WebSocket): void {
    const openedMs = performance.now();
    const subscriber: Subscriber = { socket, isAlive: true, openedMs, stuckBeats: 0, hasFailed: false };
    this.#subscribers.add(subscriber);
    socket.on('ping', (data) => {
      if (socket.bufferedAmount < this.#context.limits.socketBufferBytes) socket.pong(data);
    });
    socket.on('pong', () => {
      subscriber.isAlive = true;
    });
    socket.on('message', (data, isBinary) => this.#receive(subscriber, isBinary ? '' : String(data)));
    socket.on('error', (error) => {
      this.#context.log.write('debug', 'subscriber-failed', { reason: error.message });
    });
    socket.on('close', () => {
      subscriber.subscription?.close();
      this.#subscribers.delete(subscriber);
    });
  }

  #receive(subscriber: Subscriber, text: string): void {
    if (subscriber.hasFailed) return;
    try {
      if (subscriber.subscription) {
        throw new ProblemError('invalid-request', 'One subscription per socket: open another socket.');
      }
      const { queries, limits } = this.#context;
      const failed = (error: unknown): void => this.#fail(subscriber, error);
      const message = readSubscribe(text);
      subscriber.subscription = new Subscription(
        queries,
        message,
        subscriber.socket,
        limits.socketBufferBytes,
        failed,
      );
      subscriber.subscription.wake();
    } catch (error) {
      this.#fail(subscriber, error);
    }
  }

  #fail(subscriber: Subscriber, error: unknown): void {
    const { socket } = subscriber;
    subscriber.hasFailed = true;
    const requestId = randomUUID();
    if (!(error instanceof ProblemError)) {
      const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
      this.#context.log.write('error', 'subscription-failed', { requestId, reason });
    }
    const problem =
      error instanceof ProblemError ? error : new ProblemError('internal', 'The node failed to answer.');
    socket.send(JSON.stringify({ type: 'problem', problem: problem.toProblem(requestId) }), () => undefined);
    socket.close(problem.code === 'internal' ? closeCodes.internal : closeCodes.policy, problem.code);
    setTimeout(() => socket.terminate(), farewellMs).unref();
  }

  #beat(): void {
    for (const subscriber of this.#subscribers) {
      if (!subscriber.isAlive || this.#isStuck(subscriber)) subscriber.socket.terminate();
      else if (this.#isLate(subscriber)) {
        const { subscribeMs } = this.#context.limits;
        this.#fail(
          subscriber,
          new ProblemError('invalid-request', 'No subscribe message came.', { subscribeMs }),
        );
      } else {
        subscriber.isAlive = false;
        subscriber.socket.ping();
        subscriber.subscription?.heartbeat(this.#context.follower.height, this.#context.wallMs());
      }
    }
  }

  #isLate({ subscription, hasFailed, openedMs }: Subscriber): boolean {
    const waited = performance.now() - openedMs;
    return subscription === undefined && !hasFailed && waited > this.#context.limits.subscribeMs;
  }

  /** Its buffer is full and nothing has left it for many heartbeats: it may answer pings, but does not read. */
  #isStuck(subscriber: Subscriber): boolean {
    const { subscription, stuckAt } = subscriber;
    if (subscription?.isStuck !== true) {
      subscriber.stuckBeats = 0;
      return false;
    }
    const moved = stuckAt !== subscription.next;
    subscriber.stuckBeats = moved ? 1 : subscriber.stuckBeats + 1;
    subscriber.stuckAt = subscription.next;
    if (subscriber.stuckBeats <= this.#context.limits.stuckBeatsMax) return false;
    this.#context.log.write('info', 'subscriber-stuck', { next: subscription.next });
    return true;
  }

  /** Tells each subscriber where to resume. Those who do not go are cut off. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#unfollow();
    for (const { socket, subscription } of this.#subscribers) {
      subscription?.close('this node stops');
      socket.close(closeCodes.restart, 'restart');
    }
    const farewell = setTimeout(() => this.#cutOff(), farewellMs);
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
    clearTimeout(farewell);
  }

  #cutOff(): void {
    for (const { socket } of this.#subscribers) socket.terminate();
  }
}

const farewellMs = 500;

/** All subscribers of this gateway: admission, heartbeats, dead sockets, farewell. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { apiPrefix, type ProblemCode, type SubscribeMessage } from '../../../shared/api.ts';
import type { GatewayContext } from '../context.ts';
import { activeMemberCount } from '../governance/member-count.ts';
import { addressGroup } from '../http/address-group.ts';
import { originAllowed } from '../http/cross-origin.ts';
import { isOwnHost } from '../http/own-host.ts';
import { ProblemError } from '../http/problem-error.ts';
import { signInRequired } from '../sessions/admission.ts';
import type { Caller } from '../sessions/caller.ts';
import { type Credentials, credentialsOf } from '../sessions/credentials.ts';
import { readSubscribe } from './read-subscribe.ts';
import { Subscription } from './subscription.ts';

const path = `${apiPrefix}/subscribe`;
const messageBytesMax = 16 * 1024;
/** Close codes of RFC 6455, section 7.4. */
const closeCodes = { policy: 1008, restart: 1012, internal: 1011 } as const;
/** Ours: the session has ended, sign in again and resume. */
const signedOutCode = 4401;

interface Subscriber {
  readonly socket: WebSocket;
  /** Unknown until the upgrade or the subscribe message said it. */
  caller: Caller | undefined;
  /** Address, or /64 of IPv6, that opened it. */
  readonly from: string;
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
      for (const subscriber of this.#subscribers)
        if (this.#isStillKnown(subscriber)) subscriber.subscription?.wake();
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
    const credentials = credentialsOf(request.headers, this.#context.self);
    const caller = credentials && this.#context.admission.known(credentials.token);
    const refused = this.#refusal(request, credentials, caller);
    if (refused !== undefined) {
      // Node's own listener is gone at an upgrade: without one, a client that hangs up would end the process.
      socket.on('error', () => socket.destroy());
      const head = `HTTP/1.1 ${refused}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`;
      socket.end(head, () => socket.destroy());
      return;
    }
    const from = this.#addressOf(request);
    this.#server.handleUpgrade(request, socket, head, (opened) => this.#open(opened, caller, from));
  }

  /** Who brings no credentials may bring a token with the subscribe message, but few such may wait at once. */
  #refusal(
    request: IncomingMessage,
    credentials: Credentials | undefined,
    caller: Caller | undefined,
  ): string | undefined {
    if (request.url?.split('?', 1)[0] !== path) return '404 Not Found';
    const { origin, host } = request.headers;
    const { gateways, limits, origins, tls } = this.#context;
    if (tls === undefined && !isOwnHost(host, gateways())) return '421 Misdirected Request';
    if (!originAllowed(origin, host, gateways())) return '403 Forbidden';
    if (credentials?.via === 'bearer' && caller === undefined) return '401 Unauthorized';
    // The browser sends the cookie for whichever page asks.
    if (credentials?.via === 'cookie' && caller !== undefined && !origins.isOwn(origin))
      return '403 Forbidden';
    const isFull =
      this.#subscribers.size >= limits.subscriptionsMax ||
      (caller === undefined ? this.#hasStrangers(this.#addressOf(request)) : this.#hasItsShare(caller));
    return isFull ? '503 Service Unavailable' : undefined;
  }

  #addressOf(request: IncomingMessage): string {
    return addressGroup(this.#context.clientAddress(request));
  }

  /** As many as may wait, of all, or of an address: one alone keeps no stranger out. */
  #hasStrangers(address: string): boolean {
    const { strangersMax } = this.#context.limits;
    const strangers = [...this.#subscribers].filter(({ caller }) => caller === undefined);
    const own = strangers.filter(({ from }) => from === address).length;
    return strangers.length >= strangersMax || own >= Math.ceil(strangersMax / strangerShares);
  }

  /** A member's equal part, and beyond it half of what is still free, as in the pool: identities cost it nothing. */
  #hasItsShare({ member }: Caller): boolean {
    const { subscriptionsMax } = this.#context.limits;
    const part = Math.floor(subscriptionsMax / activeMemberCount(this.#context));
    const own = [...this.#subscribers].filter(({ caller }) => caller?.member === member).length;
    return own >= Math.max(part, subscriptionsMax - this.#subscribers.size);
  }

  #open(socket: WebSocket, caller: Caller | undefined, from: string): void {
    const openedMs = performance.now();
    const subscriber: Subscriber = {
      socket,
      caller,
      from,
      isAlive: true,
      openedMs,
      stuckBeats: 0,
      hasFailed: false,
    };
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
      this.#admit(subscriber, message);
      subscriber.subscription = new Subscription(
        queries,
        message,
        subscriber.socket,
        limits.socketBufferBytes,
        () => subscriber.caller,
        failed,
      );
      subscriber.subscription.wake();
    } catch (error) {
      this.#fail(subscriber, error);
    }
  }

  /** @throws ProblemError `sign-in-required`, `role-missing`, `not-ready` */
  #admit(subscriber: Subscriber, { token, topic }: SubscribeMessage): void {
    const { admission } = this.#context;
    const caller = token === undefined ? subscriber.caller : admission.known(token);
    // With a token it is one more of its member's, which nobody counted at the upgrade.
    const isNew = caller?.member !== subscriber.caller?.member;
    const isFull = caller !== undefined && isNew && this.#hasItsShare(caller);
    subscriber.caller = caller;
    if (caller === undefined) throw signInRequired();
    if (isFull) throw shareFull(caller);
    this.#requireTopic(caller, topic);
  }

  /** Blocks tell how much happens in streams that a reader does not read. */
  #requireTopic(caller: Caller, topic: SubscribeMessage['topic']): void {
    const name = topic === 'blocks' && caller.reads !== 'everything' ? 'blocks' : 'subscribe';
    this.#context.admission.requireRole(caller, name);
  }

  /** Asked at every certified block: who was revoked in it is out with it. */
  #isStillKnown(subscriber: Subscriber): boolean {
    const { caller, subscription, hasFailed } = subscriber;
    if (caller === undefined || subscription === undefined || hasFailed) return true;
    const now = this.#context.admission.again(caller);
    subscriber.caller = now;
    try {
      if (now === undefined) throw signInRequired();
      this.#requireTopic(now, subscription.topic);
      return true;
    } catch (error) {
      subscription.close();
      this.#fail(subscriber, error);
      return false;
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
    socket.close(closeCodeOf(problem.code), problem.code);
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
/** Of the places of sockets that nobody knows yet, one address has such a part. */
const strangerShares = 4;
const retryAfterSeconds = 5;

const shareFull = ({ member }: Caller): ProblemError =>
  new ProblemError(
    'not-ready',
    `${member} has its share of this node's subscriptions.`,
    { member },
    { retryAfterSeconds },
  );

function closeCodeOf(code: ProblemCode): number {
  if (code === 'sign-in-required') return signedOutCode;
  return code === 'internal' ? closeCodes.internal : closeCodes.policy;
}

/**
 * Following blocks or events as an endless iteration. When a socket closes or falls silent, it goes on at the next
 * gateway from the position after the last item, so that the caller sees no gap and nothing twice.
 */
import { apiPrefix, type ServerMessage, type SubscribeMessage, serverMessageSchema } from '../api.ts';
import { ClientError, errorOfProblem } from './client-error.ts';
import type { Exchange } from './exchange.ts';
import type { ClientPorts, ClientSocket } from './ports.ts';
import { CredentialsFailure } from './sign-in.ts';

type SubscribedItem = Extract<ServerMessage, { type: 'block' | 'event' }>;
export type SubscriptionUpdate = SubscribedItem | Extract<ServerMessage, { type: 'heartbeat' }>;
export type Subscribe = SubscribeMessage extends infer Message
  ? Message extends SubscribeMessage
    ? Omit<Message, 'type'>
    : never
  : never;

/** Servers send heartbeats several times in this time. */
const silenceMaxMs = 20_000;
const backOffFirstMs = 200;
const backOffMaxMs = 5_000;

/**
 * Items and heartbeats, for ever; leave the loop to end it.
 * @throws ClientError if a gateway refuses the subscription itself
 */
export async function* subscribe(
  exchange: Exchange,
  ports: ClientPorts,
  subscription: Subscribe,
): AsyncGenerator<SubscriptionUpdate, void, void> {
  let from = subscription.from;
  let failures = 0;
  for (;;) {
    const gateway = exchange.preferred;
    const { token, isAnswered } = await ticketOf(exchange, gateway);
    const connection = new Connection(gateway, ports, {
      type: 'subscribe',
      ...subscription,
      ...(token === undefined ? {} : { token }),
      from,
    });
    try {
      for (let message = await connection.next(); message; message = await connection.next()) {
        if (message.type === 'problem') {
          // A session that has ended is opened again, and so is one that could not be opened now.
          const isNobody = token === undefined && isAnswered;
          if (message.problem.code !== 'sign-in-required' || isNobody) throw errorOfProblem(message.problem);
          exchange.signIns.forget(gateway);
          break;
        }
        const isRepeat = 'position' in message && from !== 'now' && message.position < from;
        if (isRepeat) continue;
        from = message.next;
        failures = 0;
        if (message.type !== 'subscribed' && message.type !== 'resume-from') yield message;
      }
    } finally {
      connection.close();
    }
    exchange.preferNext();
    await ports.sleep(Math.min(backOffMaxMs, backOffFirstMs * 2 ** failures));
    failures += 1;
  }
}

interface Ticket {
  readonly token?: string;
  /** False: the gateway did not say whether it opens a session. */
  readonly isAnswered: boolean;
}

/** A gateway that cannot be asked for one is mostly found silent by the socket, too; behind a load balancer it is not. */
async function ticketOf({ signIns }: Exchange, gateway: string): Promise<Ticket> {
  try {
    const token = await signIns.token(gateway);
    return { isAnswered: true, ...(token !== undefined && { token }) };
  } catch (error) {
    if (error instanceof ClientError) throw error;
    if (error instanceof CredentialsFailure) throw error.cause;
    return { isAnswered: false };
  }
}

/** One socket as a queue of messages; undefined ends it. */
class Connection {
  readonly #socket: ClientSocket;
  readonly #ports: ClientPorts;
  readonly #arrived: (ServerMessage | undefined)[] = [];
  #waiting: ((message: ServerMessage | undefined) => void) | undefined;
  #received = 0;
  #isClosed = false;

  constructor(gateway: string, ports: ClientPorts, message: SubscribeMessage) {
    this.#ports = ports;
    const socket = ports.connect(`${gateway.replace(/^http/, 'ws')}${apiPrefix}/subscribe`);
    this.#socket = socket;
    socket.addEventListener('open', () => socket.send(JSON.stringify(message)));
    socket.addEventListener('message', ({ data }) => this.#receive(data));
    socket.addEventListener('close', () => this.#deliver(undefined));
    socket.addEventListener('error', () => this.close());
    void this.#watch();
  }

  next(): Promise<ServerMessage | undefined> {
    if (this.#arrived.length > 0) return Promise.resolve(this.#arrived.shift());
    if (this.#isClosed) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      this.#waiting = resolve;
    });
  }

  close(): void {
    if (this.#isClosed) return;
    this.#deliver(undefined);
    this.#socket.close();
  }

  /** What does not parse comes from no gateway of ours: elsewhere it may be better. */
  #receive(data: unknown): void {
    const message = serverMessageSchema.safeParse(jsonOf(data));
    if (message.success) {
      this.#received += 1;
      this.#deliver(message.data);
    } else this.close();
  }

  #deliver(message: ServerMessage | undefined): void {
    if (this.#isClosed) return;
    if (message === undefined) this.#isClosed = true;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting) waiting(message);
    else this.#arrived.push(message);
  }

  /** A link that died without a word is given up. */
  async #watch(): Promise<void> {
    for (let before = -1; !this.#isClosed && before !== this.#received; ) {
      before = this.#received;
      await this.#ports.sleep(silenceMaxMs);
    }
    this.close();
  }
}

function jsonOf(data: unknown): unknown {
  try {
    return typeof data === 'string' ? JSON.parse(data) : undefined;
  } catch {
    return undefined;
  }
}

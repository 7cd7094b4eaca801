/**
 * One subscriber: pumps its feed into its socket. When the socket's buffer is full it stops reading the index
 * until what was sent has left, so that a slow reader costs no memory.
 */
import type { ServerMessage, SubscribeMessage } from '../../../shared/api.ts';
import type { LedgerQueries } from '../../runtime/queries.ts';
import type { Caller } from '../sessions/caller.ts';
import { yieldToOthers } from '../yield-to-others.ts';
import { type Feed, feedOf } from './feed.ts';

/** What a subscription needs of a WebSocket. */
export interface SubscriberSocket {
  readonly bufferedAmount: number;
  /** Calls back when the message has left this process, or could not. */
  send(text: string, sent: (error?: Error | null) => void): void;
}

export class Subscription {
  readonly topic: SubscribeMessage['topic'];
  readonly #feed: Feed;
  readonly #socket: SubscriberSocket;
  readonly #bufferMax: number;
  readonly #failed: (error: unknown) => void;
  /** Member that reads. */
  readonly #of: () => string;
  #next: number;
  #isPumping = false;
  /** A wake-up during the last look at the feed asks for one more. */
  #wokenAgain = false;
  #isClosed = false;

  constructor(
    queries: LedgerQueries,
    message: SubscribeMessage,
    socket: SubscriberSocket,
    bufferMax: number,
    reader: () => Pick<Caller, 'reads' | 'member'> | undefined,
    failed: (error: unknown) => void,
  ) {
    this.topic = message.topic;
    this.#feed = feedOf(queries, message, () => reader()?.reads ?? { patterns: [] });
    this.#of = () => reader()?.member ?? '';
    this.#socket = socket;
    this.#bufferMax = bufferMax;
    this.#failed = failed;
    this.#next = message.from === 'now' ? this.#feed.head() : message.from;
    this.#send({ type: 'subscribed', topic: message.topic, next: this.#next });
  }

  /** Where to go on from after everything that was sent. */
  get next(): number {
    return this.#next;
  }

  /** Sends what is there; called when blocks became readable. */
  wake(): void {
    this.#wokenAgain = true;
    if (this.#isPumping || this.#isClosed) return;
    this.#isPumping = true;
    this.#pump()
      .catch(this.#failed)
      .finally(() => {
        this.#isPumping = false;
      });
  }

  /** Its reader takes nothing: the buffer is full. */
  get isStuck(): boolean {
    return this.#isFull();
  }

  heartbeat(height: number, nowMs: number): void {
    if (!this.#isPumping) this.#send({ type: 'heartbeat', next: this.#next, height, nowMs });
  }

  close(reason?: string): void {
    if (reason !== undefined && !this.#isClosed)
      this.#send({ type: 'resume-from', next: this.#next, reason });
    this.#isClosed = true;
  }

  async #pump(): Promise<void> {
    while (!this.#isClosed && this.#wokenAgain) {
      this.#wokenAgain = false;
      await this.#sendAvailable();
    }
  }

  async #sendAvailable(): Promise<void> {
    for (;;) {
      // A block wakes all subscribers at once: each reads in a turn of its own.
      await yieldToOthers(this.#of());
      if (this.#isClosed) return;
      const chunk = this.#feed.read(this.#next);
      if (chunk.next === this.#next) return;
      await this.#sendAll(chunk.messages);
      if (!this.#isClosed) this.#next = chunk.next;
    }
  }

  /** Waits for the socket if it is slow. */
  async #sendAll(messages: readonly ServerMessage[]): Promise<void> {
    for (const message of messages) {
      if (this.#isClosed) return;
      // Whoever closes while this one leaves says where to resume: after it.
      if ('next' in message) this.#next = message.next;
      if (this.#isFull()) await this.#sendAndWait(message);
      else this.#send(message);
    }
  }

  #isFull(): boolean {
    return this.#socket.bufferedAmount >= this.#bufferMax;
  }

  #sendAndWait(message: ServerMessage): Promise<void> {
    return new Promise((resolve) => this.#socket.send(JSON.stringify(message), () => resolve()));
  }

  #send(message: ServerMessage): void {
    this.#socket.send(JSON.stringify(message), () => undefined);
  }
}

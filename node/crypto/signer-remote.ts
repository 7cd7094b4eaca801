/**
 * Signs by asking another process over a Unix socket (`concordat signer`). While it is away nothing is signed, the
 * node says so, and goes on when it is back; what it was asked for and did not answer is asked again, which is safe:
 * the signer gives the same signature for the same bytes. A refusal is fatal: this node asked for what it must not.
 */
import { connect, type Socket } from 'node:net';
import { CodecError } from '../../shared/codec/codec-error.ts';
import { encodeEpochLink } from '../../shared/codec/ledger.ts';
import type { Epoch, NetworkId, PublicKey, ValidatorId } from '../../shared/types/brands.ts';
import type { EpochLink } from '../../shared/types/ledger.ts';
import type { LogPort, SignerPort } from '../runtime/ports.ts';
import { type SignerOrders, signerOrders } from './signer-orders.ts';
import { createSignerQueue } from './signer-queue.ts';
import {
  createFrameReader,
  decodeSignerAnswer,
  encodeSignerRequest,
  type FrameReader,
  type SignerAnswer,
  type SignerHello,
  signerFrame,
  signerItemsMax,
} from './signer-wire.ts';

export interface RemoteSignerOptions {
  /** Path of the socket. */
  readonly socket: string;
  readonly network: NetworkId;
  readonly validator: ValidatorId;
  /** The consensus key that the ledger names, if any: what it is taken to have until it greets. */
  readonly key?: PublicKey;
  /** Of the parameters in force in an epoch; undefined for one that is not known. */
  readonly window: (epoch: Epoch) => number | undefined;
  readonly log: LogPort;
  /** The node must stop: `signer-refused`, `signer-mismatch`. */
  readonly fatal: (code: string, facts: { readonly [name: string]: unknown }) => void;
  /** Milliseconds; never steps back. */
  readonly monotonicMs: () => number;
}

/** Since when the signer has been away, and why. */
export interface SignerAbsence {
  readonly forMs: number;
  readonly reason: string;
}

export interface RemoteSigner extends SignerPort, SignerOrders {
  advance(link: EpochLink): void;
  /** Resolves when it has greeted, or is away. */
  readonly known: Promise<void>;
  /** undefined while it answers. */
  absence(): SignerAbsence | undefined;
  close(): void;
}

/** A signer that holds its socket and says nothing for so long is away. */
const answerPatienceMs = 5_000;
const retryFirstMs = 100;
const retryMaxMs = 2_000;
const frameBytes = 1024 * 1024;

export function createRemoteSigner(options: RemoteSignerOptions): RemoteSigner {
  const { log, monotonicMs, fatal } = options;
  const queue = createSignerQueue(options.window);
  const orders = signerOrders(options);
  let socket: Socket | undefined;
  /** It greeted, and is the right one. */
  let greeted = false;
  /** Signatures that are due; of a hand-over none, but its own answer. */
  let asked: { readonly id: number; readonly count: number } | undefined;
  /** Hand-overs that it has not confirmed: they go before what is to be signed. */
  const links: Uint8Array[] = [];
  let nextId = 1;
  let retryMs = retryFirstMs;
  let away: { readonly sinceMs: number; reason: string } | undefined;
  let closed = false;
  /** As it greeted; before, what it must have to be the right one. */
  let held: readonly PublicKey[] = options.key === undefined ? [] : [options.key];
  /** Somebody was told of these before it greeted, and may vote by now. */
  let isAssumed = false;
  let hasGreeted = false;
  let nowKnown = (): void => {};
  const known = new Promise<void>((resolve) => {
    nowKnown = resolve;
  });
  let timer: NodeJS.Timeout | undefined;
  let reader = createFrameReader();
  dial();

  function dial(): void {
    timer = undefined;
    if (closed) return;
    reader = createFrameReader();
    const dialled = connect(options.socket);
    socket = dialled;
    let reason = 'it closed the connection';
    dialled.on('error', (error) => {
      reason = error.message;
    });
    dialled.on('data', (chunk: Buffer) => received(dialled, reader, chunk));
    dialled.once('close', () => lost(reason));
    expect(dialled);
  }

  /** An answer is due from now on. */
  function expect(from: Socket): void {
    clearTimeout(timer);
    timer = setTimeout(
      () => from.destroy(new Error(`no answer for ${answerPatienceMs} ms`)),
      answerPatienceMs,
    );
  }

  function lost(reason: string): void {
    clearTimeout(timer);
    greeted = false;
    asked = undefined;
    queue.unasked();
    socket = undefined;
    if (closed) return;
    nowKnown();
    if (away === undefined) {
      away = { sinceMs: monotonicMs(), reason };
      log.write('warn', 'signer-unreachable', { socket: options.socket, reason, waiting: queue.size() });
    }
    away.reason = reason;
    timer = setTimeout(dial, retryMs);
    retryMs = Math.min(2 * retryMs, retryMaxMs);
  }

  function received(from: Socket, frames: FrameReader, chunk: Buffer): void {
    try {
      for (const frame of frames.take(chunk)) if (!closed) take(decodeSignerAnswer(frame));
    } catch (error) {
      if (!(error instanceof CodecError || error instanceof RangeError)) throw error;
      from.destroy(new Error(`it does not speak this version's language: ${error.message}`));
    }
  }

  function take(answer: SignerAnswer): void {
    if (answer.type === 'hello') greet(answer);
    else if (answer.type === 'refused') {
      const { code, facts } = answer.refusal;
      stop('signer-refused', { refusal: code, ...facts });
    } else if (
      answer.type === 'signed' &&
      answer.id === asked?.id &&
      answer.signatures.length === asked.count
    ) {
      asked = undefined;
      clearTimeout(timer);
      queue.settle(answer.signatures);
      ask();
    } else if (answer.type === 'advanced' && answer.id === asked?.id) {
      asked = undefined;
      links.shift();
      clearTimeout(timer);
      ask();
    } else socket?.destroy(new Error(`an answer to what was not asked: ${answer.type}`));
  }

  function greet({ network, validator, keys }: SignerHello): void {
    const { network: forNetwork, validator: forValidator, key } = options;
    const isMissing = isAssumed && key !== undefined && !keys.includes(key);
    if (network !== forNetwork || validator !== forValidator || isMissing) {
      const found = { network, validator, keys: keys.join(' ') };
      stop('signer-mismatch', {
        socket: options.socket,
        expected: { network: forNetwork, validator: forValidator, ...(key !== undefined && { key }) },
        found,
      });
      return;
    }
    clearTimeout(timer);
    greeted = true;
    held = keys;
    hasGreeted = true;
    isAssumed = false;
    nowKnown();
    retryMs = retryFirstMs;
    if (away !== undefined) {
      log.write('info', 'signer-back', {
        awayMs: Math.round(monotonicMs() - away.sinceMs),
        waiting: queue.size(),
      });
      away = undefined;
    } else log.write('info', 'signer-connected', { socket: options.socket });
    ask();
  }

  function stop(code: string, facts: { readonly [name: string]: unknown }): void {
    close();
    fatal(code, facts);
  }

  /** One frame at a time: what comes meanwhile goes together, and costs the signer one fsync. */
  function ask(): void {
    const [link] = links;
    if (!greeted || asked !== undefined || socket === undefined) return;
    if (link === undefined && queue.size() === 0) return;
    if (link !== undefined) {
      asked = { id: nextId, count: 0 };
      nextId += 1;
      socket.write(signerFrame(encodeSignerRequest({ type: 'advance', id: asked.id, link })));
      expect(socket);
      return;
    }
    const items = queue.head(signerItemsMax, frameBytes);
    asked = { id: nextId, count: items.length };
    nextId += 1;
    socket.write(signerFrame(encodeSignerRequest({ type: 'sign', id: asked.id, items })));
    expect(socket);
  }

  function close(): void {
    closed = true;
    clearTimeout(timer);
    socket?.destroy();
  }

  return {
    keys() {
      isAssumed ||= !hasGreeted;
      return held;
    },
    sign(requests, done) {
      if (closed) return;
      queue.add(requests, done);
      ask();
    },
    advance(link) {
      if (closed) return;
      links.push(encodeEpochLink(link));
      ask();
    },
    async create() {
      const key = await orders.create();
      if (!held.includes(key)) held = [...held, key];
      return key;
    },
    async erase(key) {
      await orders.erase(key);
      held = held.filter((one) => one !== key);
    },
    known,
    absence: () => away && { forMs: monotonicMs() - away.sinceMs, reason: away.reason },
    close,
  };
}

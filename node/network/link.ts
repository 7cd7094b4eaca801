/** One open connection with an authenticated peer: frames in both directions, pings, a bounded send buffer. */
import type { ValidatorId } from '../../shared/types/brands.ts';
import type { LogPort } from '../runtime/ports.ts';
import {
  decodePing,
  decodePong,
  encodeFrame,
  encodePing,
  encodePong,
  frameKind,
  type Pong,
} from './frames.ts';
import type { Hello } from './hello.ts';
import type { LinkLimits } from './options.ts';
import type { Connection, ConnectionKeys } from './peer-key.ts';
import { chargeMs, frameCostMs, ReadBudget } from './read-budget.ts';
import { closeCodeBadFrame, closeCodeReplaced } from './refusals.ts';
import { addSample, bestSample, type Sample, sampleOf } from './round-trip.ts';
import { bytesOf, closeOrTerminate } from './sockets.ts';

export interface LinkMeasures {
  readonly roundTripMs?: number;
  readonly clockOffsetMs?: number;
  /** Our clock, milliseconds since 1970. */
  readonly lastMessageAt: number;
  readonly framesSent: number;
  readonly framesReceived: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
  /** Frames that found the send buffer full. */
  readonly framesDropped: number;
  readonly bufferedBytes: number;
  /** For so long in all nothing was read, because the peer had taken more of our time than its share. */
  readonly pausedMs: number;
}

export interface Link extends GreetedPeer {
  send(frame: Uint8Array): void;
  /** The peer sent what no honest one sends: it is read more slowly. */
  useless(): void;
  /** What it sent costs so much elsewhere. */
  spend(costMs: number): void;
  /** Asks for a sign of life and ends the link if the next ping finds none. */
  probe(): void;
  close(code: number, reason: string): void;
  /**
   * Another connection takes its place: nothing is sent any more, and what is on its way to us still counts.
   * `goodbye`: we say so, behind all that we have sent; else the peer is expected to, and does not get for ever.
   */
  drain(goodbye: boolean): void;
  measures(): LinkMeasures;
  /** Resolves when the connection is gone and all that came over it was handled, whoever ended it. */
  readonly ended: Promise<void>;
}

export interface LinkHandlers {
  received(frame: Uint8Array): void;
  /**
   * Once, whoever ended it. `reason` is one of our log codes or the close code. `isWhole`: the peer had said
   * goodbye to a replaced connection, so that nothing of what it sent was lost.
   */
  ended(reason: string, isWhole: boolean): void;
}

interface GreetedPeer {
  /** The peer's id, or the name of a server that no book knows. */
  readonly peer: ValidatorId;
  readonly keys: ConnectionKeys;
  readonly hello: Hello;
  /** Who opened the connection. */
  readonly dialer: ValidatorId;
}

/** A connection after the exchange of hellos. */
export interface GreetedConnection extends Connection, GreetedPeer {}

export interface LinkContext {
  readonly limits: LinkLimits;
  readonly log: LogPort;
  readonly wallMs: () => number;
  /** Of this peer over all its links: who hangs up and calls again gets no fresh one. */
  readonly budget: ReadBudget;
}

/** Well below the silence after which a link counts as dead. */
const pauseMaxMs = 1_500;

export const readBudgetOf = ({ readShare: share, readBurstMs: burstMs }: LinkLimits): ReadBudget =>
  new ReadBudget({ share, burstMs, pauseMaxMs }, performance.now());

export function openLink(connection: GreetedConnection, context: LinkContext, handlers: LinkHandlers): Link {
  const { ws, peer, keys, hello, dialer } = connection;
  const { limits, log, wallMs, budget } = context;
  const counts = { framesSent: 0, framesReceived: 0, bytesSent: 0, bytesReceived: 0, framesDropped: 0 };
  let samples: readonly Sample[] = [];
  let lastMessageAt = wallMs();
  let pingNumber = 0;
  let pingSent = { wallMs: 0, monotonicMs: 0 };
  let silentPings = 0;
  let full = false;
  let resumeTimer: NodeJS.Timeout | undefined;
  /** What one read of the socket had brought when the budget ran out: no more than that, as the socket is paused. */
  const unhandled: Uint8Array[] = [];
  let pausedMs = 0;
  let endReason: string | undefined;
  let isDraining = false;
  let drainTimer: NodeJS.Timeout | undefined;
  /** Set when the connection is gone. */
  let gone: { readonly reason: string; readonly isWhole: boolean } | undefined;
  let isOver = false;
  let resolveEnded: () => void;
  const ended = new Promise<void>((resolve) => {
    resolveEnded = resolve;
  });

  function write(frame: Uint8Array): void {
    counts.framesSent++;
    counts.bytesSent += frame.length;
    ws.send(frame, { binary: true });
  }
  function send(content: Uint8Array): void {
    if (content.length >= limits.frameBytesMax) {
      counts.framesDropped++;
      log.write('error', 'link-frame-too-large', {
        peer,
        bytes: content.length,
        max: limits.frameBytesMax,
        by: 'us',
      });
    } else if (isFull()) {
      counts.framesDropped++;
    } else {
      write(encodeFrame(frameKind.payload, content));
    }
  }
  /** Once full, stays so until half of it has left, so that the log has two lines and not thousands. */
  function isFull(): boolean {
    const bufferedBytes = ws.bufferedAmount;
    const nowFull = bufferedBytes > limits.sendBufferBytesMax / (full ? 2 : 1);
    if (nowFull !== full) {
      const code = nowFull ? 'link-send-buffer-full' : 'link-send-buffer-drained';
      log.write(nowFull ? 'warn' : 'info', code, {
        peer,
        bufferedBytes,
        framesDropped: counts.framesDropped,
      });
    }
    full = nowFull;
    return full;
  }
  function ping(): void {
    if (silentPings >= limits.silentPingsMax) {
      log.write('warn', 'link-silent', { peer, lastMessageAt });
      endReason = 'link-silent';
      ws.terminate();
      return;
    }
    silentPings++;
    pingSent = { wallMs: wallMs(), monotonicMs: performance.now() };
    write(encodePing(++pingNumber));
  }
  function onPong(pong: Pong): void {
    // Only the newest ping is timed; an answer to an older one is late and says little.
    if (pong.number !== pingNumber) return;
    // Fractions of a millisecond matter in a data centre, and the wall clock has none.
    const answeredAt = pingSent.wallMs + performance.now() - pingSent.monotonicMs;
    samples = addSample(samples, sampleOf(pingSent.wallMs, pong.arrivedAt, pong.sentAt, answeredAt));
  }
  function onMessage(data: Buffer): void {
    const frame = bytesOf(data);
    silentPings = 0;
    lastMessageAt = wallMs();
    counts.framesReceived++;
    counts.bytesReceived += frame.length;
    // One read brings many small frames: the budget counts for each, or their sum would stall all others at once.
    if (resumeTimer === undefined) handle(frame);
    else unhandled.push(frame);
  }
  function handle(frame: Uint8Array): void {
    const startedMs = performance.now();
    const good = takeFrame(frame);
    spend(frameCostMs + chargeMs(performance.now() - startedMs, frame.length));
    if (!good) {
      log.write('warn', 'link-bad-frame', {
        peer,
        rule: 'M2',
        kind: frame[0] ?? null,
        bytes: frame.length,
        by: 'us',
      });
      close(closeCodeBadFrame, 'link-bad-frame');
    }
  }
  /** What is not read stays in the peer's socket: memory here does not grow. */
  function spend(costMs: number): void {
    const pauseMs = budget.spend(costMs, performance.now());
    if (pauseMs === 0 || resumeTimer !== undefined || isOver) return;
    if (pausedMs === 0) log.write('warn', 'link-read-slowly', { peer, share: limits.readShare });
    pausedMs += pauseMs;
    ws.pause();
    resumeTimer = setTimeout(resume, pauseMs);
  }
  function resume(): void {
    resumeTimer = undefined;
    while (resumeTimer === undefined) {
      const frame = unhandled.shift();
      if (frame === undefined) {
        if (gone === undefined) ws.resume();
        else end();
        return;
      }
      handle(frame);
    }
  }
  /** @returns false for a frame that no honest peer sends */
  function takeFrame(frame: Uint8Array): boolean {
    if (frame[0] === frameKind.payload) {
      handlers.received(frame.subarray(1));
      return true;
    }
    const number = frame[0] === frameKind.ping ? decodePing(frame) : undefined;
    if (number !== undefined) {
      // Who pings and does not read gets no more answers than the buffer holds.
      if (!isFull()) write(encodePong({ number, arrivedAt: lastMessageAt, sentAt: wallMs() }));
      return true;
    }
    const pong = frame[0] === frameKind.pong ? decodePong(frame) : undefined;
    if (pong !== undefined) onPong(pong);
    return pong !== undefined;
  }
  function close(code: number, reason: string): void {
    isDraining = false;
    endReason ??= reason;
    if (gone === undefined) closeOrTerminate(ws, code, reason);
    else end();
  }
  function drain(goodbye: boolean): void {
    isDraining = true;
    // Both patiences are long: a full send buffer and a peer that is read slowly take their time.
    if (goodbye) sayReplaced();
    else drainTimer = setTimeout(sayReplaced, limits.handshakeTimeoutMs);
  }
  function sayReplaced(): void {
    clearInterval(pingTimer);
    endReason ??= 'link-replaced';
    closeOrTerminate(ws, closeCodeReplaced, 'link-replaced', limits.handshakeTimeoutMs);
  }
  function onError(error: Error & { code?: string }): void {
    if (error.code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH') {
      endReason ??= 'link-frame-too-large';
      log.write('warn', 'link-frame-too-large', { peer, rule: 'M2', max: limits.frameBytesMax, by: 'peer' });
    } else if (error.code?.startsWith('WS_ERR_') === true) {
      // Compressed, in too many pieces, or not WebSocket at all.
      endReason ??= 'link-bad-frame';
      log.write('warn', 'link-bad-frame', { peer, rule: 'M2', reason: error.code, by: 'peer' });
    }
  }
  function onClose(code: number, reason: Buffer): void {
    clearInterval(pingTimer);
    clearTimeout(drainTimer);
    gone = {
      reason: endReason ?? (reason.toString() || `closed-${code}`),
      isWhole: code === closeCodeReplaced,
    };
    // What a replaced connection has brought waits for the budget, as it would have while it was open.
    if (!isDraining || resumeTimer === undefined) end();
  }
  function end(): void {
    if (gone === undefined || isOver) return;
    isOver = true;
    clearTimeout(resumeTimer);
    unhandled.length = 0;
    resolveEnded();
    handlers.ended(gone.reason, gone.isWhole);
  }

  const pingTimer = setInterval(ping, limits.pingMs);
  ws.on('message', onMessage);
  ws.on('error', onError);
  ws.on('close', onClose);
  ping();
  return {
    peer,
    keys,
    hello,
    dialer,
    send,
    useless: () => spend(limits.uselessCostMs),
    spend,
    probe() {
      silentPings = Math.max(silentPings, limits.silentPingsMax - 1);
    },
    close,
    drain,
    measures: () => ({
      ...counts,
      ...bestSample(samples),
      lastMessageAt,
      bufferedBytes: ws.bufferedAmount,
      pausedMs,
    }),
    ended,
  };
}

/**
 * The payloads of the ledger on this node: what state calls present is kept, and fetched if it is not here; what it
 * calls erased is deleted; what no event came to name leaves once nothing can name it any more. All are looked at
 * after a start, which finds what a crash, a snapshot or a backup without payloads left undone.
 */
import type { Digest } from '../../shared/types/brands.ts';
import { erasedBy, payloadCount, payloadNumbered, readPayload } from '../ledger/modules/payloads.ts';
import type { ExecutedBlock } from '../ledger/types.ts';
import { parametersOf, type RuntimeContext } from './context.ts';
import type { NamedPayload } from './payload-needs.ts';

export interface PayloadKeeping {
  start(): void;
  /** Certified and durable here. */
  certified(block: ExecutedBlock): void;
  /** Its bytes were here, and are not what its digest says. */
  damaged(digest: Digest): void;
  isMissing(digest: Digest): boolean;
  /** These are durable now. */
  arrived(digests: readonly Digest[]): void;
  figures(): PayloadFigures;
}

export interface PayloadFigures {
  readonly count: number;
  readonly bytes: number;
  /** Of the ledger, not erased, and not here; those that were met so far. */
  readonly missing: number;
  /** Some of them, by digest. */
  readonly missingSample: readonly Digest[];
  /** Whether all of the ledger were looked at since the start. */
  readonly isScanned: boolean;
}

/** More are looked for when some of these have come. */
const missingMax = 1_000;
const sampleMax = 8;
/** Leave in one go. */
const sweptMax = 256;

export function createPayloadKeeping(
  context: RuntimeContext,
  want: (payload: NamedPayload) => void,
): PayloadKeeping {
  const { payloads, state, timers, log, blocks } = context.ports;
  const missing = new Map<Digest, NamedPayload>();
  let next = 0;
  let isScanning = false;

  function start(): void {
    scan();
    timers.after(context.tuning.payloadSweepMs, sweep);
  }

  /** From the first one on that was not looked at, some in one go. */
  function scan(): void {
    if (isScanning) return;
    const end = Math.min(payloadCount(state), next + context.tuning.payloadScan);
    const kept: Digest[] = [];
    const erased: Digest[] = [];
    for (; next < end && missing.size < missingMax; next += 1) {
      const digest = payloadNumbered(state, next);
      const record = digest && readPayload(state, digest);
      if (digest === undefined || record === undefined) throw new Error(`Payload ${next} is not in state`);
      const isHere = payloads.size(digest) !== undefined;
      if (record.erased !== undefined) {
        if (isHere) erased.push(digest);
      } else if (isHere) kept.push(digest);
      else lose({ digest, size: record.size });
    }
    if (kept.length > 0) payloads.keep(kept);
    if (erased.length > 0) erase(erased);
    const isLeft = next < payloadCount(state) && missing.size < missingMax;
    if (!isLeft) return;
    isScanning = true;
    timers.after(context.tuning.payloadScanMs, () => {
      isScanning = false;
      scan();
    });
  }

  function damaged(digest: Digest): void {
    const record = readPayload(state, digest);
    if (record !== undefined && record.erased === undefined) lose({ digest, size: record.size });
  }

  function lose(payload: NamedPayload): void {
    missing.set(payload.digest, payload);
    want(payload);
  }

  function certified({ height, ran, opening, closing }: ExecutedBlock): void {
    const events = [...opening, ...ran.flatMap((one) => one.events), ...closing];
    const erased = events.flatMap(erasedBy);
    if (erased.length > 0) {
      log.write('info', 'payloads-erased', { height, count: erased.length });
      for (const digest of erased) missing.delete(digest);
      erase(erased);
    }
    scan();
  }

  /** Once certified: before, the order is final and the block is not proven. */
  function erase(digests: readonly Digest[]): void {
    const here = digests.filter((digest) => payloads.size(digest) !== undefined);
    payloads.erase(digests, () => {
      if (here.length > 0) log.write('info', 'payloads-deleted', { count: here.length });
    });
  }

  function arrived(digests: readonly Digest[]): void {
    const found = digests.filter((digest) => missing.delete(digest));
    if (found.length > 0) payloads.keep(found);
    scan();
  }

  /** Certified time is past all that could still name them: no transaction that did can run any more (rule X2). */
  function sweep(): void {
    const { lifetimeMs, driftMs } = parametersOf(context);
    const beforeMs = blocks.tip().header.time - lifetimeMs - 2 * driftMs;
    const loose = payloads.loose(beforeMs, sweptMax);
    const named = loose.filter((digest) => readPayload(state, digest) !== undefined);
    const unnamed = loose.filter((digest) => readPayload(state, digest) === undefined);
    if (named.length > 0) payloads.keep(named);
    if (unnamed.length > 0)
      payloads.erase(unnamed, () => log.write('info', 'payloads-unclaimed', { count: unnamed.length }));
    timers.after(context.tuning.payloadSweepMs, sweep);
  }

  return {
    start,
    certified,
    damaged,
    isMissing: (digest) => missing.has(digest),
    arrived,
    figures: () => {
      const { count, bytes } = payloads.figures();
      return {
        count,
        bytes,
        missing: missing.size,
        missingSample: [...missing.keys()].slice(0, sampleMax),
        isScanned: next >= payloadCount(state),
      };
    },
  };
}

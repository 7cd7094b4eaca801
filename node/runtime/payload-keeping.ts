/**
 * The payloads of the ledger on this node: what state calls present is kept, and fetched if it is not here; what it
 * calls erased is deleted; what no event came to name leaves once nothing can name it any more. All are looked at
 * after a start, which finds what a crash, a snapshot or a backup without payloads left undone.
 */
import type { Digest } from '../../shared/types/brands.ts';
import { erasedBy, payloadCount, payloadNumbered, readPayload } from '../ledger/modules/payloads.ts';
import type { NamedPayload } from '../ledger/modules/streams.ts';
import type { ExecutedBlock } from '../ledger/types.ts';
import { parametersOf, type RuntimeContext } from './context.ts';
import { createNumberSet } from './number-set.ts';

export interface PayloadKeeping {
  start(): void;
  /** Certified and durable here. */
  certified(block: BlockFacts): void;
  /** Its bytes were here, and are not what its digest says. */
  damaged(digest: Digest): void;
  /** It is asked for. */
  isMissing(digest: Digest): boolean;
  /** Nobody has it now: others that are missing take its place, if there are more than are asked for at once. */
  unheld(digest: Digest): void;
  /** These are durable now. */
  arrived(digests: readonly Digest[]): void;
  figures(): PayloadFigures;
}

export type BlockFacts = Pick<ExecutedBlock, 'height' | 'ran' | 'opening' | 'closing'>;

export interface PayloadKeepingEvents {
  want(payload: NamedPayload): void;
  /** By something that waits or may be ordered. */
  isNeeded(digest: Digest): boolean;
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

/** Asked for at once, however many are missing: what nobody has makes room for the others. */
const askedMax = 1_000;
const sampleMax = 8;
/** Leave in one go. */
const sweptMax = 256;

export function createPayloadKeeping(context: RuntimeContext, events: PayloadKeepingEvents): PayloadKeeping {
  const { payloads, state, timers, log, blocks, clock } = context.ports;
  /** By their numbers in state; of those that are not asked for now, some may have come or been erased since. */
  const missing = createNumberSet();
  /** By digest; without a number what was damaged here. */
  const asked = new Map<Digest, number | undefined>();
  const askedNumbers = new Set<number>();
  /** Beyond what was looked at. */
  let next = 0;
  let isScanning = false;
  /** Where to go on among the missing ones. */
  let turn = 0;
  let isResting = false;

  function start(): void {
    scan();
    timers.after(context.tuning.payloadSweepMs, sweep);
  }

  /** From the first one on that was not looked at, some in one go. */
  function scan(): void {
    if (isScanning) return;
    const end = Math.min(payloadCount(state), next + context.tuning.payloadScan);
    const numbers = Array.from({ length: end - next }, (_, index) => next + index);
    next = end;
    lookAt(numbers);
    askMore();
    if (next >= payloadCount(state)) return;
    isScanning = true;
    timers.after(context.tuning.payloadScanMs, () => {
      isScanning = false;
      scan();
    });
  }

  /** Keeps, deletes or misses each, as state says. @returns those that are missing */
  function lookAt(numbers: readonly number[]): readonly (NamedPayload & { readonly number: number })[] {
    const kept: Digest[] = [];
    const erased: Digest[] = [];
    const absent: (NamedPayload & { readonly number: number })[] = [];
    for (const number of numbers) {
      const digest = payloadNumbered(state, number);
      const record = digest && readPayload(state, digest);
      if (digest === undefined || record === undefined) throw new Error(`Payload ${number} is not in state`);
      const isHere = payloads.size(digest) !== undefined;
      if (isHere || record.erased !== undefined) missing.delete(number);
      if (isHere) (record.erased === undefined ? kept : erased).push(digest);
      else if (record.erased === undefined) {
        missing.add(number);
        absent.push({ number, digest, size: record.size });
      }
    }
    if (kept.length > 0) payloads.keep(kept);
    if (erased.length > 0) erase(erased);
    return absent;
  }

  /** In turns, so that each is asked for once in a while. */
  function askMore(): void {
    const { payloadScan, payloadScanMs } = context.tuning;
    const countMax = Math.min(payloadScan, askedMax - asked.size, missing.size - askedNumbers.size);
    const numbers: number[] = [];
    while (numbers.length < countMax) {
      const number = missing.nextFrom(turn) ?? missing.nextFrom(0)!;
      turn = number + 1;
      if (!askedNumbers.has(number)) numbers.push(number);
    }
    for (const { number, ...payload } of lookAt(numbers)) {
      askedNumbers.add(number);
      ask(payload, number);
    }
    if (numbers.length === payloadScan) timers.after(payloadScanMs, askMore);
  }

  function ask(payload: NamedPayload, number: number | undefined): void {
    asked.set(payload.digest, number);
    events.want(payload);
  }

  /** False if it was not asked for. */
  function askNoMore(digest: Digest): boolean {
    const number = asked.get(digest);
    if (number !== undefined) askedNumbers.delete(number);
    return asked.delete(digest);
  }

  /** Not at once: while nobody has any of them, each would be asked for again and again. */
  function unheld(digest: Digest): void {
    const isOneOfMany = missing.size > askedNumbers.size && asked.get(digest) !== undefined;
    if (!isOneOfMany) return;
    askNoMore(digest);
    if (isResting) return;
    isResting = true;
    timers.after(context.tuning.repairRestMs, () => {
      isResting = false;
      askMore();
    });
  }

  function damaged(digest: Digest): void {
    const record = readPayload(state, digest);
    if (record === undefined || record.erased !== undefined || asked.has(digest)) return;
    ask({ digest, size: record.size }, undefined);
  }

  function certified({ height, ran, opening, closing }: BlockFacts): void {
    const facts = [...opening, ...ran.flatMap((one) => one.events), ...closing];
    const erased = facts.flatMap(erasedBy);
    if (erased.length > 0) {
      log.write('info', 'payloads-erased', { height, count: erased.length });
      for (const digest of erased) found(digest);
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
    const kept = digests.filter(found);
    if (kept.length > 0) payloads.keep(kept);
    scan();
  }

  /** It is missing no more. False if it was not asked for. */
  function found(digest: Digest): boolean {
    const number = asked.get(digest);
    if (number !== undefined) missing.delete(number);
    return askNoMore(digest);
  }

  /**
   * Certified time is past all that could still name them: no transaction that did can run any more (rule X2). While
   * there are many, it goes on once these have left: what fails by the thousand must not come faster than it leaves.
   * A backup may read the file for minutes: it does not wait until the log is cut.
   */
  function sweep(): void {
    const { lifetimeMs, driftMs } = parametersOf(context);
    const certifiedMs = blocks.tip().header.time;
    const beforeMs = certifiedMs - lifetimeMs - 2 * driftMs;
    const loose = payloads.loose(beforeMs, sweptMax);
    const records = loose.map((digest) => ({ digest, record: readPayload(state, digest) }));
    const digestsOf = (some: typeof records): readonly Digest[] => some.map(({ digest }) => digest);
    const unnamed = digestsOf(records.filter(({ record }) => record === undefined));
    const needed = unnamed.filter(events.isNeeded);
    const unclaimed = unnamed.filter((digest) => !events.isNeeded(digest));
    const named = records.filter(({ record }) => record !== undefined);
    const erased = digestsOf(named.filter(({ record }) => record?.erased !== undefined));
    const kept = digestsOf(named.filter(({ record }) => record?.erased === undefined));
    if (kept.length > 0) payloads.keep(kept);
    if (erased.length > 0) erase(erased);
    // Behind the others, so that the sweep comes past them.
    if (needed.length > 0) payloads.arrivedAgain(needed, Math.max(clock.wallMs(), certifiedMs));
    const { payloadScanMs, payloadSweepMs } = context.tuning;
    const goOn = (): unknown =>
      timers.after(loose.length === sweptMax ? payloadScanMs : payloadSweepMs, sweep);
    const gone = (): void => log.write('info', 'payloads-unclaimed', { count: unclaimed.length });
    if (unclaimed.length === 0) goOn();
    else payloads.erase(unclaimed, gone, goOn);
  }

  /** While others have their turn, one of those that nobody had. */
  function sample(): readonly Digest[] {
    const number = asked.size > 0 ? undefined : missing.nextFrom(0);
    const resting = number === undefined ? undefined : payloadNumbered(state, number);
    return resting === undefined ? [...asked.keys()].slice(0, sampleMax) : [resting];
  }

  return {
    start,
    certified,
    damaged,
    isMissing: (digest) => asked.has(digest),
    unheld,
    arrived,
    figures: () => {
      const { count, bytes } = payloads.figures();
      return {
        count,
        bytes,
        missing: missing.size + asked.size - askedNumbers.size,
        missingSample: sample(),
        isScanned: next >= payloadCount(state),
      };
    },
  };
}

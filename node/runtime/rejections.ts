/**
 * What peers sent that was refused (rule M4): logged with the rule that it breaks, counted by sender and rule.
 * A peer that goes on sending junk fills neither the log nor the memory: of equal refusals a few lines go through
 * in each period, and the next line says how many were held back.
 */
import type { ValidatorId } from '../../shared/types/brands.ts';
import type { Remembering } from './forgetting.ts';
import type { ClockPort, LogPort } from './ports.ts';

export type RejectionCode =
  /** A frame that does not decode. */
  | 'frame-dropped'
  /** Refused before consensus sees it: form, signatures, too many at once. */
  | 'message-dropped'
  /** Refused by consensus. */
  | 'message-rejected'
  | 'transaction-dropped'
  /** As much as a peer may make others keep, without the ledger naming it, is here. */
  | 'payload-share-full'
  | 'proposed-body-invalid'
  /** What a peer told does not prove what it claims. */
  | 'evidence-dropped'
  /** Served junk or stalled while blocks were fetched from it. */
  | 'catch-up-peer-put-aside';

type Facts = { readonly [name: string]: unknown };

/** All that one peer sent against one rule since the start, or since its name came up again. */
export interface RejectionCount {
  readonly validator: ValidatorId;
  readonly rule: string;
  readonly count: number;
  readonly lastCode: RejectionCode;
  readonly lastReason: string;
  /** Monotonic milliseconds. */
  readonly lastAtMs: number;
}

export interface Rejections extends Remembering {
  /** `from` is the peer whose link it came over, or the author if it is signed. */
  reject(code: RejectionCode, from: ValidatorId, rule: string, reason: string, facts?: Facts): void;
  counts(): readonly RejectionCount[];
}

interface Period {
  readonly from: ValidatorId;
  readonly startedMs: number;
  lines: number;
  heldBack: number;
}

const periodMs = 10_000;
/** Equal lines (code, sender, rule) in one period. */
const linesPerPeriod = 5;
/** Peers times rules: more of both than there are, until the names of those that are gone are forgotten. */
const countsMax = 1_024;

export function createRejections(ports: { readonly log: LogPort; readonly clock: ClockPort }): Rejections {
  const counts = new Map<string, RejectionCount>();
  const periods = new Map<string, Period>();

  function reject(
    code: RejectionCode,
    from: ValidatorId,
    rule: string,
    reason: string,
    facts: Facts = {},
  ): void {
    const nowMs = ports.clock.monotonicMs();
    const key = `${from} ${rule}`;
    const known = counts.get(key);
    if (known !== undefined || counts.size < countsMax) {
      const count = (known?.count ?? 0) + 1;
      counts.set(key, {
        validator: from,
        rule,
        count,
        lastCode: code,
        lastReason: reason,
        lastAtMs: nowMs,
      });
    }
    const repeated = repetitionOf(`${code} ${key}`, from, nowMs);
    if (repeated === undefined) return;
    const repetition = repeated > 0 ? { repeated } : {};
    ports.log.write('warn', code, { from, rule, reason, ...facts, ...repetition });
  }

  /** @returns how many equal lines were held back before this one, or undefined to hold this one back too */
  function repetitionOf(key: string, from: ValidatorId, nowMs: number): number | undefined {
    const period = periods.get(key);
    if (period === undefined || nowMs - period.startedMs >= periodMs) {
      if (periods.size >= countsMax) periods.clear();
      periods.set(key, { from, startedMs: nowMs, lines: 1, heldBack: 0 });
      return period?.heldBack ?? 0;
    }
    if (period.lines >= linesPerPeriod) {
      period.heldBack += 1;
      return undefined;
    }
    period.lines += 1;
    return 0;
  }

  function forget(isGone: (peer: ValidatorId) => boolean): void {
    for (const [key, { validator }] of counts) if (isGone(validator)) counts.delete(key);
    for (const [key, { from }] of periods) if (isGone(from)) periods.delete(key);
  }

  return { reject, counts: () => [...counts.values()], forget };
}

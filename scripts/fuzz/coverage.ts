/**
 * Which characters of the product's sources have run, from V8's precise block coverage. Asking is slow, so callers
 * ask once for many inputs and look closer only when there is news.
 */
import { type Profiler, Session } from 'node:inspector';

export interface Coverage {
  /** What ran since the last question and never before it was accepted; undefined if nothing did. */
  news(): News | undefined;
  /** From now on this is no news. */
  accept(news: News): void;
  /** Characters that have run, as far as accepted. */
  reached(): number;
  stop(): void;
}

/** Script → for each character 1 if it ran. */
export type News = ReadonlyMap<string, Uint8Array>;

/** @param counts says of a script's URL whether it is of interest */
export function startCoverage(counts: (url: string) => boolean): Coverage {
  const session = new Session();
  session.connect();
  session.post('Profiler.enable');
  session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  const known = new Map<string, Uint8Array>();
  let reached = 0;

  function take(): readonly Profiler.ScriptCoverage[] {
    let result: readonly Profiler.ScriptCoverage[] = [];
    // In the same thread the answer comes before `post` returns.
    session.post('Profiler.takePreciseCoverage', (error, answer) => {
      if (error) throw error;
      result = answer.result;
    });
    return result;
  }

  function news(): News | undefined {
    const found = new Map<string, Uint8Array>();
    for (const { url, functions } of take()) {
      if (!counts(url)) continue;
      const ran = paint(functions);
      const all = known.get(url);
      if (hasMore(ran, all)) found.set(url, ran);
    }
    return found.size > 0 ? found : undefined;
  }

  function accept(found: News): void {
    for (const [url, ran] of found) {
      const all = grown(known.get(url), ran.length);
      known.set(url, all);
      for (let at = 0; at < ran.length; at++) {
        if (ran[at] !== 1 || all[at] === 1) continue;
        all[at] = 1;
        reached += 1;
      }
    }
  }

  return {
    news,
    accept,
    reached: () => reached,
    stop: () => {
      session.post('Profiler.stopPreciseCoverage');
      session.disconnect();
    },
  };
}

function hasMore(ran: Uint8Array, all: Uint8Array | undefined): boolean {
  for (let at = 0; at < ran.length; at++) if (ran[at] === 1 && all?.[at] !== 1) return true;
  return false;
}

/** Outer ranges come first; what lies inside overrides them. */
function paint(functions: readonly Profiler.FunctionCoverage[]): Uint8Array {
  const end = functions.reduce((most, { ranges }) => Math.max(most, ranges[0]?.endOffset ?? 0), 0);
  const ran = new Uint8Array(end);
  for (const { ranges } of functions) {
    for (const { startOffset, endOffset, count } of ranges)
      ran.fill(count > 0 ? 1 : 0, startOffset, endOffset);
  }
  return ran;
}

function grown(old: Uint8Array | undefined, size: number): Uint8Array {
  if (old !== undefined && old.length >= size) return old;
  const larger = new Uint8Array(size);
  if (old !== undefined) larger.set(old);
  return larger;
}

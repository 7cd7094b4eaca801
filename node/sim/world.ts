/** What everything in one universe shares: time, chance, settings, the record of what happened, the verdict. */
import type { Reader } from '../runtime/reader.ts';
import type { EventQueue } from './event-queue.ts';
import type { Prng } from './prng.ts';
import type { Settings } from './settings.ts';
import { createSharedReader } from './shared-reader.ts';

export interface World {
  readonly queue: EventQueue;
  readonly prng: Prng;
  readonly settings: Settings;
  /** Of all replicas and liars. */
  readonly reader: Reader;
  /** While false the network is perfect and nothing crashes. */
  hostile: boolean;
  /** Remembers the last few events; the text is made only if it is needed. */
  trace(say: () => string): void;
  story(): readonly string[];
  /** A fault took effect, or a lie was told: counted, so that a run shows that none of them is asleep. */
  meet(what: string): void;
  met(): Counts;
  /** An invariant is broken: the universe ends. */
  fail(claim: string): void;
  failure(): string | undefined;
}

export type Counts = { readonly [name: string]: number };

const remembered = 60;

export function createWorld(
  queue: EventQueue,
  prng: Prng,
  settings: Settings,
  reader: Reader = createSharedReader(),
): World {
  const events: { readonly atMs: number; readonly say: () => string }[] = [];
  const met: { [what: string]: number } = {};
  let failure: string | undefined;
  return {
    queue,
    prng,
    settings,
    reader,
    hostile: true,
    trace: (say) => {
      events.push({ atMs: queue.nowMs(), say });
      if (events.length > 2 * remembered) events.splice(0, remembered);
    },
    story: () =>
      events.slice(-remembered).map(({ atMs, say }) => `${atMs.toFixed(1).padStart(9)} ms  ${say()}`),
    meet: (what) => {
      met[what] = (met[what] ?? 0) + 1;
    },
    met: () => met,
    fail: (claim) => {
      failure ??= claim;
    },
    failure: () => failure,
  };
}

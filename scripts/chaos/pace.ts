/** How fast a scenario of many equal faults goes, and how long it will take. */
import { performance } from 'node:perf_hooks';

export interface Pace {
  /** After so many of them: ` (12.0 a minute, 7 min left)`, or nothing as long as nothing is known. */
  after(done: number): string;
}

export function createPace(all: number, nowMs: () => number = () => performance.now()): Pace {
  const startedMs = nowMs();
  return {
    after: (done) => {
      const elapsedMinutes = (nowMs() - startedMs) / 60_000;
      if (done === 0 || elapsedMinutes === 0) return '';
      const left = ((all - done) * elapsedMinutes) / done;
      return ` (${(done / elapsedMinutes).toFixed(1)} a minute, ${Math.ceil(left)} min left)`;
    },
  };
}

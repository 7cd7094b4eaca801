/** How far a run has come: rate and time left, from what was done in this run alone. */

export interface Standing {
  /** Mutants of this run, those that an earlier one had done among them. */
  readonly all: number;
  readonly done: number;
  readonly doneBefore: number;
  /** Universes that were run, those of the clean core left out. */
  readonly seeds: number;
  readonly elapsedMs: number;
  readonly underWay: readonly { readonly name: string; readonly seed: number }[];
}

export function describeStanding(standing: Standing): string {
  const { all, done, doneBefore, seeds, elapsedMs, underWay } = standing;
  const perSecond = (1_000 * seeds) / elapsedMs;
  const doneNow = done - doneBefore;
  const leftS = (elapsedMs / 1_000 / doneNow) * (all - done);
  const left = doneNow === 0 ? 'time left unknown' : `some ${minutes(leftS)} left`;
  const names = underWay.map(({ name, seed }) => `${name} (seed ${seed})`).join(', ');
  return `${done} of ${all} mutants, ${perSecond.toFixed(1)} universes/s, ${left}; now ${names}`;
}

const minutes = (seconds: number): string =>
  seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.round(seconds / 60)} min`;

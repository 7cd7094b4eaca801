/**
 * The file in which a long run is kept, so that it goes on after an interruption. It counts for the very code that it
 * was made with: seeds of other code are no part of the same run.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { SimOptions } from './options.ts';
import { emptyTally, type Tally } from './tally.ts';

/** Of one number of replicas. */
export interface Progress {
  /** All seeds below are done. */
  readonly nextSeed: number;
  readonly tally: Tally;
}

export interface RunState {
  /** The file holds a run that this one does not go on with. */
  readonly isOther: boolean;
  progressOf(replicas: number): Progress;
  /** Written at once, whole. */
  save(replicas: number, progress: Progress): void;
}

type KeptOptions = Pick<SimOptions, 'state' | 'seed' | 'steps' | 'profile' | 'fresh'>;

interface StateFile {
  /** Runs with other options or code, or another version of this file, do not go on from it. */
  readonly of: string;
  readonly progress: { readonly [replicas: string]: Progress };
}

/** @param code names the files that run and the packages; asked for only if a run is kept */
export function openRunState(
  { state: path, seed, steps, profile, fresh }: KeptOptions,
  code: () => string,
): RunState {
  const start: Progress = { nextSeed: seed, tally: emptyTally };
  if (path === undefined) return { isOther: false, progressOf: () => start, save: () => undefined };
  const of = `state 4, from seed ${seed}, ${steps ?? 'usual'} steps, ${profile}, code ${code()}`;
  const found =
    fresh || !existsSync(path) ? undefined : (JSON.parse(readFileSync(path, 'utf8')) as StateFile);
  let file: StateFile = found?.of === of ? found : { of, progress: {} };
  return {
    isOther: found !== undefined && found !== file,
    progressOf: (replicas) => file.progress[replicas] ?? start,
    save: (replicas, progress) => {
      file = { of, progress: { ...file.progress, [replicas]: progress } };
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(`${path}.new`, JSON.stringify(file));
      renameSync(`${path}.new`, path);
    },
  };
}

/** The file in which a long run is kept, so that it goes on after an interruption. */
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
  progressOf(replicas: number): Progress;
  /** Written at once, whole. */
  save(replicas: number, progress: Progress): void;
}

interface StateFile {
  /** Runs with other options, or another version of this file, do not go on from it. */
  readonly of: string;
  readonly progress: { readonly [replicas: string]: Progress };
}

export function openRunState({ state: path, seed, steps, profile }: SimOptions): RunState {
  const of = `state 2, from seed ${seed}, ${steps ?? 'usual'} steps, ${profile}`;
  const start: Progress = { nextSeed: seed, tally: emptyTally };
  let file: StateFile = { of, progress: {} };
  if (path !== undefined && existsSync(path)) {
    const found = JSON.parse(readFileSync(path, 'utf8')) as StateFile;
    if (found.of === of) file = found;
  }
  return {
    progressOf: (replicas) => file.progress[replicas] ?? start,
    save: (replicas, progress) => {
      file = { of, progress: { ...file.progress, [replicas]: progress } };
      if (path === undefined) return;
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(`${path}.new`, JSON.stringify(file));
      renameSync(`${path}.new`, path);
    },
  };
}

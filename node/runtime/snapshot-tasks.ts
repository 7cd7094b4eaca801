/**
 * What is still to be fetched of a snapshot, and in which order: its manifest, headers from here up to its height,
 * pieces of its state. Headers are asked for side by side until one is of an epoch that nothing here leads to yet:
 * then one by one, the lowest first, for the hand-over stands in one of them. Pieces wait until the block is proven.
 */
import { type Height, heightOf } from '../../shared/types/brands.ts';
import type { SnapshotIntake } from './ports.ts';

export type Task =
  | { readonly kind: 'manifest' }
  | { readonly kind: 'headers'; readonly index: number }
  | { readonly kind: 'piece'; readonly index: number };

export const headersPerRange = 128;
export const firstOf = (range: number): Height => heightOf(range * headersPerRange + 1);

export interface Tasks {
  /** What to ask for next, `busy` being asked for; undefined if nothing may be now. */
  next(busy: readonly Task[]): Task | undefined;
  /** It was not answered well, and is to be asked for again. */
  giveBack(task: Task): void;
  /** A range turned out to be of an unknown epoch: it is asked for again when those below are here. */
  postpone(task: Task): void;
  /** A range of headers is proven. */
  headersDone(): void;
  /** Nothing below this range is still to come. */
  isLowest(index: number, busy: readonly Task[]): boolean;
  /** Its block is certified. */
  proven(): void;
  isProven(): boolean;
  left(): number;
  readonly count: number;
}

const manifestTask: Task = { kind: 'manifest' };

/** @param ownHeight headers up to here are on disk */
export function createTasks(intake: SnapshotIntake | undefined, ownHeight: Height): Tasks {
  const all = intake === undefined ? [manifestTask] : tasksOf(intake, ownHeight);
  let waiting = all.filter(
    (task) => task.kind === 'manifest' || intake?.isDone(task.kind, task.index) !== true,
  );
  let oneByOne = false;
  // The last range ends with the block itself.
  let isProven = intake?.isDone('headers', lastRange(intake)) === true;

  const indices = (tasks: readonly Task[]): number[] =>
    tasks.flatMap((task) => (task.kind === 'headers' ? [task.index] : []));

  function next(busy: readonly Task[]): Task | undefined {
    const task = lowestHeaders(busy) ?? waiting.find(({ kind }) => kind === 'manifest') ?? nextPiece();
    if (task !== undefined) waiting = waiting.filter((one) => one !== task);
    return task;
  }

  function lowestHeaders(busy: readonly Task[]): Task | undefined {
    const lowest = Math.min(...indices(waiting));
    if (oneByOne && indices(busy).length > 0) return undefined;
    return waiting.find((task) => task.kind === 'headers' && task.index === lowest);
  }

  const nextPiece = (): Task | undefined =>
    isProven ? waiting.find(({ kind }) => kind === 'piece') : undefined;

  return {
    count: all.length,
    next,
    giveBack: (task) => {
      waiting.unshift(task);
    },
    postpone: (task) => {
      waiting.unshift(task);
      oneByOne = true;
    },
    headersDone: () => {
      oneByOne = false;
    },
    isLowest: (index, busy) => [...indices(waiting), ...indices(busy)].every((other) => other >= index),
    proven: () => {
      isProven = true;
    },
    isProven: () => isProven,
    left: () => waiting.length,
  };
}

const lastRange = ({ manifest }: Pick<SnapshotIntake, 'manifest'>): number =>
  Math.ceil(manifest.header.height / headersPerRange) - 1;

function tasksOf({ manifest }: SnapshotIntake, ownHeight: Height): Task[] {
  const first = Math.floor(ownHeight / headersPerRange);
  const ranges = lastRange({ manifest }) - first + 1;
  return [
    ...Array.from({ length: ranges }, (_, at): Task => ({ kind: 'headers', index: first + at })),
    ...manifest.tops.map((_, index): Task => ({ kind: 'piece', index })),
  ];
}

/** A known bug: one change in one place of the core, and what is expected to notice it. */
import type { ProfileName } from '../profiles.ts';
import type { InvariantName } from './invariants.ts';

export interface Mutant {
  readonly name: string;
  /** Ids of docs/protocol.md that the bug breaks. */
  readonly rules: readonly string[];
  /** Path from the root of the repository. */
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly find: string;
  readonly replace: string;
  /** What it would cost in production. */
  readonly why: string;
  /** Universes in which it is hunted; `usual` if absent. */
  readonly profile?: ProfileName;
  readonly replicas?: number;
  /** What catches it; another invariant that is quicker is as good, and is printed. */
  readonly expects: InvariantName;
  readonly note?: string;
}

/** A bug that cannot be written down as one change today, and why. */
export interface Unwritten {
  readonly name: string;
  readonly rules: readonly string[];
  readonly reason: string;
}

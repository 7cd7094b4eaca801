/** A known bug: one change in one place of the core, and what is expected to notice it. */
import type { ProfileName } from '../profiles.ts';
import type { InvariantName } from './invariants.ts';

/** Another text in the place of one that stands in the file exactly once. */
export interface Edit {
  /** Path from the root of the repository. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

interface Bug extends Edit {
  readonly name: string;
  /** Wording under which it was asked for (asked.ts), where that is not its name. */
  readonly asked?: string;
  /** Ids of docs/protocol.md that the bug breaks. */
  readonly rules: readonly string[];
  /** What it would cost in production. */
  readonly why: string;
  /** Passages that the bug needs before it can be written down in its one place. */
  readonly passages?: readonly Edit[];
  readonly note?: string;
}

/** Hunted in universes, seed after seed. */
export interface SimulatedMutant extends Bug {
  /** Universes in which it is hunted; `usual` if absent. */
  readonly profile?: ProfileName;
  readonly replicas?: number;
  /** What catches it; another invariant that is quicker is as good, and is printed. */
  readonly expects: InvariantName;
}

/** Of what the simulator does not have: a unit test catches it, which is run against the bug. */
export interface TestedMutant extends Bug {
  /** Path of the test from the root of the repository. */
  readonly test: string;
  /** Why no universe shows it. */
  readonly note: string;
}

export type Mutant = SimulatedMutant | TestedMutant;

export const editsOf = ({ file, find, replace, passages = [] }: Mutant): readonly Edit[] => [
  { file, find, replace },
  ...passages,
];

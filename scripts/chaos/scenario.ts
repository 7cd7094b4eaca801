/** What a scenario of chaos is, and what it finds out. */
import type { Arena } from './arena.ts';

export type NetworkSize = 4 | 7;

export interface Settings {
  /** SIGKILLs of one validator, and of all at once. */
  readonly kills: number;
  /** Random byte flips. */
  readonly flips: number;
  /** Insisting clients. */
  readonly clients: number;
  /** First port of this run. */
  readonly port: number;
}

export interface Scenario {
  readonly name: string;
  /** What happens, in a few words. */
  readonly title: string;
  readonly sizes: readonly NetworkSize[];
  /** About how long it takes on two cores. */
  seconds(settings: Settings, size: NetworkSize): number;
  /** Why this machine cannot run it; undefined if it can. */
  impossible?(): string | undefined;
  perform(arena: Arena): Promise<Findings>;
}

/** Names that must stay at zero; anything else ends the run with a failure. */
export type Zeros = { readonly [name: string]: number };

export interface Findings {
  /** Faults that were injected. */
  readonly injected: number;
  readonly seconds: number;
  /** Certified blocks. */
  readonly commits: number;
  readonly acknowledged: number;
  /** Lost, doubled, forks, equivocations, and what the scenario adds. */
  readonly zeros: Zeros;
  /** Between two certificates while a quorum was there. */
  readonly longestGapMs: number;
  /** From the end of a fault until every validator followed the tip again; the worst. */
  readonly worstRecoveryMs: number;
  /** What the table has no column for. */
  readonly notes: readonly string[];
  /** What went wrong otherwise: must stay empty. */
  readonly faults: readonly string[];
}

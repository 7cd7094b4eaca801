/** The table, from top to bottom. */
import type { Scenario } from '../scenario.ts';
import { clocks } from './clocks.ts';
import { kill, killAllAtOnce, lostQuorum } from './kill.ts';
import { linksScenarios } from './links.ts';
import { sigstop } from './stop.ts';

export const scenarios: readonly Scenario[] = [
  kill,
  killAllAtOnce,
  lostQuorum,
  sigstop,
  clocks,
  ...linksScenarios,
];

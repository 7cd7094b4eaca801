/** The table, from top to bottom. */
import type { Scenario } from '../scenario.ts';
import { oldBackup } from './backup.ts';
import { clocks } from './clocks.ts';
import { delay } from './delay.ts';
import { fullDisk, readOnlyDisk, slowDisk } from './disks.ts';
import { flips } from './flips.ts';
import { kill, killAllAtOnce, lostQuorum } from './kill.ts';
import { linksScenarios } from './links.ts';
import { sigstop } from './stop.ts';
import { truncatedWal } from './wal.ts';

export const scenarios: readonly Scenario[] = [
  kill,
  killAllAtOnce,
  lostQuorum,
  sigstop,
  clocks,
  ...linksScenarios,
  delay,
  fullDisk,
  readOnlyDisk,
  slowDisk,
  flips,
  truncatedWal,
  oldBackup,
];

/** The table of the trial of epochs, and what in it must be zero. */

import { columns } from '../trials/columns.ts';
import type { TrialTotals } from '../trials/watched-load.ts';
import type { Step } from './story.ts';

export interface EpochReport {
  readonly steps: readonly Step[];
  readonly totals: TrialTotals & { readonly restarts: number };
}

/** Every reason why this run does not count. */
export function violations({ totals }: EpochReport): readonly string[] {
  const { failed, doubled, lost, forks, restarts, faults } = totals;
  const zeros = Object.entries({ failed, doubled, lost, forks, restarts });
  return [
    ...zeros.filter(([, count]) => count !== 0).map(([name, count]) => `${name} = ${count}`),
    ...faults,
  ];
}

const headings = ['step', 'epoch', 'n', 'heights', 'seconds', 'gap ms', 'acknowledged', ''];

export function tableText({ steps, totals }: EpochReport): string {
  const rows = steps.map((step) => [
    step.what,
    String(step.epoch),
    String(step.validators),
    `${step.fromHeight}–${step.toHeight}`,
    step.seconds.toFixed(1),
    String(step.gapMs),
    String(step.acknowledged),
    step.note,
  ]);
  const { submitted, failed, doubled, lost, forks, restarts, longestGapMs, height, epochs } = totals;
  return [
    columns([headings, ...rows]),
    '',
    `submitted ${submitted}, failed ${failed}, doubled ${doubled}, lost ${lost}, forks ${forks}, restarts ${restarts}`,
    `longest gap between certificates ${longestGapMs} ms`,
    `${totals.ledgersVerified} ledgers verified, all with state root ${totals.stateRoot} at height ${height}`,
    `a light client followed from genesis through ${epochs} epochs`,
  ].join('\n');
}

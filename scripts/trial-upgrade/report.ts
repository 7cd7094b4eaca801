/** The table of the trial of an upgrade, and what in it must be zero. */
import { columns } from '../trials/columns.ts';
import type { TrialTotals } from '../trials/watched-load.ts';
import type { UpgradeStep } from './story.ts';

export interface UpgradeReport {
  readonly from: string;
  /** Highest protocol that each build knows. */
  readonly protocols: { readonly old: number; readonly new: number };
  readonly steps: readonly UpgradeStep[];
  readonly totals: TrialTotals;
}

/** Every reason why this run does not count. */
export function violations({ totals }: UpgradeReport): readonly string[] {
  const { failed, doubled, lost, forks, faults } = totals;
  const zeros = Object.entries({ failed, doubled, lost, forks });
  return [
    ...zeros.filter(([, count]) => count !== 0).map(([name, count]) => `${name} = ${count}`),
    ...faults,
  ];
}

const headings = ['step', 'new nodes', 'protocol', 'heights', 'seconds', 'gap ms', 'acknowledged', ''];

export function tableText({ from, protocols, steps, totals }: UpgradeReport): string {
  const rows = steps.map((step) => [
    step.what,
    String(step.replaced),
    String(step.protocol),
    `${step.fromHeight}–${step.toHeight}`,
    step.seconds.toFixed(1),
    String(step.gapMs),
    String(step.acknowledged),
    step.note,
  ]);
  const { submitted, failed, doubled, lost, forks, longestGapMs, height, epochs } = totals;
  return [
    `from ${from}, which knows protocol ${protocols.old}, to this build, which knows protocol ${protocols.new}`,
    '',
    columns([headings, ...rows]),
    '',
    `submitted ${submitted}, failed ${failed}, doubled ${doubled}, lost ${lost}, forks ${forks}`,
    `longest gap between certificates ${longestGapMs} ms`,
    `${totals.ledgersVerified} ledgers verified, all with state root ${totals.stateRoot} at height ${height}`,
    `a light client followed from genesis through ${epochs} epochs`,
  ].join('\n');
}

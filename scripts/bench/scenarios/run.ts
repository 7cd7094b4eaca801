/** Runs scenarios one after another, each on a network of its own, and prints what they found. */
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { LocalNetwork } from '../../lib/local-network.ts';
import type { LoadRunOptions } from '../load-run.ts';
import { badSignatures } from './bad-signatures.ts';
import { deadBackup } from './dead-backup.ts';
import { censoringPrimary, crawlingPrimary } from './lying-primary.ts';
import type { Scenario, ScenarioOptions } from './scenario.ts';
import { isAsWanted, type ScenarioReport } from './scenario-page.ts';

export const scenarios: readonly Scenario[] = [deadBackup, badSignatures, crawlingPrimary, censoringPrimary];

const nameWidth = Math.max(...scenarios.map(({ name }) => name.length));
export const scenarioList = scenarios
  .map(({ name, about }) => `  ${name.padEnd(nameWidth)}  ${about}`)
  .join('\n');

/** @throws RangeError with a name that there is none of */
export function scenariosNamed(names: string): readonly Scenario[] {
  return names.split(',').map((name) => {
    const found = scenarios.find((scenario) => scenario.name === name);
    if (found === undefined)
      throw new RangeError(`no scenario ${name}; there are ${scenarios.map((one) => one.name).join(', ')}`);
    return found;
  });
}

export interface ScenarioRun {
  readonly options: ScenarioOptions;
  readonly directory: string;
  readonly port: number;
  readonly say: (line: string) => void;
  readonly progress: (name: string) => LoadRunOptions['onProgress'];
  /** As soon as it is there. */
  readonly onReport: (report: ScenarioReport) => void;
}

export async function runScenarios(
  chosen: readonly Scenario[],
  { options, directory, port, say, progress, onReport }: ScenarioRun,
): Promise<readonly ScenarioReport[]> {
  const reports: ScenarioReport[] = [];
  const startedMs = performance.now();
  const endMs = startedMs + 1_000 * chosen.reduce((sum, scenario) => sum + scenario.seconds(options), 0);
  for (const [index, scenario] of chosen.entries()) {
    const left = Math.max(1, Math.ceil((endMs - performance.now()) / 60_000));
    say(`[${index + 1}/${chosen.length}] ${scenario.name}: ${scenario.about} (about ${left} min left)`);
    const network = await LocalNetwork.found(
      { directory: join(directory, scenario.name), validators: 4, port },
      // Each says what it refuses of a liar, over and over; one that does not get ready is told by its error.
      () => undefined,
    );
    try {
      const signer = await network.signer();
      const findings = await scenario.perform({ network, signer, options, say, progress });
      const report = { scenario: scenario.name, findings, asWanted: findings.every(isAsWanted) };
      reports.push(report);
      onReport(report);
    } finally {
      await network.stop();
    }
  }
  return reports;
}

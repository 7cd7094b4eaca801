/** What scenarios found, as a page for people; a figure that is not as wanted is marked. */
import type { Finding } from './scenario.ts';

export interface ScenarioReport {
  readonly scenario: string;
  readonly findings: readonly Finding[];
  /** Every figure that something is wanted of is as wanted. */
  readonly asWanted: boolean;
}

export function isAsWanted({ value, wanted }: Finding): boolean {
  if (wanted === undefined) return true;
  return 'atLeast' in wanted ? value >= wanted.atLeast : value <= wanted.atMost;
}

const figureWidth = 34;

export const scenarioPage = ({ scenario, findings }: ScenarioReport): string =>
  [scenario, ...findings.map((finding) => `  ${lineOf(finding)}`)].join('\n');

function lineOf(finding: Finding): string {
  const { figure, value, unit, wanted } = finding;
  const told = `${figure.padEnd(figureWidth)}${shown(value, unit)}`;
  if (wanted === undefined) return told;
  const bound = 'atLeast' in wanted ? `≥ ${shown(wanted.atLeast, unit)}` : `≤ ${shown(wanted.atMost, unit)}`;
  return `${told} (wanted ${bound}${isAsWanted(finding) ? '' : ', MISSED'})`;
}

function shown(value: number, unit: Finding['unit']): string {
  switch (unit) {
    case '/s':
      return `${Math.round(value)}/s`;
    case 'ms':
      return `${Math.round(value)} ms`;
    case 'count':
      return `${value}`;
    case 'timeouts':
      return `${value.toFixed(2)} timeouts`;
    case 'share':
      return `${(value * 100).toFixed(1)} %`;
  }
}

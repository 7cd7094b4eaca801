/**
 * Thresholds as network.yaml has them: `1/2` is more than half of the active members, `all` is every one. What is
 * left out has its default; `default` is for every action that has no line of its own.
 */
import { z } from 'zod';
import {
  actionKinds,
  defaultRecoveryThreshold,
  defaultThresholds,
  everyMember,
  foundationalKinds,
  foundationsSince,
  isAtLeast,
  type Threshold,
  type Thresholds,
  thresholdPartsMax,
} from '../../shared/types/governance.ts';
import type { GenesisDocument } from '../../shared/types/ledger.ts';
import type { ConfigProblem } from './errors.ts';

const threshold = z
  .string()
  .refine(
    (value) => thresholdOf(value) !== undefined,
    `all, or a part of the members below 1 such as 1/2, in at most ${thresholdPartsMax} parts`,
  );
const shape = Object.fromEntries(['default', ...actionKinds].map((name) => [name, threshold.optional()]));
export const thresholdsShape = z.strictObject(shape);
export const recoveryShape = z.strictObject({ threshold: threshold.optional() });

type Written = { readonly [name: string]: string | undefined };

function thresholdOf(value: string): Threshold | undefined {
  if (value === 'all') return everyMember;
  const match = /^(0|[1-9][0-9]{0,3})\/([1-9][0-9]{0,3})$/.exec(value);
  const [part, of] = [Number(match?.[1]), Number(match?.[2])];
  return part < of && of <= thresholdPartsMax ? { more: [part, of] } : undefined;
}

/** Form checked. What it takes to change thresholds is the highest of all, unless it has a line of its own. */
export function thresholdsOf(written: Written): Thresholds {
  const of = (name: string): Threshold | undefined =>
    written[name] === undefined ? undefined : thresholdOf(written[name]);
  const general = of('default');
  const each = actionKinds.map((kind) => of(kind) ?? general ?? defaultThresholds[kind]);
  const highest = each.reduce((one, other) => (isAtLeast(one, other) ? one : other));
  const thresholds = Object.fromEntries(actionKinds.map((kind, index) => [kind, each[index]])) as Thresholds;
  return { ...thresholds, 'thresholds.set': of('thresholds.set') ?? highest };
}

export function recoveryOf({ threshold: written }: Written): GenesisDocument['recovery'] {
  return {
    threshold: (written === undefined ? undefined : thresholdOf(written)) ?? defaultRecoveryThreshold,
  };
}

/** A line that would not hold is no line to leave standing. */
function lowerProblems(
  written: Written,
  protocol: number | undefined,
  own: Threshold,
  problem: (path: readonly string[], expected: string) => ConfigProblem,
): readonly ConfigProblem[] {
  if (protocol === undefined || protocol < foundationsSince) return [];
  return [...foundationalKinds]
    .filter((kind) => {
      const share = written[kind] === undefined ? undefined : thresholdOf(written[kind]);
      return share !== undefined && !isAtLeast(share, own);
    })
    .map((kind) =>
      problem(
        ['governance', 'thresholds', kind],
        'left out: it changes who has a ballot, or who seals, and needs what thresholds.set does',
      ),
    );
}

/** Nothing may be easier to change than what it takes to change it. */
export function thresholdProblems(
  written: Written | undefined,
  protocol: number | undefined,
  problem: (path: readonly string[], expected: string) => ConfigProblem,
): readonly ConfigProblem[] {
  const thresholds = thresholdsOf(written ?? {});
  const own = thresholds['thresholds.set'];
  const above = actionKinds.find((kind) => !isAtLeast(own, thresholds[kind]));
  const path = ['governance', 'thresholds', 'thresholds.set'];
  if (above === undefined) return lowerProblems(written ?? {}, protocol, own, problem);
  return [problem(path, `at least what ${above} needs, which could else be changed by fewer members`)];
}

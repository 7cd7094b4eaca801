import { expect, test } from 'vitest';
import {
  type BatchDigest,
  epochOf,
  heightOf,
  type ValidatorId,
  viewOf,
} from '../../../shared/types/brands.ts';
import type { Output } from '../../consensus/types.ts';
import { createTelemetry } from './telemetry.ts';

function setUp() {
  let nowMs = 0;
  const telemetry = createTelemetry({ monotonicMs: () => nowMs, wallMs: () => 0 });
  const after = (ms: number, output: Output): void => {
    nowMs += ms;
    telemetry.output(output);
  };
  return { telemetry, after };
}

const digest = 'd' as BatchDigest;
const batch = { time: 0, proposer: 'v1' as ValidatorId, ids: [] };
const checked = (sequence: number): Output => ({
  type: 'check-batch',
  sequence: heightOf(sequence),
  digest,
  reproposal: false,
  holders: [],
});
const vote = (kind: 'prepare' | 'commit', sequence: number): Output => ({
  type: 'intent',
  message: { kind, epoch: epochOf(0), view: viewOf(0), sequence: heightOf(sequence), content: digest },
  restsOn: [],
  send: true,
});
const seal = (height: number): Output => ({
  type: 'intent',
  message: { kind: 'seal', epoch: epochOf(0), height: heightOf(height), block: 'b' as never },
  restsOn: [],
  send: true,
});
const certified = (height: number): Output => ({
  type: 'certified',
  certificate: { epoch: epochOf(0), height: heightOf(height), block: 'b' as never, seals: [] },
});

test('each stage is timed from the milestone before it', () => {
  const { telemetry, after } = setUp();
  after(0, checked(1));
  after(5, vote('prepare', 1));
  after(15, vote('commit', 1));
  after(30, { type: 'execute', height: heightOf(1), digest, batch });
  after(4, seal(1));
  after(40, certified(1));
  after(3, { type: 'prune', height: heightOf(1) });
  const { stages, votes, batchSizes } = telemetry.snapshot();
  const sums = Object.entries(stages).map(([stage, { sum, count }]) => [
    stage,
    Math.round(sum * 1_000),
    count,
  ]);
  expect(sums).toEqual([
    ['prepare', 20, 1],
    ['commit', 30, 1],
    ['execute', 4, 1],
    ['seal', 40, 1],
    ['persist', 3, 1],
  ]);
  expect(votes).toEqual({ prepare: 1, commit: 1, seal: 1 });
  expect([batchSizes.count, batchSizes.cumulative[0]]).toEqual([1, 1]);
});

test('a height that came by another way has no stage that was skipped', () => {
  const { telemetry, after } = setUp();
  after(0, checked(1));
  after(9, seal(1));
  after(9, { type: 'prune', height: heightOf(1) });
  after(9, certified(2));
  const counts = Object.values(telemetry.snapshot().stages).map(({ count }) => count);
  expect(counts).toEqual([0, 0, 0, 0, 0]);
});

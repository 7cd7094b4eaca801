import { describe, expect, it } from 'vitest';
import { gapAfterKillMs } from './certification-gap.ts';

describe('the gap after a kill', () => {
  it('ends with the certificate after the longest silence, whatever still trickled in before', () => {
    expect(gapAfterKillMs([90, 1_510, 103, 110, 1_500], 100)).toBe(1_400);
  });

  it('begins at the kill', () => {
    expect(gapAfterKillMs([10, 900, 910], 100)).toBe(800);
  });

  it('is not one that begins when the killed one is back', () => {
    expect(gapAfterKillMs([90, 300, 5_000], 100, 250)).toBe(200);
    expect(gapAfterKillMs([90, 300, 5_000], 100, 301)).toBe(4_900);
  });

  it('is unknown when nothing came', () => {
    expect(gapAfterKillMs([10, 90], 100)).toBeUndefined();
  });
});

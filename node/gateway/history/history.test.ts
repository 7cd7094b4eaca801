import { describe, expect, test } from 'vitest';
import { createHistogram, waitBounds } from '../../runtime/telemetry/histogram.ts';
import { History, type Reading, spans } from './history.ts';

const startMs = 1_700_000_000_000;

function setUp() {
  const history = new History();
  const waits = createHistogram(waitBounds);
  let standing = { blocks: 0, succeeded: 0, failed: 0, pool: 0, height: 0, view: 0, epoch: 0, reachable: 4 };
  let monotonicMs = 50;
  const read = (): void => {
    const reading: Reading = {
      ...standing,
      atMs: startMs + monotonicMs,
      monotonicMs,
      primary: `v${standing.view % 4}`,
      waits: waits.snapshot(),
    };
    history.read(reading);
  };
  read();
  return {
    history,
    waits,
    /** Reads once a second meanwhile. */
    passes(seconds: number, change: Partial<typeof standing> = {}): void {
      standing = { ...standing, ...change };
      for (let second = 0; second < seconds; second++) {
        monotonicMs += 1_000;
        read();
      }
    },
  };
}

describe('a sample', () => {
  test('says what happened since the one before', () => {
    const { history, waits, passes } = setUp();
    passes(5, { blocks: 3, succeeded: 40, failed: 2, height: 3 });
    waits.observe(0.2);
    passes(5, { blocks: 4, succeeded: 50, height: 4, pool: 7 });
    const [first, second, ...others] = history.samples('hour');
    expect(others).toEqual([]);
    expect(first).toEqual({
      at: startMs + 5_050,
      overMs: 5_000,
      blocks: 3,
      succeeded: 40,
      failed: 2,
      pool: 0,
      height: 3,
      view: 0,
      reachable: 4,
    });
    expect(second).toMatchObject({ blocks: 1, succeeded: 10, failed: 0, pool: 7 });
    expect(second?.wait?.count).toBe(1);
    expect(second?.wait?.p50Ms).toBeGreaterThan(160);
    expect(second?.wait?.p50Ms).toBeLessThan(240);
  });

  test('is taken every five seconds, and every minute for a day', () => {
    const { history, passes } = setUp();
    passes(180);
    expect(history.samples('hour')).toHaveLength(36);
    expect(history.samples('day')).toHaveLength(3);
  });
});

test('memory is bounded: the oldest leaves', () => {
  const { history, passes } = setUp();
  passes(2 * 3_600 + 25);
  const samples = history.samples('hour');
  expect(samples).toHaveLength(spans.hour.samplesMax);
  expect(samples[0]?.at).toBeGreaterThan(startMs + 3_600_000);
});

test('only what is newer than was asked for', () => {
  const { history, passes } = setUp();
  passes(30);
  const [, , third] = history.samples('hour');
  expect(history.samples('hour', third?.at)).toHaveLength(3);
});

describe('a change of view', () => {
  test('is kept with the second in which it was seen, between samples too', () => {
    const { history, passes } = setUp();
    passes(2);
    passes(1, { view: 1 });
    passes(1, { view: 3 });
    expect(history.viewChanges()).toEqual([
      { at: startMs + 3_050, epoch: 0, from: 0, to: 1, primary: 'v1' },
      { at: startMs + 4_050, epoch: 0, from: 1, to: 3, primary: 'v3' },
    ]);
    expect(history.viewChanges(startMs + 3_050)).toHaveLength(1);
  });

  test('is forgotten once there were very many', () => {
    const { history, passes } = setUp();
    for (let view = 1; view <= 510; view++) passes(1, { view });
    expect(history.viewChanges()).toHaveLength(500);
    expect(history.viewChanges()[0]).toMatchObject({ from: 10, to: 11 });
  });
});

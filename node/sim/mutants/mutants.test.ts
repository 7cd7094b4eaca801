import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { profiles } from '../profiles.ts';
import { createCleanRuns } from './clean-runs.ts';
import { findFork } from './fork.ts';
import { hunt } from './hunt.ts';
import { invariantOf } from './invariants.ts';
import { header, isCaught, lineOf, summaryOf } from './report.ts';
import { mutants } from './table.ts';
import { tryMutant, type Verdict } from './trial.ts';
import type { Mutant } from './types.ts';
import { mutated, openWorkshop, repositoryRoot, type Workshop } from './workshop.ts';

const aMinute = 60_000;
const named = (name: string): Mutant => mutants.find((mutant) => mutant.name === name)!;

describe('the table of mutants', () => {
  it.each(mutants)('finds the text of "$name" once, and changes it', (mutant) => {
    expect(mutated(repositoryRoot(), mutant)).toContain(mutant.replace);
  });

  it('refuses text that is not there, or is there twice', () => {
    const mutant = named('drop the null batch');
    expect(() => mutated(repositoryRoot(), { ...mutant, find: 'no such text' })).toThrow('0 times');
    expect(() => mutated(repositoryRoot(), { ...mutant, find: 'certificates' })).toThrow('not once');
  });

  it('has names that differ', () => {
    expect(new Set(mutants.map(({ name }) => name)).size).toBe(mutants.length);
  });
});

describe('claims', () => {
  it('are told apart by invariant', () => {
    expect(invariantOf('v1 prepare in view 0 at 3 signed twice: aa and bb').family).toBe('safety');
    expect(invariantOf('v1 signs its commit in view 0 at 3 before its batch is durable')).toEqual({
      name: 'durable before signed',
      family: 'bookkeeping',
    });
    expect(invariantOf('no agreement 60000 ms after healing: v0 …').family).toBe('liveness');
    expect(() => invariantOf('the weather is bad')).toThrow('No invariant');
  });
});

describe('hunting', () => {
  let workshop: Workshop;
  beforeAll(async () => {
    workshop = await openWorkshop();
  }, aMinute);
  afterAll(() => workshop.close());

  const limits = { seeds: 20, steps: 2_000 };

  it.each([
    'forget prepared state on view change',
    'send before persist',
    'wiped validator votes',
    'a skip leaves a leaf',
    'clock stops at execution',
  ])(
    'catches "%s"',
    async (name) => {
      const verdict = await tryMutant(workshop, createCleanRuns(workshop.clean), named(name), limits);
      expect(verdict.cleanBreaks).toBeUndefined();
      expect(verdict.caught?.invariant).toBe(named(name).expects);
    },
    aMinute,
  );

  it(
    'has a fork reported when f+1 collude',
    async () => {
      const { seed } = await findFork(workshop.clean, 4, limits);
      expect(seed).toBeGreaterThan(0);
    },
    aMinute,
  );

  const tolerable = (Object.keys(profiles) as (keyof typeof profiles)[]).filter(
    (name) => name !== 'too-many-twins',
  );
  it.each(tolerable)(
    'finds nothing in the clean core under %s',
    async (profile) => {
      const order = { profile, replicas: 4, steps: 1_000, fromSeed: 1, toSeed: 1 };
      expect(await hunt(workshop.clean, order)).toEqual({ seed: 1 });
    },
    aMinute,
  );

  it(
    'does not count a mutant where the clean core breaks as well',
    async () => {
      const mutant = named('send before persist');
      const clean = { upTo: async () => ({ seed: 1, claim: 'something else' }) };
      const verdict = await tryMutant(workshop, clean, mutant, limits);
      expect(isCaught(verdict)).toBe(false);
    },
    aMinute,
  );
});

describe('the report', () => {
  const mutant = named('drop the null batch');
  const caught: Verdict = {
    mutant,
    seeds: 3,
    seconds: 1,
    caught: { invariant: 'agreement', family: 'safety', claim: 'two certified blocks at height 3' },
  };

  it('says what caught a mutant, and after how many seeds', () => {
    expect(lineOf(caught)).toMatch(/^ok .*drop the null batch.*V3.*agreement \(safety\)\s+3/);
    expect(lineOf({ mutant, seeds: 20, seconds: 1 })).toMatch(/^NO .*NOT CAUGHT/);
    expect(header).toContain('caught by');
  });

  it('counts safety apart', () => {
    expect(summaryOf([caught, { mutant, seeds: 20, seconds: 1 }], [])).toBe(
      '1 of 2 mutants caught, 1 of them by safety or bookkeeping',
    );
  });
});

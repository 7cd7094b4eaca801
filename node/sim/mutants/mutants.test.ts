import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asked, listOf, wordingOf } from './asked.ts';
import { createCleanRuns } from './clean-runs.ts';
import { findFork } from './fork.ts';
import { invariantOf } from './invariants.ts';
import { type Finding, openNotebook } from './notebook.ts';
import { describeStanding } from './progress.ts';
import { forkLine, isCaught, isGood, jsonOf, lineOf, pageOf } from './report.ts';
import { repositoryRoot } from './sources.ts';
import { mutants } from './table.ts';
import { type Court, keyOf, tryMutant, type Verdict } from './trial.ts';
import { editsOf, type Mutant, type SimulatedMutant } from './types.ts';
import { failureOf } from './unit-trial.ts';
import { mutated, openWorkshop, requireFitting, type Workshop } from './workshop.ts';

/** Universes take as long as the machine takes for them. */
const patienceMs = 300_000;
const named = (name: string): Mutant => mutants.find((mutant) => mutant.name === name)!;
const simulated = (name: string): SimulatedMutant => named(name) as SimulatedMutant;
const root = repositoryRoot();

describe('the table of mutants', () => {
  it.each(mutants)('finds the text of "$name" once, and changes it', (mutant) => {
    for (const edit of editsOf(mutant)) expect(mutated(root, mutant, edit)).toContain(edit.replace);
    expect(() => requireFitting(root, [mutant])).not.toThrow();
  });

  it('refuses text that is not there, is there twice, or stays as it is, and says so of all of them', () => {
    const mutant = named('drop the null batch');
    const lost = { ...mutant, name: 'lost', find: 'no such text' };
    const twice = { ...mutant, name: 'twice', find: 'certificates' };
    const same = { ...mutant, name: 'same', replace: mutant.find };
    expect(() => requireFitting(root, [lost, mutant, twice, same])).toThrow(
      /"lost": its text is 0 times[\s\S]*"twice".*not once[\s\S]*"same" changes nothing/,
    );
  });

  it('has names that differ', () => {
    expect(new Set(mutants.map(({ name }) => name)).size).toBe(mutants.length);
  });

  it('holds every bug that was asked for, by its wording', () => {
    expect(asked.ordering).toHaveLength(34);
    expect(asked.epochs).toHaveLength(10);
    const wordings = mutants.map(wordingOf);
    expect([...asked.ordering, ...asked.epochs].filter((wording) => !wordings.includes(wording))).toEqual([]);
    expect(mutants.filter((mutant) => mutant.asked !== undefined && listOf(mutant) === 'further')).toEqual(
      [],
    );
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
  let court: Court;
  beforeAll(async () => {
    workshop = await openWorkshop();
    const notebook = openNotebook(undefined, '');
    court = { workshop, notebook, clean: createCleanRuns(workshop.clean, notebook) };
  }, patienceMs);
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
      const verdict = await tryMutant(court, named(name), limits);
      expect(verdict.cleanBreaks).toBeUndefined();
      expect(verdict.caught?.by).toBe(simulated(name).expects);
    },
    patienceMs,
  );

  it(
    'has a fork reported when f+1 collude',
    async () => {
      const { seed } = await findFork(workshop.clean, 4, limits);
      expect(seed).toBeGreaterThan(0);
    },
    patienceMs,
  );

  it(
    'does not count a mutant where the clean core breaks as well',
    async () => {
      const mutant = named('send before persist');
      const clean = { upTo: async () => ({ seed: 1, claim: 'something else' }) };
      const verdict = await tryMutant(
        { workshop, clean, notebook: openNotebook(undefined, '') },
        mutant,
        limits,
      );
      expect(isCaught(verdict)).toBe(false);
    },
    patienceMs,
  );

  it(
    'goes on behind the seeds that the notebook says are done',
    async () => {
      const notebook = openNotebook(undefined, '');
      const mutant = named('send before persist');
      notebook.note(keyOf(mutant), { seeds: 1, seconds: 100, isJudged: false });
      const verdict = await tryMutant({ ...court, notebook }, mutant, limits);
      expect(verdict.seeds).toBeGreaterThan(1);
      expect(verdict.seconds).toBeGreaterThan(100);
      expect(notebook.of(keyOf(mutant))).toMatchObject({ seeds: verdict.seeds, isJudged: true });
    },
    patienceMs,
  );

  it('runs nothing again that is judged, unless more seeds are asked for', async () => {
    const notebook = openNotebook(undefined, '');
    const mutant = named('send before persist');
    const build = (): never => {
      throw new Error('built');
    };
    const idle = { ...court, notebook, workshop: { ...workshop, build } };
    notebook.note(keyOf(mutant), { seeds: 20, seconds: 1, isJudged: true });
    expect(await tryMutant(idle, mutant, limits)).toMatchObject({ seeds: 20, seconds: 1 });
    await expect(tryMutant(idle, mutant, { ...limits, seeds: 21 })).rejects.toThrow('built');
    // Nothing is known of one that says something else now.
    await expect(tryMutant(idle, { ...mutant, replace: '' }, limits)).rejects.toThrow('built');
  });

  it(
    'tries what the simulator does not have with its unit test, beside the same test without the bug',
    async () => {
      const verdict = await tryMutant(court, named('old key erased at a − 1'), limits);
      expect(verdict).toMatchObject({
        seeds: 0,
        caught: { by: 'node/rotation/key-standing.test.ts', family: 'unit test' },
      });
      expect(isCaught(verdict)).toBe(true);
      await expect(failureOf(workshop, 'node/sim/no-such.test.ts')).rejects.toThrow();
    },
    patienceMs,
  );
});

describe('the notebook', () => {
  const finding: Finding = { seeds: 7, seconds: 2, isJudged: false };
  let directory: string;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'concordat-notebook-'));
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  it('outlives the run that wrote it, counts for the same sources alone, and goes with the end of a run', () => {
    const path = join(directory, 'deep', 'notebook.json');
    const first = openNotebook(path, 'these sources');
    first.note('a bug', finding);
    first.noteClean('usual 4 2000', { seed: 3 });
    const second = openNotebook(path, 'these sources');
    expect(second.of('a bug')).toEqual(finding);
    expect(second.cleanOf('usual 4 2000')).toEqual({ seed: 3 });
    expect(second.of('another')).toBeUndefined();
    expect(openNotebook(path, 'other sources').of('a bug')).toBeUndefined();
    second.close();
    expect(openNotebook(path, 'these sources').of('a bug')).toBeUndefined();
  });
});

describe('the report', () => {
  const mutant = named('drop the null batch');
  const caught: Verdict = {
    mutant,
    seeds: 3,
    seconds: 1,
    caught: { by: 'agreement', family: 'safety', claim: 'two certified blocks at height 3' },
  };
  const tested: Verdict = {
    mutant: named('old key erased at a − 1'),
    seeds: 0,
    seconds: 2,
    caught: { by: 'some.test.ts', family: 'unit test', claim: 'a test: it fails' },
  };
  const free: Verdict = { mutant: named('old key accepted'), seeds: 20, seconds: 1 };

  it('says what caught a mutant, and after how many seeds', () => {
    expect(lineOf(caught)).toMatch(/^ok .*drop the null batch +=.*V3.*agreement \(safety\)\s+3 /);
    expect(lineOf(free)).toMatch(/^NO .*NOT CAUGHT/);
    expect(lineOf(tested)).toMatch(/^ok .*some\.test\.ts \(unit test\) +- /);
    const renamed = { ...caught, mutant: named('an old vote store goes over') };
    expect(lineOf(renamed)).toContain('old incarnation votes');
  });

  it('stands in the order of asking, with what was asked for counted apart', () => {
    const lines = pageOf([tested, free, caught]).split('\n');
    const place = (text: string): number => lines.findIndex((line) => line.includes(text));
    expect(place('drop the null batch')).toBeLessThan(place('old key accepted'));
    expect(place('old key accepted')).toBeLessThan(place('old key erased'));
    expect(lines.slice(-3)).toEqual([
      'Ordering, view changes, durability, execution: 1 of 34 that were asked for are caught, 1 of them by safety or bookkeeping within 2000 seeds',
      'Epochs: 0 of 10 that were asked for are caught, 0 of them by safety or bookkeeping within 2000 seeds',
      '2 of 3 mutants caught, 1 of them by a unit test alone; the clean core passes the same seeds',
    ]);
    expect(lines.some((line) => line.includes('files of keys are not simulated'))).toBe(true);
  });

  it('is good if nothing gets away, and the whole table has enough by safety or bookkeeping', () => {
    expect(isGood([caught, tested], false)).toBe(true);
    expect(isGood([caught, tested], true)).toBe(false);
    expect(isGood([caught, free], false)).toBe(false);
    const eighteen = asked.ordering.slice(0, 18).map((wording) => ({
      ...caught,
      mutant: mutants.find((one) => wordingOf(one) === wording)!,
    }));
    expect(isGood(eighteen, true)).toBe(true);
    const alive = { by: 'progress after healing', family: 'liveness', claim: 'no agreement' } as const;
    expect(isGood([...eighteen.slice(1), { ...caught, caught: alive }], true)).toBe(false);
  });

  it('says the same to machines', () => {
    expect(jsonOf([free, caught], { seeds: 20, steps: 2_000 })).toMatchObject({
      limits: { seeds: 20 },
      mutants: [
        { name: 'drop the null batch', list: 'ordering', caught: true, family: 'safety', seeds: 3 },
        { name: 'old key accepted', asked: 'old key accepted', caught: false },
      ],
    });
  });

  it('tells whether too many liars were seen to fork the ledger', () => {
    const fork = { replicas: 4, colluding: 2, seed: 5, stops: 1 };
    expect(forkLine(fork)).toBe(
      '2 colluding liars of 4: fork reported at seed 5 (in 1 before it a validator stopped first)',
    );
    expect(forkLine({ ...fork, seed: undefined, stops: 0 })).toContain('NO FORK REPORTED');
  });
});

describe('progress', () => {
  const standing = {
    all: 10,
    done: 4,
    doneBefore: 2,
    seeds: 50,
    elapsedMs: 10_000,
    underWay: [{ name: 'a bug', seed: 7 }],
  };
  it('counts what this run did alone', () => {
    expect(describeStanding(standing)).toBe(
      '4 of 10 mutants, 5.0 universes/s, some 30 s left; now a bug (seed 7)',
    );
    expect(describeStanding({ ...standing, doneBefore: 4 })).toContain('time left unknown');
  });
});

/**
 * What was found so far, on disk after every seed: a run that was killed goes on where it was. It counts for the very
 * sources and steps that it was found with, and goes once the run has ended.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { HuntResult } from './hunt.ts';
import type { Catch } from './trial.ts';

/** Of one mutant. */
export interface Finding {
  /** All seeds up to this one were run; the last of them caught it, if one did. */
  readonly seeds: number;
  readonly seconds: number;
  readonly caught?: Catch;
  /** What the clean core does in the same universes. */
  readonly cleanBreaks?: string;
  /** The clean core was compared, too. */
  readonly isJudged: boolean;
}

/** Of the clean core under one kind of universes: all seeds up to this one, or up to the one that broke. */
export type CleanFinding = HuntResult;

export interface Notebook {
  of(mutant: string): Finding | undefined;
  note(mutant: string, finding: Finding): void;
  cleanOf(universes: string): CleanFinding | undefined;
  noteClean(universes: string, finding: CleanFinding): void;
  /** The run is over: the next one begins anew. */
  close(): void;
}

interface Page {
  readonly of: string;
  readonly mutants: { readonly [name: string]: Finding };
  readonly clean: { readonly [universes: string]: CleanFinding };
}

/** @param path undefined: nothing is kept; @param of names sources and steps */
export function openNotebook(path: string | undefined, of: string): Notebook {
  let page: Page = { of, mutants: {}, clean: {} };
  if (path !== undefined && existsSync(path)) {
    const found = JSON.parse(readFileSync(path, 'utf8')) as Page;
    if (found.of === of) page = found;
  }

  function write(next: Page): void {
    page = next;
    if (path === undefined) return;
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(`${path}.new`, JSON.stringify(page));
    renameSync(`${path}.new`, path);
  }

  return {
    of: (mutant) => page.mutants[mutant],
    note: (mutant, finding) => write({ ...page, mutants: { ...page.mutants, [mutant]: finding } }),
    cleanOf: (universes) => page.clean[universes],
    noteClean: (universes, finding) => write({ ...page, clean: { ...page.clean, [universes]: finding } }),
    close: () => {
      if (path !== undefined) rmSync(path, { force: true });
    },
  };
}

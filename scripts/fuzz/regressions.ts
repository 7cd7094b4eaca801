/** Inputs that once broke a property: files beside the code, tried first by every run and by the unit tests. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromHex, toHex } from '../../shared/codec/hex.ts';
import { sha256 } from '../../shared/crypto/sha256.ts';
import type { Finding } from './campaign.ts';
import { textOf } from './target.ts';

export interface Regression {
  readonly target: string;
  /** What it broke when it was found. */
  readonly broke: string;
  readonly input: Uint8Array;
}

/** In the sources, wherever the compiled program lies. */
const directory = join('scripts', 'fuzz', 'regressions');

interface RegressionFile {
  readonly target: string;
  readonly broke: string;
  readonly hex: string;
  /** The input as text, for readers. */
  readonly text: string;
}

export function readRegressions(folder: string = directory): readonly Regression[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => {
      const { target, broke, hex } = JSON.parse(readFileSync(join(folder, name), 'utf8')) as RegressionFile;
      return { target, broke, input: fromHex(hex) };
    });
}

/** @returns the file */
export function keepRegression(target: string, finding: Finding, folder: string = directory): string {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${target}-${toHex(sha256(finding.input)).slice(0, 12)}.json`);
  const content: RegressionFile = {
    target,
    broke: `${finding.property}: ${finding.message.split('\n')[0] ?? ''}`,
    hex: toHex(finding.input),
    text: textOf(finding.input),
  };
  writeFileSync(file, `${JSON.stringify(content, null, 2)}\n`);
  return file;
}

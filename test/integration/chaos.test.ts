import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import type { Row } from '../../scripts/chaos/table.ts';

const script = fileURLToPath(new URL('../../dist/scripts/chaos/main.js', import.meta.url));
/** Some twenty seconds each; a busy machine needs several times as long. */
const patienceMs = 400_000;

interface Report {
  readonly rows: readonly Row[];
  readonly violations: readonly string[];
  /** What it said on the way, its seed included: a failure can be looked at again. */
  readonly said: string;
}

const chaos = (...args: string[]): Promise<Report> =>
  new Promise((resolve) => {
    // The watch over secrets looks at what is left.
    const options = ['--validators', '4', '--port', '18500', '--json', '--keep', ...args];
    execFile(process.execPath, [script, ...options], (_, stdout, stderr) =>
      resolve({
        ...(JSON.parse(stdout || '{"rows":[],"violations":["no report"]}') as Report),
        said: stderr,
      }),
    );
  });

it(
  'kills at random instants, of one and of all, and a lost quorum lose nothing and double nothing',
  async () => {
    const names = ['kill', 'kill-all', 'lost-quorum'];
    const { rows, violations, said } = await chaos('--scenario', names.join(','), '--kills', '1');
    expect(violations, said).toEqual([]);
    expect(rows.map(({ scenario }) => scenario)).toEqual(names);
    for (const { findings } of rows) {
      expect(findings?.zeros, said).toMatchObject({ lost: 0, doubled: 0, forks: 0, equivocations: 0 });
      expect(findings?.acknowledged, said).toBeGreaterThan(0);
      expect(findings?.worstRecoveryMs, said).toBeGreaterThan(0);
    }
  },
  patienceMs,
);

it(
  'flipped bytes in the files of a killed validator are detected or harmless',
  async () => {
    const { rows, violations, said } = await chaos('--scenario', 'flips', '--flips', '2');
    expect(violations, said).toEqual([]);
    expect(rows[0]?.findings, said).toMatchObject({ injected: 2, zeros: { wrong: 0, lost: 0 } });
  },
  patienceMs,
);

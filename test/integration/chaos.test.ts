import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const script = fileURLToPath(new URL('../../dist/scripts/chaos/main.js', import.meta.url));

interface Ended {
  readonly stdout: string;
  readonly stderr: string;
}

const chaos = (...args: string[]): Promise<Ended> =>
  new Promise((resolve) => {
    execFile(process.execPath, [script, ...args], (_, stdout, stderr) => resolve({ stdout, stderr }));
  });

it('kills at random instants, of one and of all, and a lost quorum lose nothing and double nothing', async () => {
  const names = ['kill', 'kill-all', 'lost-quorum'];
  const options = ['--validators', '4', '--kills', '2', '--port', '18500', '--json'];
  const { stdout, stderr } = await chaos('--scenario', names.join(','), ...options);
  const { rows, violations } = JSON.parse(stdout || '{}');
  // The seed is in what it says: a failure can be looked at again.
  expect(violations, stderr).toEqual([]);
  expect(rows.map(({ scenario }: { scenario: string }) => scenario)).toEqual(names);
  for (const { findings } of rows) {
    expect(findings.zeros).toMatchObject({ lost: 0, doubled: 0, forks: 0, equivocations: 0 });
    expect(findings.acknowledged).toBeGreaterThan(0);
    expect(findings.commits).toBeGreaterThan(0);
    expect(findings.worstRecoveryMs).toBeGreaterThan(0);
  }
});

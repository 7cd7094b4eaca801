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

it('three kills at random instants under load, then two of four dead, lose nothing and double nothing', async () => {
  const { stdout, stderr } = await chaos('--kills', '3', '--clients', '8', '--port', '18500', '--json');
  const report = JSON.parse(stdout || '{}');
  // The seed is in what it says: a failure can be looked at again.
  expect(report, stderr).toMatchObject({
    validators: 4,
    kills: 3,
    lost: 0,
    doubled: 0,
    committedWithoutQuorum: 0,
    ledgersVerified: 4,
    faults: [],
  });
  expect(report.acknowledged).toBeGreaterThan(0);
  expect(report.height).toBeGreaterThan(0);
});

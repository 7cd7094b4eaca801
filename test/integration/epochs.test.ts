/**
 * From epoch to epoch with real processes under load, in short: a validator joins, one that stays away lapses, what
 * could halt the network is refused, a validator leaves, and one that lost its disk comes back with another vote store.
 * The whole of it is `npm run trial:epochs`.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import type { Consortium } from '../../scripts/lib/consortium.ts';

const built = (file: string): string => new URL(`../../dist/scripts/${file}`, import.meta.url).href;
/** From the build, where the processes that they start lie beside them. */
const lib = (await import(built('lib/consortium.js'))) as typeof import('../../scripts/lib/consortium.ts');
const { LocalNetwork } = (await import(
  built('lib/local-network.js')
)) as typeof import('../../scripts/lib/local-network.ts');
const { startWatchedLoad } = (await import(
  built('trials/watched-load.js')
)) as typeof import('../../scripts/trials/watched-load.ts');
const { EpochStory } = (await import(
  built('trial-epochs/story.js')
)) as typeof import('../../scripts/trial-epochs/story.ts');

const directory = mkdtempSync(join(tmpdir(), 'concordat-epochs-'));
const said: string[] = [];
const say = (line: string): void => void said.push(line);
let consortium: Consortium | undefined;

afterAll(async () => {
  await consortium?.stop();
  rmSync(directory, { recursive: true });
});

it('4 → 5 → 4 under load: failed 0, doubled 0, lost 0, and every ledger is verified', async () => {
  const port = 18_700;
  const network = await LocalNetwork.found({ directory, validators: 4, port, admins: true }, say);
  consortium = new lib.Consortium(network, say);
  await network.startAll();
  const load = await startWatchedLoad(consortium, ['v1', 'v2', 'v3', 'v4'], 2);
  const story = new EpochStory(consortium, load, { port: port + 20, say });
  try {
    await story.lapse('late', 'v1');
    await story.join('v5', 'v1');
    await story.refuse('too-few-validators', 'v2', 'v3');
    await story.remove('v2');
    await story.readmit('v5');
    const totals = await load.finish();
    expect(totals, said.join('\n')).toMatchObject({
      failed: 0,
      doubled: 0,
      lost: 0,
      forks: 0,
      epochs: 4,
      ledgersVerified: 5,
      faults: [],
    });
    expect(totals.acknowledged).toBeGreaterThan(50);
    expect(story.steps.map(({ epoch, validators }) => [epoch, validators])).toEqual([
      [0, 4],
      [1, 5],
      [1, 5],
      [2, 4],
      [3, 4],
    ]);
    expect(story.restarts()).toBe(0);
  } finally {
    load.abandon();
  }
}, 600_000);

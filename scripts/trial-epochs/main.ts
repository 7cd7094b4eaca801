/** `npm run trial:epochs`: 4 → 7 → 4 validators in real processes under load. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { installNativeSha256 } from '../../node/crypto/sha256-install.ts';
import { Consortium } from '../lib/consortium.ts';
import { LocalNetwork } from '../lib/local-network.ts';
import { startWatchedLoad } from '../trials/watched-load.ts';
import { type EpochReport, tableText, violations } from './report.ts';
import { EpochStory } from './story.ts';

const help = `usage: npm run trial:epochs [-- OPTIONS]

Real validators under load go from epoch to epoch: 4 → 7 → 4 by activations, an offline joiner lapses, removals that
could halt the network are refused, every consensus key is rotated while its validator is the primary, and a validator
that lost its disk is readmitted. Ends with 1 if a count that must be zero is not.

  --clients N   insisting clients (4)
  --port N      first of 200 ports of 127.0.0.1 (23000)
  --json        the report as JSON on standard output
  --keep        keep the data directories
  --help        this text`;

const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

async function runTrial(directory: string, port: number, clients: number): Promise<EpochReport> {
  const options = { directory, validators: 4, port, admins: true };
  const network = await LocalNetwork.found(options, (id, line) => say(`${id}: ${line}`));
  const consortium = new Consortium(network, say);
  try {
    await network.startAll();
    const load = await startWatchedLoad(consortium, ['v1', 'v2', 'v3', 'v4'], clients);
    try {
      const story = new EpochStory(consortium, load, { port: port + 20, say });
      await tell(story);
      const totals = await load.finish();
      return { steps: story.steps, totals: { ...totals, restarts: story.restarts() } };
    } finally {
      load.abandon();
    }
  } finally {
    await consortium.stop();
  }
}

/** v2, v3 and v7 leave: who is there in the end was not there in the beginning, but for v1 and v4. */
async function tell(story: EpochStory): Promise<void> {
  await story.members('v5', 'v6', 'v7');
  await story.refuse('too-few-validators', 'v4');
  await story.lapse('late', 'v5');
  for (const id of ['v5', 'v6', 'v7']) await story.join(id);
  await story.refuse('too-many-changes', 'v2', 'v3', 'v7');
  await story.rotateAll();
  for (const id of ['v2', 'v3', 'v7']) await story.remove(id);
  await story.readmit('v5');
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      clients: { type: 'string', default: '4' },
      port: { type: 'string', default: '23000' },
      json: { type: 'boolean', default: false },
      keep: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(help);
    return 0;
  }
  installNativeSha256();
  const directory = mkdtempSync(join(tmpdir(), 'concordat-epochs-'));
  let isKept = true;
  try {
    const report = await runTrial(directory, Number(values.port), Number(values.clients));
    const found = violations(report);
    isKept = values.keep || found.length > 0;
    console.log(
      values.json ? JSON.stringify({ ...report, violations: found }, undefined, 2) : tableText(report),
    );
    if (found.length > 0) say(['NOT AS IT MUST BE:', ...found].join('\n  '));
    return found.length === 0 ? 0 : 1;
  } finally {
    if (isKept) say(`data kept in ${directory}`);
    else rmSync(directory, { recursive: true });
  }
}

process.exit(await main());

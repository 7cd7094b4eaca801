/** `npm run trial:upgrade`: nodes of an older commit are replaced one by one under load (docs/operations/upgrade.md). */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { installNativeSha256 } from '../../node/crypto/sha256-install.ts';
import { foundingProtocol, newestProtocol } from '../../node/ledger/protocols.ts';
import { foundationsSince } from '../../shared/types/governance.ts';
import { Consortium } from '../lib/consortium.ts';
import { LocalNetwork, networkYaml } from '../lib/local-network.ts';
import { startWatchedLoad } from '../trials/watched-load.ts';
import { buildOld, type OldBuild, runOld } from './old-build.ts';
import { tableText, type UpgradeReport, violations } from './report.ts';
import { UpgradeStory } from './story.ts';

const help = `usage: npm run trial:upgrade [-- OPTIONS]

Builds another commit beside this one, founds a network with it, starts its four nodes under load, replaces them one by
one, and raises the protocol by ballots. A node whose build does not know the new rules is left over until it stops by
itself. Ends with 1 if a count that must be zero is not.

  --from REF    commit of the older build (HEAD~1); any since members decide on the command line
  --clients N   insisting clients (4)
  --port N      first of 200 ports of 127.0.0.1 (23200)
  --json        the report as JSON on standard output
  --keep        keep the data directories
  --help        this text`;

const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};
const ids = ['v1', 'v2', 'v3', 'v4'];

interface Settings {
  readonly from: string;
  readonly port: number;
  readonly clients: number;
}

async function runTrial(directory: string, { from, port, clients }: Settings): Promise<UpgradeReport> {
  say(`building ${from} …`);
  const old = await buildOld(from, join(directory, 'old-build'));
  try {
    const network = await foundByOld(old, join(directory, 'data'), port);
    const consortium = new Consortium(network, say);
    try {
      for (const index of ids.keys()) network.start(index, {}, old.nodeMain);
      await network.ready();
      const load = await startWatchedLoad(consortium, ids, clients);
      try {
        const story = new UpgradeStory(consortium, load, old, say);
        await story.tell();
        const totals = await load.finish();
        const protocols = { old: old.newestProtocol, new: newestProtocol };
        return { from: old.commit, protocols, steps: story.steps, totals };
      } finally {
        load.abandon();
      }
    } finally {
      await consortium.stop();
    }
  } finally {
    await old.remove();
  }
}

/** Its own command founds the network; this build takes it up as it is. */
async function foundByOld(old: OldBuild, directory: string, port: number): Promise<LocalNetwork> {
  // Begun with the first rules; a build from before they could be chosen knows no others, and no name for them.
  const protocol = old.newestProtocol < foundationsSince ? {} : { protocol: foundingProtocol };
  const options = { directory, validators: ids.length, port, admins: true, ...protocol };
  const file = `${directory}.yaml`;
  writeFileSync(file, networkYaml(options));
  await runOld(old, 'network', 'init', file, '--data', directory);
  return LocalNetwork.found(options, (id, line) => say(`${id}: ${line}`));
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      from: { type: 'string', default: 'HEAD~1' },
      clients: { type: 'string', default: '4' },
      port: { type: 'string', default: '23200' },
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
  const directory = mkdtempSync(join(tmpdir(), 'concordat-upgrade-'));
  let isKept = true;
  try {
    const settings = { from: values.from, port: Number(values.port), clients: Number(values.clients) };
    const report = await runTrial(directory, settings);
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

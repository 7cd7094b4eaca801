/**
 * `npm run drill:recovery`: a quorum of four real validators is gone for good, and the network comes back. Two
 * validators are killed under load and their machines destroyed; the survivors and two new machines are recovered by
 * the commands that operators would type, and a proof pack of a record from before and of one from after are verified
 * offline against the network id.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Consortium, founders } from './drill-recovery/consortium.ts';
import { accept, joinAs, makeBundle, makeStatement } from './drill-recovery/recover.ts';
import { verifiedLedger } from './lib/cli.ts';

const help = `usage: npm run drill:recovery [-- OPTIONS]

Founds a network of four in a temporary directory, kills two validators under load and deletes what was on their
machines, recovers the network with the commands that operators would type (docs/operations/lost-quorum.md), and
verifies two proof packs offline, one of them across the break. A few minutes on two cores.

  --port N   first port (22600)
  --keep     keep the directory
  --help     this text

Exit code: 0 if nothing that was acknowledged is lost and both packs verify, 1 otherwise.`;

const recordsBefore = 60;
const recordsAfter = 40;
const perRequest = 10;
const survivors = ['alpha', 'beta'];
const lost = ['delta', 'gamma'];
const fresh = ['echo', 'foxtrot'];
/** A new network needs a moment until its first block; a client tries again until then. */
const patienceMs = 60_000;

const say = (line: string): void => console.log(line);
const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;

async function appendUntil(consortium: Consortium, count: number, by: string): Promise<string[]> {
  const certified: string[] = [];
  const giveUpMs = performance.now() + patienceMs;
  while (certified.length < count) {
    if (performance.now() > giveUpMs)
      throw new Error(`${certified.length} of ${count} records after a minute`);
    certified.push(...(await consortium.append(perRequest, by)));
  }
  return certified;
}

/** Records on their way when the quorum goes: nobody is told that they were taken. */
async function loseUnderLoad(consortium: Consortium): Promise<readonly string[]> {
  const underWay = Array.from({ length: 8 }, () => consortium.append(perRequest, 'alpha').catch(() => []));
  await new Promise((resolve) => setTimeout(resolve, 30));
  await Promise.all(lost.map((id) => consortium.kill(id)));
  for (const id of lost) consortium.destroy(id);
  await consortium.stop(...survivors);
  return (await Promise.all(underWay)).flat();
}

async function provePack(consortium: Consortium, id: string, by: string, name: string): Promise<unknown> {
  const response = await consortium.ask(by, `/transactions/${id}/pack`);
  if (!response.ok) throw new Error(`no pack of ${id}: ${await response.text()}`);
  const file = consortium.fileOf(name);
  writeFileSync(file, new Uint8Array(await response.arrayBuffer()));
  return consortium.command('pack', 'verify', file, '--network', consortium.network);
}

async function drill(directory: string, port: number): Promise<void> {
  const startedMs = performance.now();
  const consortium = await Consortium.found(directory, port);
  try {
    await consortium.start(...founders);
    const before = await appendUntil(consortium, recordsBefore, 'alpha');
    say(`network ${consortium.network}`);
    say(`before: ${before.length} records certified by ${founders.join(', ')}`);
    const lostMs = performance.now();
    const during = await loseUnderLoad(consortium);
    say(
      `lost: ${lost.join(' and ')} with all that was on them; ${during.length} records were acknowledged meanwhile`,
    );

    const statements = await Promise.all([
      ...survivors.map((id) => makeStatement(consortium, id)),
      ...fresh.map((id, index) => joinAs(consortium, id, lost[index]!)),
    ]);
    const recovered = await makeBundle(consortium, {
      statements,
      validators: [...survivors, ...fresh],
      reason: `The machines of ${lost.join(' and ')} are destroyed (drill)`,
      signers: ['alpha', 'beta', 'gamma'],
    });
    const now = [...survivors, ...fresh];
    await Promise.all(now.map((id) => accept(consortium, id, recovered)));
    say(
      `recovered: certified up to ${recovered.base}, kept up to ${recovered.height}, epoch ${recovered.epoch}, by 3 of 4 members`,
    );
    await consortium.start(...now);
    const after = await appendUntil(consortium, recordsAfter, 'echo');
    const backMs = performance.now();
    say(`after: ${after.length} records certified by ${now.join(', ')}`);

    const acknowledged = [...before, ...during, ...after];
    const missing = [];
    for (const id of acknowledged)
      if (!(await consortium.ask('foxtrot', `/transactions/${id}`)).ok) missing.push(id);
    const old = await provePack(consortium, before[0]!, 'foxtrot', 'before.pack');
    const spanning = await provePack(consortium, after.at(-1)!, 'foxtrot', 'after.pack');
    const { ok, breaks = [] } = spanning as { readonly ok: boolean; readonly breaks?: readonly object[] };
    await consortium.stopAll();
    for (const id of now) {
      await verifiedLedger(consortium.dataOf(id));
      await consortium.command('ledger', 'rebuild', consortium.dataOf(id));
    }
    say('');
    say(`acknowledged records            ${acknowledged.length}`);
    say(`of them lost                    ${missing.length}`);
    say(`uncertified blocks kept         ${recovered.height - recovered.base}`);
    say(
      `from the loss to the first new records, commands of all operators included  ${seconds(backMs - lostMs)}`,
    );
    say(`pack from before the break      ${(old as { readonly ok: boolean }).ok ? 'verified' : 'REFUSED'}`);
    say(`pack that spans the break       ${ok ? 'verified' : 'REFUSED'}, and shows ${breaks.length} break`);
    say(`ledgers verified and rebuilt    ${now.length} of ${now.length}`);
    say(`the whole drill                 ${seconds(performance.now() - startedMs)}`);
    if (missing.length > 0 || !ok || breaks.length !== 1) throw new Error('the drill failed');
  } finally {
    await consortium.stopAll();
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '22600' },
      keep: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    say(help);
    return;
  }
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 1 || port > 65_000)
    throw new Error(`--port ${values.port} is no port`);
  const directory = mkdtempSync(join(tmpdir(), 'concordat-drill-'));
  try {
    await drill(directory, port);
    if (!values.keep) rmSync(directory, { recursive: true, force: true });
  } catch (error) {
    console.error(`What it left is in ${directory}.`);
    throw error;
  }
  if (values.keep) say(`kept in ${directory}`);
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

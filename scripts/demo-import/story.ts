/**
 * The story that the demonstration tells: a file is imported through one gateway, the primary dies half-way and
 * comes back, and then everything is read again from outside. What differs from the file is a fault.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { apiPrefix, type StreamEventJson } from '../../shared/api.ts';
import { decodeEnvelope, decodeProofPack } from '../../shared/codec/ledger.ts';
import type { CborValue } from '../../shared/types/ledger.ts';
import { type AgreedTip, agreedTip } from '../lib/agreed-tip.ts';
import { gapAfterKillMs } from '../lib/certification-gap.ts';
import { CertificationTracker } from '../lib/certification-tracker.ts';
import type { LocalNetwork } from '../lib/local-network.ts';
import { type Comparison, compareEvents, isOfRow, readAllEvents } from './compare-events.ts';
import {
  concordatJson,
  type FileImport,
  type ImportFigures,
  importFile,
  type LedgerFigures,
} from './concordat-json.ts';
import { readSourceRows, type SourceRow } from './source-rows.ts';

export interface StoryOptions extends FileImport {
  /** From the death of the primary to its start, milliseconds. */
  readonly downMs: number;
}

export interface ImportStory {
  readonly file: string;
  readonly network: string;
  readonly gateway: string;
  readonly firstRun: ImportFigures;
  readonly kill: KillFigures;
  readonly secondRun: ImportFigures;
  readonly validators: readonly (Comparison & { readonly id: string })[];
  readonly tip: AgreedTip;
  readonly pack: PackFigures;
  readonly ledgers: readonly LedgerFigures[];
  readonly rebuilt: LedgerFigures;
  /** What is not as it must be. */
  readonly faults: readonly string[];
}

export interface KillFigures {
  readonly validator: string;
  /** Certified when it died. */
  readonly rows: number;
  readonly downMs: number;
  /** From its death until the others certified again. */
  readonly gapMs: number | null;
}

export interface PackFigures {
  readonly row: number;
  readonly transaction: string;
  readonly bytes: number;
  readonly verified: boolean;
}

const rowToProve = 5_000;
const pollMs = 5;

/** Starts and stops the validators of `network`, which is fresh. */
export async function tellImportStory(network: LocalNetwork, options: StoryOptions): Promise<ImportStory> {
  const { file, say } = options;
  const rows = readSourceRows(file, options.mapping);
  if (rows.length < 2) throw new Error(`${file} has ${rows.length} rows; half-way needs two`);
  const faults: string[] = [];
  await network.startAll();
  const gateway = network.gateways[(await primaryOf(network, 0)) === 0 ? 1 : 0]!;
  say(`network ${network.completed.genesis.network}: importing ${rows.length} rows through ${gateway}`);

  const { firstRun, kill } = await importAcrossKill(network, gateway, rows.length, options, faults);
  const before = await agreedTip(network.gateways, network.session);
  const { validators, events } = await readValidators(network, rows, say, faults);

  say('importing the same file again');
  const secondRun = await importFile(network, gateway, rows.length, options);
  if (secondRun.new !== 0 || secondRun.repeated !== rows.length) {
    faults.push(`the second import added ${secondRun.new} rows and found ${secondRun.repeated}`);
  }
  const tip = await agreedTip(network.gateways, network.session);
  if (tip.block !== before.block) faults.push(`the second import moved the tip to ${tip.height}`);

  const row = rows[Math.min(rowToProve, Math.ceil(rows.length / 2)) - 1]!;
  const transaction = events.find(({ eventId }) => eventId === row.eventId)?.transaction ?? '';
  const packFile = join(network.directory, 'row.pack');
  await concordatJson([
    'pack',
    'get',
    transaction,
    '--out',
    packFile,
    '--gateway',
    gateway,
    '--data',
    network.directory,
  ]);
  await network.stop();
  return {
    file,
    network: network.completed.genesis.network,
    gateway,
    firstRun,
    kill,
    secondRun,
    validators,
    tip,
    pack: await verifyPack(network, packFile, row, transaction, faults),
    ...(await verifyLedgers(network, kill.validator, tip, rows.length, say, faults)),
    faults,
  };
}

async function importAcrossKill(
  network: LocalNetwork,
  gateway: string,
  rows: number,
  options: StoryOptions,
  faults: string[],
): Promise<{ readonly firstRun: ImportFigures; readonly kill: KillFigures }> {
  const { downMs, say } = options;
  const tracker = new CertificationTracker(network.gateways, network.trusted, network.session, () =>
    performance.now(),
  );
  await tracker.open();
  let isOver = false;
  const running = importFile(network, gateway, rows, options).finally(() => {
    isOver = true;
  });
  // Awaited below, after what happens meanwhile; a failure before that must not end the process.
  running.catch(() => {});
  while (!isOver && tracker.certified.size < rows / 2) await sleep(pollMs);
  const primary = await primaryOf(network, network.gateways.indexOf(gateway));
  const killedMs = performance.now();
  const killedAt = tracker.certified.size;
  if (isOver) faults.push('the import was over before the primary was killed');
  await network.kill(primary);
  say(`killed the primary ${network.idOf(primary)} with ${killedAt} of ${rows} rows certified`);
  await sleep(downMs);
  const startedMs = performance.now();
  network.start(primary);
  say(`started ${network.idOf(primary)} again`);
  const firstRun = await running;
  const gap = gapAfterKillMs(
    tracker.blocks.map(({ atMs }) => atMs),
    killedMs,
    startedMs,
  );
  await network.ready();
  tracker.close();
  if (firstRun.refused.length > 0) faults.push(`${firstRun.refused.length} rows were refused`);
  if (firstRun.new + firstRun.repeated !== rows) {
    faults.push(`the import counts ${firstRun.new} + ${firstRun.repeated} rows`);
  }
  faults.push(...tracker.faults);
  const kill = { validator: network.idOf(primary), rows: killedAt, downMs, gapMs: gap ?? null };
  return { firstRun, kill };
}

async function readValidators(
  network: LocalNetwork,
  rows: readonly SourceRow[],
  say: StoryOptions['say'],
  faults: string[],
): Promise<Pick<ImportStory, 'validators'> & { readonly events: readonly StreamEventJson[] }> {
  const validators: (Comparison & { id: string })[] = [];
  let events: readonly StreamEventJson[] = [];
  for (const [index, gateway] of network.gateways.entries()) {
    const id = network.idOf(index);
    events = await readAllEvents(network, gateway, rows.length);
    const comparison = compareEvents(rows, events);
    validators.push({ id, ...comparison });
    for (const name of ['missing', 'doubled', 'foreign', 'different', 'disordered'] as const) {
      if (comparison[name] > 0) faults.push(`${id}: ${comparison[name]} ${name}`);
    }
    say(`${id}: ${comparison.events} events of ${comparison.streams} streams held against the file`);
  }
  return { validators, events };
}

/** Offline: all validators are stopped. */
async function verifyPack(
  network: LocalNetwork,
  packFile: string,
  row: SourceRow,
  transaction: string,
  faults: string[],
): Promise<PackFigures> {
  const trusted = network.completed.genesis.network;
  const { ok } = await concordatJson<{ ok: boolean }>(['pack', 'verify', packFile, '--network', trusted]);
  const bytes = new Uint8Array(readFileSync(packFile));
  const { id, body } = decodeEnvelope(decodeProofPack(bytes).receipt.envelope);
  const { stream, events } = body.args as unknown as AppendArgs;
  const [event] = events;
  if (!ok) faults.push(`the proof pack of row ${row.number} does not verify`);
  if (id !== transaction) faults.push(`the proof pack of ${transaction} proves ${id}`);
  if (event === undefined || !isOfRow({ stream, ...event }, row)) {
    faults.push(`the proof pack of row ${row.number} holds another event`);
  }
  return { row: row.number, transaction, bytes: bytes.length, verified: ok };
}

interface AppendArgs {
  readonly stream: string;
  readonly events: readonly { readonly type: string; readonly data: CborValue }[];
}

async function verifyLedgers(
  network: LocalNetwork,
  killed: string,
  tip: AgreedTip,
  rows: number,
  say: StoryOptions['say'],
  faults: string[],
): Promise<Pick<ImportStory, 'ledgers' | 'rebuilt'>> {
  const ledgers: LedgerFigures[] = [];
  for (let index = 0; index < network.size; index += 1) {
    say(`verifying the ledger of ${network.idOf(index)}`);
    ledgers.push(await ledgerOf('verify', network, index));
  }
  say(`rebuilding the ledger of ${killed}`);
  const rebuilt = await ledgerOf('rebuild', network, network.indexOf(killed));
  for (const { id, command, ok, height, stateRoot, transactions, events } of [...ledgers, rebuilt]) {
    if (!ok) faults.push(`ledger ${command} of ${id} is not clean`);
    if (height !== tip.height || stateRoot !== tip.stateRoot)
      faults.push(`${id}: ledger at ${height} ${stateRoot}`);
    // Rows of one stream share a transaction.
    if (events !== rows || transactions !== ledgers[0]!.transactions) {
      faults.push(`${id}: ledger with ${transactions} transactions and ${events} events`);
    }
  }
  return { ledgers, rebuilt };
}

async function ledgerOf(
  command: 'verify' | 'rebuild',
  network: LocalNetwork,
  index: number,
): Promise<LedgerFigures> {
  const figures = await concordatJson<Omit<LedgerFigures, 'id' | 'command'>>([
    'ledger',
    command,
    network.dataOf(index),
  ]);
  return { id: network.idOf(index), command, ...figures };
}

/** As the validator `asked` sees it. */
async function primaryOf(network: LocalNetwork, asked: number): Promise<number> {
  const response = await network.session.fetch(`${network.gateways[asked]}${apiPrefix}/status`);
  const { primary } = (await response.json()) as { primary: string };
  return network.indexOf(primary);
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

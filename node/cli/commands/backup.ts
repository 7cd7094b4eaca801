/** `backup` of a node that may run, and `restore` into a directory that can never vote twice (rule D3). */
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { createVerifierPool } from '../../crypto/verifier-pool.ts';
import { countOf } from '../../runtime/diagnosis/words.ts';
import type { BackupManifest } from '../../storage/backup-manifest.ts';
import { openLedgerReader } from '../../storage/ledger-reader.ts';
import { type CopyProgress, makeBackup } from '../../storage/make-backup.ts';
import { restoreBackup } from '../../storage/restore-backup.ts';
import { version } from '../../version.ts';
import { CliError } from '../cli-error.ts';
import { verb } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { toType } from '../invocation.ts';
import { type CliIo, factLines, report } from '../io.ts';
import { verifyLedger } from '../ledger/verify-ledger.ts';
import { networkId } from '../options.ts';
import { Progress } from '../progress.ts';

interface BackupOptions {
  readonly out: string;
  readonly payloads?: boolean;
  readonly json?: boolean;
}
interface RestoreOptions {
  readonly into: string;
  readonly network?: string;
  readonly json?: boolean;
}

export function backupCommand(io: CliIo): Command {
  return verb('backup <dir>', 'copy the ledger of a node, which may be running', [
    'backup data/alpha --out backups/alpha-2024-05-01',
  ])
    .requiredOption('--out <dir>', 'directory of the backup; it must not exist yet')
    .option('--payloads', 'copy payloads, too (default: a restored node fetches them from its peers)')
    .action((directory: string, options: BackupOptions) => backup(io, directory, options));
}

export function restoreCommand(io: CliIo): Command {
  return verb(
    'restore <backup>',
    'verify a backup whole, then make a data directory of it that only observes',
    ['restore backups/alpha-2024-05-01 --into data/alpha --network 7f3a…'],
  )
    .requiredOption('--into <dir>', 'data directory of the node; it must not exist yet')
    .option('--network <id>', 'network id that you trust (default: the one in the backup)', networkId)
    .action((directory: string, options: RestoreOptions) => restore(io, directory, options));
}

async function backup(io: CliIo, directory: string, options: BackupOptions): Promise<void> {
  const { out, payloads = false, json = false } = options;
  const startedMs = io.nowMs();
  const progress = copyProgress(io);
  const manifest = await makeBackup(directory, out, {
    createdAt: io.nowMs(),
    software: `concordat ${version}`,
    progress,
    payloads,
  }).finally(progress.stop);
  const seconds = (io.nowMs() - startedMs) / 1000;
  report(io, json, { directory: out, seconds, ...manifest }, [
    `Backed up to ${out}: every certified block up to height ${manifest.height}.`,
    ...factLines({ ...factsOf(manifest), seconds }),
    'Keys, node.yaml and the genesis are not in it: keep them apart. Votes are never in a backup.',
  ]);
}

async function restore(io: CliIo, directory: string, options: RestoreOptions): Promise<void> {
  const { into, network, json = false } = options;
  const progress = copyProgress(io);
  let headersOnly = 0;
  const { manifest, incarnation } = await restoreBackup(directory, into, {
    ...(network === undefined ? {} : { network }),
    progress,
    verify: async (partial, expected) => {
      progress.stop();
      headersOnly = await verifyChain(io, partial, expected);
    },
  }).finally(progress.stop);
  report(io, json, { directory: into, incarnation, mayVote: false, headersOnly, ...manifest }, [
    `Restored into ${into}: every hash, signature, certificate and root up to height ${manifest.height} holds.`,
    ...factLines({ ...factsOf(manifest), incarnation }),
    ...(headersOnly === 0
      ? []
      : [`Of ${countOf(headersOnly, 'block')} the bodies were pruned: their headers and certificates hold.`]),
    'A node with this directory observes and serves, and never votes: its vote store is new, and no ledger',
    'knows its name. It fetches what is newer from its peers. Let only one node use a validator’s keys.',
    `Let \`storage\` in its node.yaml name this directory, then start it: ${toType('node start NODE.YAML')}`,
  ]);
}

const factsOf = ({ network, block, stateRoot, createdAt, files }: BackupManifest) => ({
  network,
  block,
  stateRoot,
  createdAt: new Date(createdAt).toISOString(),
  bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
});

/**
 * @returns of how many blocks only header and certificate are there
 * @throws CliError with the fault, and the height at which it is
 */
async function verifyChain(io: CliIo, directory: string, manifest: BackupManifest): Promise<number> {
  const reader = openLedgerReader(directory);
  let failure: Error | undefined;
  const verifier = createVerifierPool({
    workers: verifierWorkers(),
    onFatal: (error) => {
      failure = error;
    },
  });
  try {
    const verdict = await verifyLedger(io, reader, { verifier, network: manifest.network });
    if (failure) throw failure;
    if (!verdict.ok)
      throw unsound(verdict.fault.code, { height: verdict.fault.height, ...verdict.fault.facts });
    const { height, block, stateRoot } = verdict.figures;
    const found = { height, block, stateRoot };
    const expected = { height: manifest.height, block: manifest.block, stateRoot: manifest.stateRoot };
    if (JSON.stringify(found) !== JSON.stringify(expected))
      throw unsound('manifest-differs', { found, expected });
    return verdict.figures.headersOnly ?? 0;
  } finally {
    await verifier.close();
    reader.close();
  }
}

const unsound = (code: string, facts: Readonly<Record<string, unknown>>): CliError =>
  new CliError(
    exitCodes.refused,
    code,
    'The ledger in the backup does not verify: nothing was restored.',
    facts,
    'Use another backup, or let the node fetch the ledger from its peers into an empty directory.',
  );

/** The worker script lies beside the compiled pool; from sources all is verified on this thread. */
function verifierWorkers(): number {
  const script = join(import.meta.dirname, '..', '..', 'crypto', 'verifier-worker.js');
  return existsSync(script) ? Math.max(1, availableParallelism() - 1) : 0;
}

const mebibyte = 2 ** 20;

/** A bar in mebibytes, from the first figure on. */
function copyProgress(io: CliIo): CopyProgress & { stop(): void } {
  let bar: Progress | undefined;
  let last = 0;
  return {
    update(done, total) {
      bar ??= new Progress(io, { what: 'MiB', total: Math.ceil(total / mebibyte) });
      last = Math.ceil(done / mebibyte);
      bar.update(last);
    },
    stop() {
      bar?.stop(last);
      bar = undefined;
    },
  };
}

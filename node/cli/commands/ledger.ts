/** `ledger verify` and `ledger rebuild`: a data directory, offline, of a running or stopped node. */
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { createVerifierPool } from '../../crypto/verifier-pool.ts';
import { countOf } from '../../runtime/diagnosis/words.ts';
import { openLedgerReader } from '../../storage/ledger-reader.ts';
import { noun, verb } from '../command.ts';
import { type CliIo, factLines, report } from '../io.ts';
import type { LedgerFigures, LedgerVerdict } from '../ledger/ledger-fault.ts';
import { rebuildLedger } from '../ledger/rebuild-ledger.ts';
import { verifyLedger } from '../ledger/verify-ledger.ts';
import { networkId } from '../options.ts';
import { breakLines } from '../recovery/words.ts';
import { VerdictFailed } from '../verdict.ts';

interface Options {
  readonly network?: string;
  readonly json?: boolean;
}

export function ledgerCommands(io: CliIo): Command {
  return noun('ledger', 'the chain in a data directory')
    .addCommand(
      verb('verify <dir>', 'check every hash, client signature, certificate and root, offline', [
        'ledger verify data/alpha --network 7f3a…',
      ])
        .option('--network <id>', 'network id that you trust (default: the one in the directory)', networkId)
        .action((directory: string, options: Options) => verify(io, directory, options)),
    )
    .addCommand(
      verb('rebuild <dir>', 'fold all events again and compare the state root of every block', [
        'ledger rebuild data/alpha',
      ]).action((directory: string, options: Options) => rebuild(io, directory, options)),
    );
}

async function verify(io: CliIo, directory: string, { network, json = false }: Options): Promise<void> {
  const reader = openLedgerReader(directory);
  let failure: Error | undefined;
  const verifier = createVerifierPool({
    workers: verifierWorkers(),
    onFatal: (error) => {
      failure = error;
    },
  });
  try {
    const verdict = await verifyLedger(io, reader, {
      verifier,
      ...(network === undefined ? {} : { network }),
    });
    if (failure) throw failure;
    reportVerdict(io, json, verdict, 'Verified: every hash, signature, certificate and root holds.');
  } finally {
    await verifier.close();
    reader.close();
  }
}

/** The worker script lies beside the compiled pool; from sources all is verified on this thread. */
function verifierWorkers(): number {
  const script = join(import.meta.dirname, '..', '..', 'crypto', 'verifier-worker.js');
  return existsSync(script) ? Math.max(1, availableParallelism() - 1) : 0;
}

async function rebuild(io: CliIo, directory: string, { json = false }: Options): Promise<void> {
  const reader = openLedgerReader(directory);
  try {
    reportVerdict(
      io,
      json,
      await rebuildLedger(io, reader),
      'Rebuilt: every block has the state root that its events yield.',
    );
  } finally {
    reader.close();
  }
}

/** What a directory without all bodies cannot show. */
function partialLines({ headersOnly = 0, snapshot, height, bodiesFrom }: LedgerFigures): readonly string[] {
  const whole =
    snapshot === undefined
      ? 'No snapshot leads up to the bodies that are here: no block was executed.'
      : `The state of height ${snapshot} was proven from its snapshot; ${countOf(height - snapshot, 'block')} behind it checked whole.`;
  return [
    `What is here is sound. Not everything could be checked: bodies are here from height ${bodiesFrom} on only.`,
    `Of ${countOf(headersOnly, 'block')} only header, certificate and history were checked, not what they decided.`,
    whole,
  ];
}

function reportVerdict(io: CliIo, json: boolean, verdict: LedgerVerdict, soundText: string): void {
  const { ok, figures } = verdict;
  const lines = verdict.ok
    ? [
        ...(figures.headersOnly === undefined ? [soundText] : partialLines(figures)),
        ...(figures.breaks ?? []).flatMap(breakLines),
        ...factLines({ ...figures, breaks: figures.breaks?.length }),
      ]
    : [
        `FAILED at height ${verdict.fault.height}: ${verdict.fault.code}`,
        ...factLines(verdict.fault.facts),
        'Sound up to:',
        ...factLines({ ...figures }),
        verdict.fault.code === 'protocol-unsupported'
          ? 'Check it again with a version of Concordat that knows this protocol: nothing is said against the ledger.'
          : 'Keep a copy of the directory, and compare with another node.',
      ];
  report(io, json, { ok, ...figures, ...(verdict.ok ? {} : { fault: verdict.fault }) }, lines);
  if (!ok) throw new VerdictFailed();
}

/** `import`: a CSV or NDJSON file, one event per row, exactly once. */
import { type Command, Option } from 'commander';
import { countOf } from '../../runtime/diagnosis/words.ts';
import { usageError } from '../cli-error.ts';
import { verb } from '../command.ts';
import { connect } from '../connect.ts';
import { formatOf } from '../import/rows.ts';
import { type ImportSummary, type RefusedRow, runImport } from '../import/run-import.ts';
import { type CliIo, factLines, report } from '../io.ts';
import {
  type GatewayOptions,
  gatewayOption,
  type SignerOptions,
  signerOptions,
  wholeNumber,
} from '../options.ts';
import { openSigner } from '../signer.ts';
import { VerdictFailed } from '../verdict.ts';

interface Options extends SignerOptions, GatewayOptions {
  readonly json?: boolean;
  readonly streamColumn: string;
  readonly type?: string;
  readonly typeColumn?: string;
  readonly batch: number;
  readonly inFlight: number;
  readonly timeout: number;
}

export function importCommand(io: CliIo): Command {
  const command = verb(
    'import <file>',
    'import a .csv or .ndjson file, one event per row; stopped or repeated, it goes on and doubles nothing',
    [
      'import deliveries.csv --stream-column "PO / SO #" --type delivery',
      'import log.ndjson --stream-column device --type-column kind --gateway http://127.0.0.1:8101 --gateway http://127.0.0.1:8102',
    ],
  )
    .requiredOption('--stream-column <name>', 'column whose value names the stream')
    .addOption(new Option('--type <value>', 'type of every event').conflicts('typeColumn'))
    .option('--type-column <name>', 'column whose value is the type')
    .option('--batch <rows>', 'rows in one request', wholeNumber, 250)
    .option('--in-flight <requests>', 'requests under way at once', wholeNumber, 4)
    .option(
      '--timeout <seconds>',
      'end with code 3 when nothing was certified for so long',
      wholeNumber,
      120,
    );
  return signerOptions(gatewayOption(command)).action((file: string, options: Options) =>
    run(io, file, options),
  );
}

async function run(io: CliIo, file: string, options: Options): Promise<void> {
  const { streamColumn, batch, inFlight, json = false } = options;
  formatOf(file);
  const mapping = { streamColumn, type: typeOf(options) };
  const client = connect(options, { rounds: 20, purpose: 'write' });
  const signer = await openSigner(io, client, options);
  const limits = {
    batchRows: between(batch, 10_000),
    inFlight: between(inFlight, 64),
    giveUpMs: options.timeout * 1_000,
  };
  const summary = await runImport(io, client, signer, file, { mapping, ...limits });
  report(io, json, summary, summaryLines(summary));
  if (summary.refused.length > 0) throw new VerdictFailed();
}

const between = (value: number, max: number): number => Math.min(Math.max(1, value), max);

function typeOf({ type, typeColumn }: Options): { value: string } | { column: string } {
  if (type !== undefined) return { value: type.normalize('NFC') };
  if (typeColumn !== undefined) return { column: typeColumn };
  throw usageError(
    'type-missing',
    'Of which type are the events?',
    {},
    'Give --type VALUE or --type-column NAME.',
  );
}

const refusedShown = 10;

function summaryLines(summary: ImportSummary): string[] {
  const { file, digest, rows, repeated, refused, seconds, rowsPerSecond } = summary;
  return [
    refused.length === 0
      ? `Imported ${file}.`
      : `Imported ${file}, except ${countOf(refused.length, 'row')}.`,
    ...factLines({
      rows,
      new: summary.new,
      repeated,
      refused: refused.length,
      seconds,
      'rows/s': rowsPerSecond,
      digest,
    }),
    ...refused.slice(0, refusedShown).map(refusedLine),
    ...(refused.length > refusedShown
      ? [`… and ${refused.length - refusedShown} more (--json lists all)`]
      : []),
  ];
}

const refusedLine = ({ row, code, facts }: RefusedRow): string =>
  `  row ${row}: ${code} ${JSON.stringify(facts)}`;

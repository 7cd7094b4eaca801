/** `concordat … --json` in processes of its own, and the figures that it prints. */
import type { ImportMapping } from '../../node/cli/import/plan.ts';
import { runConcordat } from '../lib/cli.ts';
import type { LocalNetwork } from '../lib/local-network.ts';

export interface FileImport {
  readonly file: string;
  readonly mapping: ImportMapping;
  readonly say: (line: string) => void;
}

export interface ImportFigures {
  readonly rows: number;
  readonly new: number;
  readonly repeated: number;
  readonly refused: readonly unknown[];
  readonly seconds: number;
  readonly rowsPerSecond: number;
}

export interface LedgerFigures {
  readonly id: string;
  readonly command: 'verify' | 'rebuild';
  readonly ok: boolean;
  readonly height: number;
  readonly transactions: number;
  readonly events: number;
  readonly stateRoot: string;
  readonly seconds: number;
}

/** A verdict against the network is an answer too. @throws Error with what the command said if it has none */
export async function concordatJson<Answer>(
  args: readonly string[],
  onLine?: (line: string) => void,
): Promise<Answer> {
  const { exitCode, stdout, stderr } = await runConcordat([...args, '--json'], onLine);
  if (stdout !== '' && exitCode <= 1) return JSON.parse(stdout) as Answer;
  throw new Error(`concordat ${args.join(' ')}: exit code ${exitCode}\n${stderr}`);
}

const batchRowsMax = 250;
/** Half-way must be an instant that can be hit. */
const batchesMin = 40;

/** As the first submitter of the network, through one gateway. */
export function importFile(
  network: LocalNetwork,
  gateway: string,
  rows: number,
  { file, mapping, say }: FileImport,
): Promise<ImportFigures> {
  const { streamColumn, type } = mapping;
  const typeArgs = 'value' in type ? ['--type', type.value] : ['--type-column', type.column];
  const batchRows = Math.min(batchRowsMax, Math.ceil(rows / batchesMin));
  const sendArgs = ['--batch', String(batchRows), ...(batchRows < batchRowsMax ? ['--in-flight', '1'] : [])];
  const fileArgs = ['import', file, '--stream-column', streamColumn, ...typeArgs];
  const networkArgs = ['--gateway', gateway, '--data', network.directory];
  return concordatJson([...fileArgs, ...networkArgs, ...sendArgs], (line) => say(`import: ${line}`));
}

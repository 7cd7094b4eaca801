/**
 * `npm run demo:import -- FILE --stream-column NAME`: imports a file into a fresh network whose primary is killed
 * half-way, and proves from outside that every row is on all validators exactly once.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { ImportMapping } from '../node/cli/import/plan.ts';
import { installNativeSha256 } from '../node/crypto/sha256-install.ts';
import { reportLines } from './demo-import/report.ts';
import { tellImportStory } from './demo-import/story.ts';
import { LocalNetwork } from './lib/local-network.ts';

const help = `usage: npm run demo:import -- FILE.csv|FILE.ndjson --stream-column NAME [OPTIONS]

Founds a network of four in a temporary directory, imports the file through one gateway, kills the primary
half-way, starts it again, and holds all four against the file: events, ledgers, a proof pack, a second import.

  --stream-column NAME  column whose value names the stream
  --type VALUE          type of every event (row)
  --type-column NAME    column whose value is the type, instead of --type
  --down-seconds N      from the death of the primary to its start (3)
  --port N              first port (18100)
  --json                the figures as JSON alone on standard output
  --keep                keep the data directory
  --help                this text

Exit code: 0 if nothing differs, 1 if anything does, 2 for wrong usage.`;

const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

interface Arguments {
  readonly file: string;
  readonly mapping: ImportMapping;
  readonly downMs: number;
  readonly port: number;
  readonly json: boolean;
  readonly keep: boolean;
}

/** Undefined if help was asked for. @throws Error that names what is wrong */
function readArguments(): Arguments | undefined {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      'stream-column': { type: 'string' },
      type: { type: 'string' },
      'type-column': { type: 'string' },
      'down-seconds': { type: 'string', default: '3' },
      port: { type: 'string', default: '18100' },
      json: { type: 'boolean', default: false },
      keep: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  const [name, ...others] = positionals;
  if (name === undefined || others.length > 0) throw new Error('one FILE is needed');
  // npm runs scripts in the project's folder; the file is named from where the user stands.
  const file = resolve(process.env.INIT_CWD ?? '.', name);
  if (!existsSync(file)) throw new Error(`there is no file ${file}`);
  const streamColumn = values['stream-column'];
  if (streamColumn === undefined) throw new Error('--stream-column NAME is needed');
  const column = values['type-column'];
  if (column !== undefined && values.type !== undefined) throw new Error('--type or --type-column, not both');
  const type = column === undefined ? { value: (values.type ?? 'row').normalize('NFC') } : { column };
  return {
    file,
    mapping: { streamColumn, type },
    downMs: wholeNumber('down-seconds', values['down-seconds']) * 1_000,
    port: wholeNumber('port', values.port),
    json: values.json,
    keep: values.keep,
  };
}

function wholeNumber(name: string, text: string): number {
  if (!/^[0-9]{1,5}$/.test(text)) throw new Error(`--${name} ${text}: not a whole number`);
  return Number(text);
}

async function main({ port, json, keep, ...options }: Arguments): Promise<number> {
  installNativeSha256();
  const directory = mkdtempSync(join(tmpdir(), 'concordat-import-'));
  const network = await LocalNetwork.found({ directory, validators: 4, port }, (validator, text) =>
    say(`${validator}: ${text}`),
  );
  let isClean = false;
  try {
    const story = await tellImportStory(network, { ...options, say });
    isClean = story.faults.length === 0;
    console.log(json ? JSON.stringify(story, undefined, 2) : reportLines(story).join('\n'));
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
  } finally {
    await network.stop();
    if (keep || !isClean) say(`data kept in ${directory}`);
    else rmSync(directory, { recursive: true });
  }
  return isClean ? 0 : 1;
}

function argumentsOrExit(): Arguments | undefined {
  try {
    return readArguments();
  } catch (error) {
    say(`${error instanceof Error ? error.message : String(error)}\n\n${help}`);
    process.exit(2);
  }
}

const given = argumentsOrExit();
if (given === undefined) console.log(help);
else process.exitCode = await main(given);

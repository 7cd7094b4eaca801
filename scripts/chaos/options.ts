/** The command line of chaos. */
import { parseArgs } from 'node:util';
import type { NetworkSize, Settings } from './scenario.ts';
import { scenarios } from './scenarios/all.ts';

export interface Options {
  readonly settings: Settings;
  /** Every scenario on the sizes that it is made for, if absent. */
  readonly size: NetworkSize | undefined;
  /** All, if absent. */
  readonly names: readonly string[] | undefined;
  readonly seed: number;
  readonly json: boolean;
  readonly keep: boolean;
}

const nameWidth = Math.max(...scenarios.map(({ name }) => name.length));
const list = scenarios.map(({ name, title }) => `  ${name.padEnd(nameWidth)}  ${title}`).join('\n');

export const help = `usage: npm run chaos [-- OPTIONS]

Real validators under load, one scenario after another, each on a network of its own and checked from outside,
through receipts and \`ledger verify\`. Ends with 1 if a count that must be zero is not.

  --scenario NAME[,NAME]  only these
  --validators 4|7        all on this size (4, then some on 7)
  --kills N               kills of one, and of all at once (100)
  --flips N               random byte flips (500)
  --clients N             insisting clients (8)
  --seed N                of the random instants, victims and bytes (from the clock)
  --port N                first of 100 ports of 127.0.0.1 (19100)
  --json                  the report as JSON on standard output
  --keep                  keep the data directories
  --help                  this text

Scenarios:
${list}`;

/** @returns undefined if help is asked for. Ends the process with 64 at an argument that makes no sense. */
export function readOptions(args: readonly string[]): Options | undefined {
  try {
    return parse(args);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\nTry: npm run chaos -- --help`);
    process.exit(64);
  }
}

function parse(args: readonly string[]): Options | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      scenario: { type: 'string' },
      validators: { type: 'string' },
      kills: { type: 'string', default: '100' },
      flips: { type: 'string', default: '500' },
      clients: { type: 'string', default: '8' },
      seed: { type: 'string' },
      port: { type: 'string', default: '19100' },
      json: { type: 'boolean', default: false },
      keep: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  const names = values.scenario?.split(',');
  for (const name of names ?? []) {
    if (!scenarios.some((scenario) => scenario.name === name))
      throw new Error(`there is no scenario ${name}`);
  }
  return {
    settings: {
      kills: whole('kills', values.kills),
      flips: whole('flips', values.flips),
      clients: whole('clients', values.clients),
      port: whole('port', values.port),
    },
    size: sizeOf(values.validators),
    names,
    seed: values.seed === undefined ? Date.now() % 1_000_000 : whole('seed', values.seed),
    json: values.json,
    keep: values.keep,
  };
}

function whole(name: string, text: string): number {
  if (!/^[0-9]{1,9}$/.test(text)) throw new Error(`--${name} takes a whole number, not ${text}`);
  return Number(text);
}

function sizeOf(text: string | undefined): NetworkSize | undefined {
  if (text === undefined) return undefined;
  if (text === '4') return 4;
  if (text === '7') return 7;
  throw new Error(`--validators takes 4 or 7, not ${text}`);
}

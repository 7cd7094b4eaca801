/** A terminal that remembers. */
import { genesisTime } from '../../gateway/test-support/consortium.ts';
import type { CliIo } from '../io.ts';
import { runCli } from '../run-cli.ts';

export interface CapturedRun {
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
}

/** Runs one command line at the consortium's time. */
export const run = (...args: readonly string[]): Promise<CapturedRun> => runAt(genesisTime, ...args);

export async function runAt(nowMs: number, ...args: readonly string[]): Promise<CapturedRun> {
  const out: string[] = [];
  const err: string[] = [];
  const io: CliIo = {
    out: (line) => void out.push(line),
    err: (line) => void err.push(line),
    pipe: (bytes) => void out.push(Buffer.from(bytes).toString('utf8')),
    terminal: null,
    nowMs: () => nowMs,
    newKeys: { workFactor: 1 },
  };
  const exitCode = await runCli(args, io);
  return { exitCode, out: out.join('\n'), err: err.join('\n') };
}

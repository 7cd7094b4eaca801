/** One validator as a child process: its warnings line by line, its readiness, its end. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface ValidatorProcess {
  readonly id: string;
  readonly pid: number;
  readonly gateway: string;
  readonly nodeFile: string;
  readonly logFile: string;
  readonly hasEnded: () => boolean;
  /** Exit code, or the signal that killed it. */
  readonly ended: Promise<string>;
  /** SIGTERM; SIGKILL if it has not ended by then. */
  stop(patienceMs: number): Promise<string>;
}

/** Most of what a transaction allocates dies with it: a larger nursery halves the collector's share. MiB. */
const nurseryFlag = '--max-semi-space-size=64';
/**
 * Where validators have no core each, the collector's helper threads take from their neighbours what they give:
 * without them a transaction costs a tenth less and the slowest answers come five times sooner (decision 006).
 */
const coresForHelpers = 8;
const validatorFlags =
  availableParallelism() < coresForHelpers ? [nurseryFlag, '--single-threaded-gc'] : [nurseryFlag];
const nodeMain = fileURLToPath(new URL('../../node/main.js', import.meta.url));

interface ValidatorToStart {
  readonly id: string;
  readonly gateway: string;
  readonly nodeFile: string;
  /** Words before the command line; the last one must replace itself by the rest, as `ip netns exec` does. */
  readonly prefix?: readonly string[];
  /** Another program than the product's, such as a liar; it is given the node file. */
  readonly program?: string;
}

export function startValidator(
  { id, gateway, nodeFile, prefix = [], program: main = nodeMain }: ValidatorToStart,
  onWarning: (line: string) => void,
  environment: { readonly [name: string]: string } = {},
): ValidatorProcess {
  // The channel tells the validator when this process is gone, even by SIGKILL.
  const [program, ...args] = [...prefix, process.execPath, ...validatorFlags, main, nodeFile];
  const child = spawn(program!, args, {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: { ...process.env, ...environment },
  });
  createInterface({ input: child.stderr! }).on('line', onWarning);
  let over = false;
  const ended = endOf(child).then((reason) => {
    over = true;
    return reason;
  });
  return {
    id,
    pid: child.pid ?? 0,
    gateway,
    nodeFile,
    logFile: join(dirname(nodeFile), 'log'),
    hasEnded: () => over,
    ended,
    async stop(patienceMs) {
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), patienceMs);
      const reason = await ended;
      clearTimeout(timer);
      return reason;
    },
  };
}

function endOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
}

/** Resolves with true once the validator takes transactions, with false when it ended before. */
export async function waitUntilReady(validator: ValidatorProcess, pollMs: number): Promise<boolean> {
  while (!validator.hasEnded()) {
    if ((await whyNotReady(validator)) === undefined) return true;
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
  return false;
}

/** @returns undefined when it takes transactions */
export async function whyNotReady({ gateway }: ValidatorProcess): Promise<string | undefined> {
  try {
    const response = await fetch(`${gateway}/readyz`, { signal: AbortSignal.timeout(2_000) });
    return response.ok ? undefined : `it answers ${await response.text()}`;
  } catch (error) {
    const { cause } = error as Error;
    return `${gateway} does not answer (${cause instanceof Error ? cause.message : String(error)})`;
  }
}

export function lastLogLine(file: string): string {
  if (!existsSync(file)) return 'it wrote no log';
  return readFileSync(file, 'utf8').trimEnd().split('\n').at(-1) ?? 'its log is empty';
}

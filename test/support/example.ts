/** Runs `npm start`'s script from the build, on free ports and in a directory of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const loopbackAddress = /127\.0\.0\.1:\d+/g;
const repository = fileURLToPath(new URL('../../', import.meta.url));

interface StartEvent {
  readonly event: string;
  readonly [fact: string]: unknown;
}
export interface StartedValidator {
  readonly id: string;
  readonly pid: number;
  readonly gateway: string;
  readonly logFile: string;
}

export interface ExampleRun {
  readonly events: readonly StartEvent[];
  readonly errors: () => string;
  /** The first event of this name, past or future. Rejects if the script ends without it. */
  next(event: string): Promise<StartEvent>;
  kill(signal: NodeJS.Signals): void;
  /** Exit code, or the signal. */
  readonly ended: Promise<number | string>;
}

export interface Example {
  readonly folder: string;
  readonly data: string;
  readonly networkFile: string;
  run(...options: string[]): ExampleRun;
  /** Starts one validator alone, as an operator would after it died. */
  runValidator(id: string): ChildProcess;
  cleanUp(): Promise<void>;
}

/** Below the range from which systems take the ports of outgoing connections, so that a node finds its own again. */
const firstPort = 10_000;
const lastPort = 32_000;

export async function freePorts(count: number): Promise<readonly number[]> {
  const ports = new Set<number>();
  while (ports.size < count) {
    const port = randomInt(firstPort, lastPort);
    if (await isFree(port)) ports.add(port);
  }
  return [...ports];
}

function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/** @param change of the description, such as one more validator */
export async function createExample(change = (yaml: string): string => yaml): Promise<Example> {
  const folder = mkdtempSync(join(tmpdir(), 'concordat-example-'));
  const data = join(folder, 'data');
  const networkFile = join(folder, 'network.yaml');
  const yaml = change(readFileSync(join(repository, 'network.yaml'), 'utf8'));
  const ports = await freePorts(yaml.match(loopbackAddress)?.length ?? 0);
  let next = 0;
  writeFileSync(
    networkFile,
    yaml.replace(loopbackAddress, () => `127.0.0.1:${ports[next++]}`),
  );
  const children: ChildProcess[] = [];
  const launch = (script: string, args: readonly string[]) => {
    const child = spawn(process.execPath, [join(repository, 'dist', script), ...args]);
    children.push(child);
    return child;
  };
  return {
    folder,
    data,
    networkFile,
    run: (...options) =>
      runOf(launch('scripts/start.js', ['--json', '--network', networkFile, '--data', data, ...options])),
    runValidator: (id) => launch('node/main.js', [join(data, id, 'node.yaml')]),
    async cleanUp() {
      for (const child of children) {
        if (child.exitCode !== null || child.signalCode !== null) continue;
        const gone = new Promise((resolve) => child.once('exit', resolve));
        child.kill('SIGTERM');
        await gone;
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function runOf(child: ChildProcess): ExampleRun {
  const events: StartEvent[] = [];
  const waiting: { readonly event: string; readonly resolve: (event: StartEvent) => void }[] = [];
  let errors = '';
  child.stderr!.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  createInterface({ input: child.stdout! }).on('line', (line) => {
    const event = JSON.parse(line) as StartEvent;
    events.push(event);
    for (const one of waiting) if (one.event === event.event) one.resolve(event);
  });
  const ended = new Promise<number | string>((resolve) => {
    child.once('close', (code, signal) => resolve(code ?? String(signal)));
  });
  return {
    events,
    errors: () => errors,
    next: (event) =>
      new Promise((resolve, reject) => {
        const past = events.find((one) => one.event === event);
        if (past !== undefined) resolve(past);
        waiting.push({ event, resolve });
        void ended.then((code) => reject(new Error(`ended with ${code} before ${event}: ${errors}`)));
      }),
    kill: (signal) => child.kill(signal),
    ended,
  };
}

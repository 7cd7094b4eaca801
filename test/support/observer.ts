/** Observers of an example: made by `observer init`, run by `node start --observer`, let in by the members' ballots. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, stringify } from 'yaml';
import { examplePassphraseFileOf, genesisFileOf } from '../../node/config/data-layout.ts';
import { type Example, freePorts } from './example.ts';

/** From the build, where the command lies beside it. */
const { runConcordat } = (await import(
  new URL('../../dist/scripts/lib/cli.js', import.meta.url).href
)) as typeof import('../../scripts/lib/cli.ts');
const concordatMain = fileURLToPath(new URL('../../dist/node/cli/main.js', import.meta.url));

export interface ObserverProcess {
  readonly id: string;
  readonly gateway: string;
  readonly nodeFile: string;
  /** Its own storage directory. */
  readonly directory: string;
  /** What `observer init` wrote for whoever proposes it. */
  readonly proposal: string;
  start(): void;
  /** Resolves when the process is gone. */
  end(signal: NodeJS.Signals): Promise<void>;
  /** What it wrote to standard error, over all its lives. */
  printed(): string;
}

/** In a data directory of its own, as on a machine of its own. `data` is that of whoever founded the network. */
export async function createObserver(
  example: Pick<Example, 'folder' | 'data'>,
  id: string,
  member: string,
): Promise<ObserverProcess> {
  const data = join(example.folder, `${id}-machine`);
  mkdirSync(data);
  const [links, port] = await freePorts(2);
  const gateway = `http://127.0.0.1:${port}`;
  const { exitCode, stdout, stderr } = await runConcordat([
    ...['observer', 'init', id, '--member', member, '--genesis', genesisFileOf(example.data), '--data', data],
    ...['--links-listen', `127.0.0.1:${links}`, '--gateway-listen', `127.0.0.1:${port}`],
    ...['--own-gateway', gateway, '--passphrase-file', examplePassphraseFileOf(example.data), '--json'],
  ]);
  if (exitCode !== 0) throw new Error(`observer init ends with ${exitCode}: ${stderr}`);
  const { nodeFile, proposal } = JSON.parse(stdout) as Record<'nodeFile' | 'proposal', string>;
  let child: ChildProcess | undefined;
  let printed = '';
  return {
    id,
    gateway,
    nodeFile,
    directory: join(data, id),
    proposal,
    start() {
      child = spawn(process.execPath, [concordatMain, 'node', 'start', nodeFile, '--observer']);
      child.stderr?.on('data', (chunk: Buffer) => {
        printed += chunk.toString();
      });
    },
    async end(signal) {
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
      const ending = child;
      const gone = new Promise((resolve) => ending.once('exit', resolve));
      ending.kill(signal);
      await gone;
    },
    printed: () => printed,
  };
}

/** One proposal for all of them; `vote` hands it to the members. */
export function proposalOf(observers: readonly ObserverProcess[], file: string): string {
  const actions = observers.flatMap(
    ({ proposal }) => (parse(readFileSync(proposal, 'utf8')) as { readonly actions: unknown[] }).actions,
  );
  writeFileSync(file, stringify({ actions }));
  return file;
}

/** Alpha proposes, the others agree until it is carried out. @returns the number of the proposal */
export async function decide(example: Example, ...proposed: readonly string[]): Promise<string> {
  const opened = await as(example, 'alpha', ...proposed, '--reason', 'for a trial');
  const number = /^Proposal (\d+) is open/.exec(opened)?.[1] ?? 'none';
  let said = opened;
  for (const member of ['beta', 'gamma', 'delta']) {
    said = await as(example, member, 'proposal', 'vote', number, 'yes');
    if (said.startsWith(`Proposal ${number} is executed`)) return number;
  }
  throw new Error(said);
}

/** What the command prints, as a member's admin at its own validator's gateway. */
async function as(example: Example, member: string, ...args: readonly string[]): Promise<string> {
  const { gateway } = parse(readFileSync(join(example.data, member, 'node.yaml'), 'utf8')) as {
    readonly gateway: { readonly listen: string };
  };
  const where = ['--gateway', `http://${gateway.listen}`, '--data', example.data];
  const { exitCode, stdout, stderr } = await runConcordat([
    ...args,
    ...where,
    '--identity',
    `${member}.admin`,
  ]);
  if (exitCode !== 0) throw new Error(`${args.join(' ')} ends with ${exitCode}: ${stderr}`);
  return stdout;
}

/** Resolves when it says that it takes transactions. */
export async function untilReady(gateway: string, patienceMs = 90_000): Promise<void> {
  for (const endMs = Date.now() + patienceMs; ; ) {
    const reason = await whyNotReady(gateway);
    if (reason === undefined) return;
    if (Date.now() > endMs) throw new Error(`${gateway} is not ready within ${patienceMs} ms: ${reason}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Undefined while it takes transactions. */
export async function whyNotReady(gateway: string): Promise<string | undefined> {
  try {
    const answer = await fetch(`${gateway}/readyz`);
    const text = await answer.text();
    return answer.ok ? undefined : text;
  } catch (error) {
    return String(error);
  }
}

/**
 * A network on this machine whose members act as docs/operations says: by `concordat`, each with the key of its own
 * admin at its own gateway. New validators are prepared the same way, and run as processes of their own.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { runCli } from '../../node/cli/run-cli.ts';
import { examplePassphraseFileOf, identityKeyFileOf } from '../../node/config/data-layout.ts';
import { readPassphrase } from '../../node/config/passphrase.ts';
import { createKeyFile } from '../../node/crypto/key-files.ts';
import { type ActivationJson, apiPrefix, type ProposalJson, type StatusJson } from '../../shared/api.ts';
import { startValidator, type ValidatorProcess, waitUntilReady } from '../start/validator-process.ts';
import type { CliResult } from './cli.ts';
import { adminOf, type LocalNetwork } from './local-network.ts';

/** A node of this network, founded with it or joined later. */
export interface ConsortiumNode {
  readonly id: string;
  readonly member: string;
  readonly gateway: string;
  /** Ledger, votes, log and node.yaml. */
  readonly directory: string;
}

export interface Joiner extends ConsortiumNode {
  /** `host:port` of its links. */
  readonly links: string;
  readonly consensusKey: string;
  readonly nodeKey: string;
}

export type Say = (line: string) => void;

/** log2 of scrypt's N in key files. */
const keyWorkFactor = 10;
/** A step takes seconds; a machine that does much else needs many times as long. */
export const stepPatienceMs = 300_000;
const pollMs = 100;
const stopPatienceMs = 4_000;

export class Consortium {
  readonly network: LocalNetwork;
  readonly nodes: ConsortiumNode[];
  private readonly passphraseFile: string;
  private readonly say: Say;
  private readonly joined = new Map<string, ValidatorProcess>();
  /** Members with a ballot, in the order in which they vote. */
  private readonly voters: string[];

  constructor(network: LocalNetwork, say: Say) {
    this.network = network;
    this.say = say;
    this.passphraseFile = examplePassphraseFileOf(network.directory);
    this.nodes = network.completed.nodes.map(({ validator: { id, member, gateway } }) => ({
      id,
      member,
      gateway,
      directory: join(network.directory, id),
    }));
    this.voters = network.completed.document.members.map(({ id }) => id);
  }

  node(id: string): ConsortiumNode {
    const found = this.nodes.find((one) => one.id === id);
    if (found === undefined) throw new Error(`no node is called ${id}`);
    return found;
  }

  /** A command of this member's admin, at its own gateway or at that of the first node. @throws with what it printed */
  async concordat<Answer>(member: string, ...args: readonly string[]): Promise<Answer> {
    const { exitCode, stdout, stderr } = await runHere([...args, '--json', ...this.asAdmin(member)]);
    if (exitCode !== 0) throw new Error(`concordat ${args.join(' ')}: ${stderr}${stdout}`);
    return JSON.parse(stdout) as Answer;
  }

  /** The same, expected to be refused: what it printed. @throws if it was not */
  async refused(member: string, ...args: readonly string[]): Promise<string> {
    const { exitCode, stdout, stderr } = await runHere([...args, ...this.asAdmin(member)]);
    if (exitCode === 0) throw new Error(`concordat ${args.join(' ')} was not refused: ${stdout}`);
    return `${stdout}${stderr}`;
  }

  private asAdmin(member: string): readonly string[] {
    const own = this.nodes.find((one) => one.member === member) ?? this.nodes[0]!;
    return ['--gateway', own.gateway, '--data', this.network.directory, '--identity', adminOf(member)];
  }

  /** Proposed by `member`, approved by the others one after the other until it is carried out. */
  async decide(member: string, ...args: readonly string[]): Promise<ProposalJson> {
    const { proposal } = await this.concordat<{ readonly proposal: ProposalJson }>(member, ...args);
    return this.approve(proposal, member);
  }

  async approve(opened: ProposalJson, proposer: string): Promise<ProposalJson> {
    let proposal = opened;
    for (const voter of this.voters) {
      if (proposal.status !== 'open') break;
      if (voter === proposer) continue;
      const vote = ['proposal', 'vote', String(proposal.number), 'yes'];
      ({ proposal } = await this.concordat<{ readonly proposal: ProposalJson }>(voter, ...vote));
    }
    if (proposal.status === 'executed') return proposal;
    throw new Error(`proposal ${proposal.number} is ${proposal.status}: ${JSON.stringify(proposal.refusal)}`);
  }

  async ask<Body>(path: string, id = this.nodes[0]!.id): Promise<Body> {
    const response = await this.network.session.fetch(`${this.node(id).gateway}${apiPrefix}${path}`, {
      signal: AbortSignal.timeout(10_000),
    });
    if (!response.ok)
      throw new Error(`${id} answers ${response.status} for ${path}: ${await response.text()}`);
    return (await response.json()) as Body;
  }

  status(id?: string): Promise<StatusJson> {
    return this.ask('/status', id);
  }

  /** Resolves when the activation has this status. @throws when it has ended otherwise, or after `patienceMs` */
  async activationIs(
    number: number,
    wanted: ActivationJson['status'],
    patienceMs = stepPatienceMs,
  ): Promise<ActivationJson> {
    let last: ActivationJson | undefined;
    const isThere = async (): Promise<boolean> => {
      last = await this.ask<ActivationJson>(`/activations/${number}`);
      const isOver = ['active', 'lapsed', 'withdrawn'].includes(last.status);
      if (last.status !== wanted && isOver)
        throw new Error(`activation ${number} is ${last.status}: ${JSON.stringify(last.end)}`);
      return last.status === wanted;
    };
    await until(`activation ${number} is ${wanted}`, isThere, patienceMs, () => JSON.stringify(last));
    return last!;
  }

  /** The node has reached this epoch and votes in it. */
  async votesIn(id: string, epoch: number, patienceMs = stepPatienceMs): Promise<void> {
    let last: StatusJson | undefined;
    const isThere = async (): Promise<boolean> => {
      last = await this.status(id);
      return last.epoch >= epoch && last.mode === 'voting';
    };
    await until(`${id} votes in epoch ${epoch}`, isThere, patienceMs, () => JSON.stringify(last));
  }

  /** New organisations, by one proposal; each has an admin and a ballot from then on. */
  async addMembers(ids: readonly string[]): Promise<void> {
    const actions = [];
    for (const id of ids) {
      const key = await this.createKey(identityKeyFileOf(this.network.directory, adminOf(id)));
      const admission = ['member', 'add', id, '--name', `Member ${id}`, '--admin', adminOf(id), ...key];
      const network = ['--network', this.network.completed.genesis.network];
      const printed = await this.concordat<Printed>('v1', ...admission, '--print', ...network);
      actions.push(...printed.actions);
    }
    await this.decide(
      'v1',
      'proposal',
      'create',
      this.write('members.json', { actions }),
      ...reason('They join'),
    );
    this.voters.push(...ids);
  }

  /** Keys, vote store and node.yaml on what would be the joiner's own machine. */
  async prepare(
    id: string,
    member: string,
    ports: { readonly links: number; readonly gateway: number },
  ): Promise<Joiner> {
    const directory = join(this.network.directory, id);
    mkdirSync(directory, { recursive: true });
    const consensusKey = join(directory, `${id}.consensus.age`);
    const nodeKey = join(directory, `${id}.node.age`);
    await Promise.all([this.createKey(consensusKey), this.createKey(nodeKey)]);
    const links = `127.0.0.1:${ports.links}`;
    const config = {
      validator: id,
      genesis: '../genesis',
      storage: '.',
      keys: {
        consensus: `${id}.consensus.age`,
        node: `${id}.node.age`,
        passphrase_file: '../example-passphrase',
      },
      links: { listen: links },
      gateway: { listen: `127.0.0.1:${ports.gateway}` },
      log: { level: 'info', file: 'log' },
    };
    writeFileSync(join(directory, 'node.yaml'), stringify(config));
    return {
      id,
      member,
      gateway: `http://127.0.0.1:${ports.gateway}`,
      directory,
      links,
      consensusKey,
      nodeKey,
    };
  }

  /** The members let it join; the number of its activation. */
  async admit(joiner: Joiner, ...timing: readonly string[]): Promise<number> {
    const { id, member, links, gateway, consensusKey, nodeKey, directory } = joiner;
    const proposal = await this.decide(
      'v1',
      ...[
        'validator',
        'add',
        id,
        '--member',
        member,
        '--address',
        `wss://${links}`,
        '--own-gateway',
        gateway,
      ],
      ...['--consensus-key', consensusKey, '--node-key', nodeKey, '--store', directory],
      ...['--new-key-passphrase-file', this.passphraseFile, ...timing, ...reason(`${id} votes`)],
    );
    return activationOf(proposal);
  }

  /** Starts a node that `prepare` made, or one that was stopped. */
  async startJoiner(joiner: ConsortiumNode): Promise<void> {
    const { id, gateway, directory } = joiner;
    const nodeFile = join(directory, 'node.yaml');
    const warnings: string[] = [];
    const process = startValidator({ id, gateway, nodeFile }, (line) => {
      warnings.push(line);
      this.say(`${id}: ${line}`);
    });
    this.joined.set(id, process);
    if (!this.nodes.some((one) => one.id === id)) this.nodes.push(joiner);
    if (!(await waitUntilReady(process, pollMs)))
      throw new Error(`${id} ended before it was ready: ${warnings[0] ?? (await process.ended)}`);
  }

  /** SIGKILL of one that joined; resolves when it is gone. */
  async killJoiner(id: string): Promise<void> {
    const running = this.joined.get(id)!;
    process.kill(running.pid, 'SIGKILL');
    await running.ended;
  }

  async stop(): Promise<void> {
    await Promise.all([
      this.network.stop(),
      ...[...this.joined.values()].map((process) => process.stop(stopPatienceMs)),
    ]);
  }

  /** How often it was started, by its log. */
  startsOf(id: string): number {
    return readFileSync(join(this.node(id).directory, 'log'), 'utf8').split('"node-started"').length - 1;
  }

  /**
   * As `concordat keys create`, but for the passphrase's cost: it is long and random, and lies beside the key.
   * @returns the options that name the new key
   */
  private async createKey(file: string): Promise<readonly string[]> {
    await createKeyFile(file, readPassphrase(this.passphraseFile), { workFactor: keyWorkFactor });
    return ['--new-key', file, '--new-key-passphrase-file', this.passphraseFile];
  }

  /** A file of actions, as `--print` writes one: JSON is YAML, too. */
  write(name: string, content: unknown): string {
    const file = join(this.network.directory, name);
    writeFileSync(file, JSON.stringify(content));
    return file;
  }
}

/** The command as it is, in this process: a consortium types more of them than a busy machine starts in a while. */
async function runHere(args: readonly string[]): Promise<CliResult> {
  const out: string[] = [];
  const err: string[] = [];
  const exitCode = await runCli(args, {
    out: (line) => void out.push(line),
    err: (line) => void err.push(line),
    terminal: null,
    pipe: null,
    nowMs: () => Date.now(),
  });
  return { exitCode, stdout: out.join('\n'), stderr: err.join('\n') };
}

interface Printed {
  readonly actions: readonly unknown[];
}

export const reason = (text: string): readonly string[] => ['--reason', text];

export function activationOf({ number, end }: ProposalJson): number {
  if (end?.activation === undefined) throw new Error(`proposal ${number} led to no activation`);
  return end.activation;
}

/** @throws after `patienceMs`, with what was seen last */
export async function until(
  what: string,
  holds: () => Promise<boolean> | boolean,
  patienceMs: number,
  seen: () => string | undefined = () => undefined,
): Promise<void> {
  const deadline = performance.now() + patienceMs;
  while (!(await holds())) {
    if (performance.now() > deadline)
      throw new Error(`not within ${patienceMs / 1_000} s: ${what}; last seen: ${seen() ?? 'nothing'}`);
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}

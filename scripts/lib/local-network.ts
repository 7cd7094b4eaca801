/**
 * A network of its own on this machine, for benchmarks, chaos and demonstrations: one process per validator,
 * which can be killed and started again one by one. Loopback only; `stop` leaves no process behind.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { type CompletedNetwork, completeNetwork } from '../../node/config/complete-network.ts';
import { parseNetwork } from '../../node/config/network-yaml.ts';
import { createStores } from '../../node/storage/storage.ts';
import type { TrustedValidators } from '../../shared/protocol/checks.ts';
import type { Epoch } from '../../shared/types/brands.ts';
import { startValidator, type ValidatorProcess, waitUntilReady } from '../start/validator-process.ts';
import { exampleSigner, type SignedIn, signedInAs } from './signed-in.ts';
import type { LoadSigner } from './signed-load.ts';

/** Where one validator lives, if not on loopback like all others. */
export interface Place {
  /** `host:port` at which its peers reach it, as genesis says. */
  readonly links: string;
  /** `host:port` at which it listens for them, if that is another one. */
  readonly linksListen?: string;
  /** `127.0.0.1:port`, also seen from here. */
  readonly gateway: string;
  /** Words before its command line, such as `ip netns exec NAME`. */
  readonly prefix?: readonly string[];
}

export interface LocalNetworkOptions {
  /** Made if absent; a network in it is taken up again. */
  readonly directory: string;
  readonly validators: number;
  /** Links listen on this port and those above it, gateways 100 above, or from `gatewayPort` on. */
  readonly port: number;
  readonly gatewayPort?: number;
  /** Time of genesis, milliseconds since 1970; now if absent. */
  readonly timeMs?: number;
  /** One for each validator, instead of ports of loopback. */
  readonly places?: readonly Place[];
  /** Overrides, spelled as in network.yaml. */
  readonly parameters?: { readonly [name: string]: number };
  /** Each member gets an admin, `v1.admin` and so on, who is operator of its validator, too. */
  readonly admins?: boolean;
  /** Version of the execution rules to begin with; the newest if absent. */
  readonly protocol?: number;
}

/** The identities that may submit. */
const submitterIds = ['loader', 'second-loader'] as const;
/** Whoever watches the network asks as this one. */
const watcherId = 'watcher';
/** Id of the admin of a member. */
export const adminOf = (member: string): string => `${member}.admin`;
const readyPollMs = 20;

/** The description of the network, as `network.yaml` has one. */
export function networkYaml({
  validators,
  port,
  gatewayPort,
  places,
  parameters = {},
  admins = false,
  protocol,
}: Omit<LocalNetworkOptions, 'directory'>): string {
  const firstGateway = gatewayPort ?? port + 100;
  const ids = Array.from({ length: validators }, (_, i) => `v${i + 1}`);
  return stringify({
    name: 'Local network',
    ...(protocol !== undefined && { protocol }),
    parameters,
    members: ids.map((id) => ({ id, name: `Member ${id}` })),
    validators: ids.map((id, i) => ({
      id,
      member: id,
      links: places?.[i]?.links ?? `127.0.0.1:${port + i}`,
      gateway: `http://${places?.[i]?.gateway ?? `127.0.0.1:${firstGateway + i}`}`,
    })),
    identities: [
      ...submitterIds.map((id) => ({ id, member: 'v1', roles: ['submitter'] })),
      { id: watcherId, member: 'v1', roles: ['operator', 'auditor'] },
      ...(admins ? ids.map((id) => ({ id: adminOf(id), member: id, roles: ['admin', 'operator'] })) : []),
    ],
  });
}

export class LocalNetwork {
  /** Asks gateways as one who may see everything. */
  readonly session: SignedIn;
  readonly directory: string;
  readonly completed: CompletedNetwork;
  private readonly places: readonly Place[];
  private readonly processes: (ValidatorProcess | undefined)[];
  private readonly warnings: string[][];
  private readonly onWarning: (validator: string, line: string) => void;

  private constructor(
    { directory, places = [] }: LocalNetworkOptions,
    completed: CompletedNetwork,
    onWarning: LocalNetwork['onWarning'],
  ) {
    this.directory = directory;
    this.session = signedInAs(directory, watcherId);
    this.places = places;
    this.completed = completed;
    this.processes = completed.nodes.map(() => undefined);
    this.warnings = completed.nodes.map(() => []);
    this.onWarning = onWarning;
  }

  static async found(
    options: LocalNetworkOptions,
    onWarning: (validator: string, line: string) => void,
  ): Promise<LocalNetwork> {
    mkdirSync(options.directory, { recursive: true });
    const file = 'local network';
    const completed = await completeNetwork(parseNetwork(networkYaml(options), file), options.directory, {
      file,
      nowMs: options.timeMs ?? Date.now(),
      prepareStorage: (directory) => createStores(directory),
      scryptWorkFactor: 10,
    });
    const network = new LocalNetwork(options, completed, onWarning);
    network.listenElsewhere();
    return network;
  }

  private listenElsewhere(): void {
    for (const [index, { nodeFile }] of this.completed.nodes.entries()) {
      const listen = this.places[index]?.linksListen;
      if (listen === undefined) continue;
      const config = parse(readFileSync(nodeFile, 'utf8')) as Record<string, unknown>;
      writeFileSync(nodeFile, stringify({ ...config, links: { listen } }));
    }
  }

  get size(): number {
    return this.processes.length;
  }
  get gateways(): readonly string[] {
    return this.completed.nodes.map(({ validator }) => validator.gateway);
  }
  get trusted(): TrustedValidators {
    const { validators } = this.completed.document;
    return { network: this.completed.genesis.network, epoch: 0 as Epoch, validators };
  }

  idOf(index: number): string {
    return this.completed.nodes[index]!.validator.id;
  }
  indexOf(id: string): number {
    return this.completed.nodes.findIndex(({ validator }) => validator.id === id);
  }
  /** Of a running validator. */
  pidOf(index: number): number {
    return this.processes[index]!.pid;
  }
  isRunning(index: number): boolean {
    return this.processes[index]?.hasEnded() === false;
  }
  dataOf(index: number): string {
    return join(this.directory, this.idOf(index));
  }

  /**
   * `environment` is added to this process's own, such as an injected clock offset; `program` runs in the
   * place of the product's, such as a liar.
   */
  start(index: number, environment: { readonly [name: string]: string } = {}, program?: string): void {
    if (this.isRunning(index)) throw new Error(`${this.idOf(index)} runs already`);
    const { validator, nodeFile } = this.completed.nodes[index]!;
    const { id, gateway } = validator;
    const prefix = this.places[index]?.prefix ?? [];
    const warnings: string[] = [];
    this.warnings[index] = warnings;
    const onWarning = (line: string): void => {
      warnings.push(line);
      this.onWarning(id, line);
    };
    this.processes[index] = startValidator(
      { id, gateway, nodeFile, prefix, ...(program !== undefined && { program }) },
      onWarning,
      environment,
    );
  }

  startAll(): Promise<void> {
    for (let index = 0; index < this.size; index += 1) this.start(index);
    return this.ready();
  }

  /** Resolves when all running validators take transactions. @throws at once if one ends instead */
  async ready(): Promise<void> {
    const waits = this.processes.map(async (process, index) => {
      if (process === undefined || process.hasEnded() || (await waitUntilReady(process, readyPollMs))) return;
      const reason = this.warnings[index]![0] ?? `${await process.ended}, without a word`;
      throw new Error(`${this.idOf(index)} ended before it was ready: ${reason}`);
    });
    await Promise.all(waits);
  }

  /** Exit code, or the signal that ended it, once it has ended. */
  endOf(index: number): Promise<string> {
    return this.processes[index]!.ended;
  }

  /** What it wrote to standard error since its last start, line by line. */
  warningsOf(index: number): readonly string[] {
    return this.warnings[index]!;
  }

  /** SIGKILL, at once; resolves when the process is gone. */
  async kill(index: number): Promise<void> {
    process.kill(this.pidOf(index), 'SIGKILL');
    await this.endOf(index);
  }

  /** In order: SIGTERM, and SIGKILL if that does not end it. */
  async end(index: number): Promise<void> {
    await this.processes[index]?.stop(4_000);
  }

  async stop(): Promise<void> {
    await Promise.all(this.processes.map((process) => process?.stop(4_000)));
  }

  signer(submitter: (typeof submitterIds)[number] = 'loader'): Promise<LoadSigner> {
    return exampleSigner(this.directory, submitter);
  }

  logOf(index: number): string {
    return readFileSync(join(this.dataOf(index), 'log'), 'utf8');
  }
}

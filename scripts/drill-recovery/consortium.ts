/**
 * Four members on this machine, as far apart as one machine allows: each validator has a directory with its own keys and
 * ledger, each admin one with its own key, and nothing passes between them but files that are handed over.
 */
import { cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { completeNetwork } from '../../node/config/complete-network.ts';
import { parseNetwork } from '../../node/config/network-yaml.ts';
import { createStores } from '../../node/storage/storage.ts';
import { apiPrefix } from '../../shared/api.ts';
import type { NetworkId } from '../../shared/types/brands.ts';
import { runConcordat } from '../lib/cli.ts';
import { exampleSigner, type SignedIn, signedIn } from '../lib/signed-in.ts';
import { bulkBody, type LoadSigner, signedAppend } from '../lib/signed-load.ts';
import { startValidator, type ValidatorProcess, waitUntilReady } from '../start/validator-process.ts';

export const founders = ['alpha', 'beta', 'delta', 'gamma'] as const;
const passphraseFile = 'example-passphrase';
const readyPollMs = 50;
const stopPatienceMs = 10_000;

/** A validator's machine: `<machine>/<id>/` is its data directory. */
export interface Machine {
  readonly id: string;
  readonly directory: string;
  readonly nodeFile: string;
  readonly gateway: string;
  readonly address: string;
}

interface Step {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export class Consortium {
  readonly directory: string;
  readonly network: NetworkId;
  readonly session: SignedIn;
  readonly machines = new Map<string, Machine>();
  readonly #port: number;
  readonly #signer: LoadSigner;
  readonly #running = new Map<string, ValidatorProcess>();
  /** Last lines of each process's standard error. */
  readonly warnings = new Map<string, string[]>();
  #sent = 0;

  private constructor(directory: string, port: number, network: NetworkId, signer: LoadSigner) {
    this.directory = directory;
    this.#port = port;
    this.network = network;
    this.#signer = signer;
    this.session = signedIn(async () => signer);
  }

  /** @param port of the first validator's links; gateways are 100 above */
  static async found(directory: string, port: number): Promise<Consortium> {
    const founding = join(directory, 'founding');
    mkdirSync(founding, { recursive: true });
    const file = 'four members';
    const description = parseNetwork(networkYaml(port), file);
    const { genesis } = await completeNetwork(description, founding, {
      file,
      nowMs: Date.now(),
      prepareStorage: (storage) => createStores(storage),
      scryptWorkFactor: 10,
    });
    const signer = await exampleSigner(founding, 'alpha.clerk');
    const consortium = new Consortium(directory, port, genesis.network, signer);
    for (const [index, id] of founders.entries()) consortium.#moveIn(id, index, founding);
    for (const id of founders) {
      mkdirSync(consortium.adminOf(id), { recursive: true });
      const key = `identity_${id}.admin.age`;
      cpSync(join(founding, 'keys', key), join(consortium.adminOf(id), key));
      cpSync(join(founding, passphraseFile), join(consortium.adminOf(id), passphraseFile));
    }
    cpSync(join(founding, 'genesis'), join(directory, 'genesis'));
    cpSync(join(founding, passphraseFile), join(directory, passphraseFile));
    rmSync(founding, { recursive: true });
    return consortium;
  }

  #moveIn(id: string, index: number, founding: string): void {
    const machine = this.#machine(id, index);
    mkdirSync(join(machine.directory, 'keys'), { recursive: true });
    for (const name of ['genesis', passphraseFile, id, `keys/${id}.consensus.age`, `keys/${id}.node.age`])
      cpSync(join(founding, name), join(machine.directory, name), { recursive: true });
  }

  #machine(id: string, index: number): Machine {
    const directory = join(this.directory, 'machines', id);
    const machine = {
      id,
      directory,
      nodeFile: join(directory, id, 'node.yaml'),
      gateway: `http://127.0.0.1:${this.#port + 100 + index}`,
      address: `wss://127.0.0.1:${this.#port + index}`,
    };
    this.machines.set(id, machine);
    return machine;
  }

  adminOf = (member: string): string => join(this.directory, 'admins', member);
  dataOf = (id: string): string => join(this.machines.get(id)!.directory, id);
  fileOf = (name: string): string => join(this.directory, name);

  /** A new machine, made as its operator makes one: keys, the genesis that everybody has, node.yaml. */
  async newMachine(id: string): Promise<Machine> {
    const machine = this.#machine(id, this.machines.size);
    mkdirSync(join(machine.directory, id), { recursive: true });
    mkdirSync(join(machine.directory, 'keys'));
    cpSync(this.fileOf('genesis'), join(machine.directory, 'genesis'));
    cpSync(this.fileOf(passphraseFile), join(machine.directory, passphraseFile));
    for (const kind of ['consensus', 'node'])
      await this.command(
        ...['keys', 'create', join(machine.directory, 'keys', `${id}.${kind}.age`)],
        ...['--passphrase-file', join(machine.directory, passphraseFile)],
      );
    const config = {
      validator: id,
      genesis: '../genesis',
      storage: '.',
      keys: {
        consensus: `../keys/${id}.consensus.age`,
        node: `../keys/${id}.node.age`,
        passphrase_file: `../${passphraseFile}`,
      },
      links: { listen: machine.address.replace('wss://', '') },
      gateway: { listen: machine.gateway.replace('http://', '') },
      log: { file: 'log' },
    };
    writeFileSync(machine.nodeFile, stringify(config));
    return machine;
  }

  /** What a fire leaves of a machine. */
  destroy(id: string): void {
    const machine = this.machines.get(id)!;
    rmSync(machine.directory, { recursive: true });
    this.machines.delete(id);
  }

  async start(...ids: readonly string[]): Promise<void> {
    const started = ids.map((id) => this.spawn(id));
    for (const process of started)
      if (!(await waitUntilReady(process, readyPollMs)))
        throw new Error(`${process.id} ended with ${await process.ended}: ${this.warnings.get(process.id)}`);
  }

  /** Without waiting for it to be ready. */
  spawn(id: string): ValidatorProcess {
    const { gateway, nodeFile } = this.machines.get(id)!;
    const warnings: string[] = [];
    this.warnings.set(id, warnings);
    const process = startValidator({ id, gateway, nodeFile }, (line) => warnings.push(line));
    this.#running.set(id, process);
    return process;
  }

  async kill(id: string): Promise<void> {
    const running = this.#running.get(id)!;
    process.kill(running.pid, 'SIGKILL');
    await running.ended;
  }

  async stop(...ids: readonly string[]): Promise<void> {
    await Promise.all(ids.map((id) => this.#running.get(id)?.stop(stopPatienceMs)));
  }

  stopAll = (): Promise<void> => this.stop(...this.#running.keys());

  /** Appends so many records in one request; the ids of those that were acknowledged. */
  async append(count: number, by: string): Promise<readonly string[]> {
    const shape = {
      network: this.network,
      expiresAt: Date.now() + 60_000,
      streams: 3,
      dataBytes: 64,
      run: 'drill',
    };
    const signed = Array.from({ length: count }, () => signedAppend(this.#signer, shape, this.#sent++));
    const response = await this.ask(by, '/transactions?wait=certified', {
      method: 'POST',
      headers: { 'content-type': 'application/cbor' },
      body: bulkBody(signed) as Uint8Array<ArrayBuffer>,
    });
    const { results = [] } = (await response.json()) as {
      readonly results?: readonly { readonly id: string; readonly status: string }[];
    };
    return results.filter(({ status }) => status === 'certified').map(({ id }) => id);
  }

  ask(id: string, path: string, options: Parameters<SignedIn['fetch']>[1] = {}): Promise<Response> {
    return this.session.fetch(`${this.machines.get(id)!.gateway}${apiPrefix}${path}`, options);
  }

  async statusOf(id: string): Promise<{ readonly epoch: number; readonly certifiedHeight: number }> {
    return (await (await this.ask(id, '/status')).json()) as {
      readonly epoch: number;
      readonly certifiedHeight: number;
    };
  }

  /** As its operator types it. */
  step(...args: readonly string[]): Promise<Step> {
    return runConcordat(args);
  }

  /** The same, which must succeed; what it printed as JSON. */
  async command<Answer = Readonly<Record<string, unknown>>>(...args: readonly string[]): Promise<Answer> {
    const { exitCode, stdout, stderr } = await this.step(...args, '--json');
    if (exitCode !== 0) throw new Error(`concordat ${args.join(' ')}: ${stderr || stdout}`);
    return JSON.parse(stdout) as Answer;
  }

  isThere = (name: string): boolean => existsSync(this.fileOf(name));
}

const networkYaml = (port: number): string =>
  stringify({
    name: 'Drill of a recovery',
    members: founders.map((id) => ({ id, name: `Member ${id}` })),
    validators: founders.map((id, index) => ({
      id,
      member: id,
      links: `127.0.0.1:${port + index}`,
      gateway: `http://127.0.0.1:${port + 100 + index}`,
    })),
    identities: [
      ...founders.map((id) => ({ id: `${id}.admin`, member: id, roles: ['admin'] })),
      { id: 'alpha.clerk', member: 'alpha', roles: ['submitter', 'operator', 'auditor'] },
    ],
  });

/** The network that the benchmark measures, in a directory of its own, and another in its place when that one is spent. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalNetwork } from '../lib/local-network.ts';
import type { LoadSigner } from '../lib/signed-load.ts';

export interface BedOptions {
  readonly port: number;
  /** Directories stay when the benchmark ends. */
  readonly keep: boolean;
  readonly onWarning: (validator: string, line: string) => void;
  readonly say: (line: string) => void;
}

export class Bed {
  private directory = '';
  private founded: { readonly network: LocalNetwork; readonly signer: LoadSigner } | undefined;
  private readonly options: BedOptions;

  private constructor(options: BedOptions) {
    this.options = options;
  }

  /** Four validators, none of which runs yet. */
  static async found(options: BedOptions): Promise<Bed> {
    const bed = new Bed(options);
    await bed.make();
    return bed;
  }

  get network(): LocalNetwork {
    return this.now().network;
  }

  get signer(): LoadSigner {
    return this.now().signer;
  }

  /** Ends this network and starts a new one on the same ports. */
  async renew(): Promise<void> {
    await this.end();
    await this.make();
    await this.network.startAll();
  }

  async end(): Promise<void> {
    await this.founded?.network.stop();
    this.founded = undefined;
    if (this.options.keep) this.options.say(`data kept in ${this.directory}`);
    else rmSync(this.directory, { recursive: true, force: true });
  }

  private async make(): Promise<void> {
    const { port, onWarning } = this.options;
    this.directory = mkdtempSync(join(tmpdir(), 'concordat-bench-'));
    const network = await LocalNetwork.found({ directory: this.directory, validators: 4, port }, onWarning);
    this.founded = { network, signer: await network.signer() };
  }

  private now(): { readonly network: LocalNetwork; readonly signer: LoadSigner } {
    if (this.founded === undefined) throw new Error('the network of the benchmark has ended');
    return this.founded;
  }
}

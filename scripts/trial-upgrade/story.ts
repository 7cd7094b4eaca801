/**
 * Four nodes of an older build under load are replaced one by one; then the members raise the protocol, and what the
 * new rules allow is refused below a height and accepted from there on. The last node is replaced only after it has
 * stopped by itself, if it does not know the new rules.
 */
import { readRunRecord } from '../../node/last-words.ts';
import { foundingProtocol, newestProtocol } from '../../node/ledger/protocols.ts';
import { activationOf, type Consortium, reason, stepPatienceMs, until } from '../lib/consortium.ts';
import type { Stretch, WatchedLoad } from '../trials/watched-load.ts';
import type { OldBuild } from './old-build.ts';

export interface UpgradeStep extends Stretch {
  readonly what: string;
  /** Nodes that run the new build at its end. */
  readonly replaced: number;
  readonly protocol: number;
  readonly note: string;
}

/** What each protocol changed, as members type it: refused with this word before its height, or from there on. */
interface News {
  readonly action: readonly string[];
  readonly refused: 'before' | 'after';
  readonly word: string;
}
const news: { readonly [protocol: number]: News } = {
  2: {
    action: ['asset', 'transfer', 'gold', '--to', 'v2.admin', '--amount', '1', '--memo', 'Invoice 2026-117'],
    refused: 'before',
    word: 'malformed-args',
  },
  3: {
    action: ['proposal', 'dry-run', '--threshold', 'members.add=2/3'],
    refused: 'after',
    word: 'threshold-follows',
  },
};

export class UpgradeStory {
  readonly steps: UpgradeStep[] = [];
  private readonly consortium: Consortium;
  private readonly load: WatchedLoad;
  private readonly old: OldBuild;
  private readonly say: (line: string) => void;
  private replaced = 0;
  private protocol = foundingProtocol;

  constructor(consortium: Consortium, load: WatchedLoad, old: OldBuild, say: (line: string) => void) {
    this.consortium = consortium;
    this.load = load;
    this.old = old;
    this.say = say;
  }

  async tell(): Promise<void> {
    const { size } = this.consortium.network;
    await this.step('nodes of the old build', () => this.prepareAsset());
    for (let index = 0; index < size - 1; index += 1) await this.replace(index);
    const last = size - 1;
    const isLeftOver = this.old.newestProtocol < newestProtocol && this.old.stopsByName;
    if (!isLeftOver) await this.replace(last);
    for (let version = foundingProtocol + 1; version <= newestProtocol; version += 1)
      await this.raise(version, isLeftOver && version === this.old.newestProtocol + 1 ? last : undefined);
  }

  private async step(what: string, body: () => Promise<string>): Promise<void> {
    this.say(`${what} …`);
    const note = await body();
    const { replaced, protocol } = this;
    const step = { ...this.load.stretch(), what, replaced, protocol, note };
    this.steps.push(step);
    this.say(`  ${note}; height ${step.toHeight}, ${step.seconds.toFixed(1)} s`);
  }

  private async prepareAsset(): Promise<string> {
    await this.consortium.concordat('v1', 'asset', 'define', 'gold');
    await this.consortium.concordat('v1', 'asset', 'issue', 'gold', '--to', 'v1.admin', '--amount', '1000');
    return this.old.commit;
  }

  /** SIGTERM, and the new build on the same directories. */
  private replace(index: number): Promise<void> {
    const id = this.consortium.network.idOf(index);
    return this.step(`${id} is replaced`, async () => {
      await this.consortium.network.end(index);
      return this.startNew(index);
    });
  }

  private async startNew(index: number): Promise<string> {
    const { network } = this.consortium;
    network.start(index);
    await network.ready();
    this.replaced += 1;
    const id = network.idOf(index);
    const { epoch, certifiedHeight } = await this.consortium.status();
    await this.consortium.votesIn(id, epoch);
    const follows = async (): Promise<boolean> =>
      (await this.consortium.status(id)).height >= certifiedHeight;
    await until(`${id} follows`, follows, stepPatienceMs);
    return `${id} votes at ${certifiedHeight}`;
  }

  /** @param leftOver place of a node that does not know this version */
  private async raise(version: number, leftOver: number | undefined): Promise<void> {
    const change = news[version];
    if (change === undefined) throw new Error(`the trial knows nothing new of protocol ${version}`);
    await this.step(`protocol ${version} is raised`, async () => {
      const { height: before } = await this.consortium.status();
      await this.tries(change, 'before');
      const proposal = ['proposal', 'create', '--protocol', String(version), ...reason('All nodes know it')];
      const { at } = await this.consortium.activationIs(
        activationOf(await this.consortium.decide('v1', ...proposal)),
        'active',
      );
      const height = await this.tries(change, 'after');
      if (at === undefined || height < at) throw new Error(`tried at ${height}, below ${at}`);
      this.protocol = version;
      const [first, then] = change.refused === 'before' ? ['refused', 'accepted'] : ['accepted', 'refused'];
      const typed = change.action.join(' ');
      return `in force from ${at}; "${typed}" ${first} at ${before}, ${then} at ${height}`;
    });
    if (leftOver !== undefined) await this.leftOver(leftOver);
  }

  /** @returns the height of its answer. @throws if the rules of then do not say what they should */
  private async tries({ action, refused, word }: News, when: News['refused']): Promise<number> {
    if (when !== refused)
      return (await this.consortium.concordat<{ readonly height: number }>('v1', ...action)).height;
    const printed = await this.consortium.refused('v1', ...action);
    if (!printed.includes(word)) throw new Error(`not refused as ${word}: ${printed}`);
    return (await this.consortium.status()).height;
  }

  private async leftOver(index: number): Promise<void> {
    const { network, nodes } = this.consortium;
    const id = network.idOf(index);
    await this.step(`${id}, left over, has stopped`, async () => {
      const end = await network.endOf(index);
      const record = readRunRecord(nodes[index]!.directory)?.end;
      if (record?.code !== 'protocol-unsupported')
        throw new Error(`${id} ended with ${record?.code}: ${end}`);
      return `${record.code} at ${record.facts.height}, ${end}: ${network.warningsOf(index).at(-1)}`;
    });
    await this.step(`${id} is replaced`, () => this.startNew(index));
  }
}

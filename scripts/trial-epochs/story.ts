/**
 * Epochs in real processes under load: members and validators join, one of them too late, all keys are rotated in
 * turn, validators leave, what could halt the network is refused, and a validator that lost its disk comes back with
 * another vote store. Each step says at which heights, in which time, and after which longest gap.
 */
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { KeysRotateJson, ProposalJson, ProposalsJson, ValidatorsJson } from '../../shared/api.ts';
import {
  activationOf,
  type Consortium,
  type Joiner,
  reason,
  stepPatienceMs,
  until,
} from '../lib/consortium.ts';
import type { Stretch, WatchedLoad } from '../trials/watched-load.ts';

export interface Step extends Stretch {
  readonly what: string;
  readonly epoch: number;
  /** Validators in force at its end. */
  readonly validators: number;
  readonly note: string;
}

export interface StorySettings {
  /** Of the first joiner's links; gateways 50 above. */
  readonly port: number;
  readonly say: (line: string) => void;
}

/** What a lapse waits for an offline joiner. */
const lapseAfter = '3s';

export class EpochStory {
  readonly steps: Step[] = [];
  /** Starts of each node that the story meant. */
  readonly starts = new Map<string, number>();
  private readonly consortium: Consortium;
  private readonly load: WatchedLoad;
  private readonly settings: StorySettings;
  private readonly joiners = new Map<string, Joiner>();
  private places = 0;

  constructor(consortium: Consortium, load: WatchedLoad, settings: StorySettings) {
    this.consortium = consortium;
    this.load = load;
    this.settings = settings;
    for (const { id } of consortium.nodes) this.starts.set(id, 1);
  }

  /** @param body returns what the table shall say of it */
  private async step(what: string, body: () => Promise<string>): Promise<void> {
    this.settings.say(`${what} …`);
    const note = await body();
    const { epoch, validators } = await this.consortium.ask<ValidatorsJson>('/validators');
    const step = { ...this.load.stretch(), what, epoch, validators: validators.length, note };
    this.steps.push(step);
    this.settings.say(`  ${note}; height ${step.toHeight}, ${step.seconds.toFixed(1)} s`);
  }

  private prepare(id: string, member: string): Promise<Joiner> {
    const { port } = this.settings;
    const place = this.places++;
    return this.consortium.prepare(id, member, { links: port + place, gateway: port + 50 + place });
  }

  /** Clients use the gateways of validators. */
  private async spread(): Promise<void> {
    const { validators } = await this.consortium.ask<ValidatorsJson>('/validators');
    this.load.use(validators.map(({ gateway }) => gateway));
  }

  members(...ids: readonly string[]): Promise<void> {
    return this.step(`members ${ids.join(', ')} join`, async () => {
      await this.consortium.addMembers(ids);
      return 'one proposal';
    });
  }

  join(id: string, member = id): Promise<void> {
    return this.step(`validator ${id} joins`, async () => {
      const joiner = await this.prepare(id, member);
      const number = await this.consortium.admit(joiner);
      await this.consortium.startJoiner(joiner);
      this.joiners.set(id, joiner);
      this.starts.set(id, 1);
      const { at } = await this.consortium.activationIs(number, 'active');
      const { epoch } = await this.consortium.status();
      await this.consortium.votesIn(id, epoch);
      await this.spread();
      return `active since ${at}`;
    });
  }

  /** It is admitted and never started. */
  lapse(id: string, member: string): Promise<void> {
    return this.step(`joiner ${id} is offline`, async () => {
      const joiner = await this.prepare(id, member);
      const number = await this.consortium.admit(joiner, '--deadline', lapseAfter);
      const { end } = await this.consortium.activationIs(number, 'lapsed');
      return `lapsed at ${end?.height}`;
    });
  }

  /** @param code of the refusal that the members shall read */
  refuse(code: string, ...ids: readonly string[]): Promise<void> {
    return this.step(`removal of ${ids.join(' and ')} at once`, async () => {
      const actions = ids.map((id) => ({ kind: 'validators.remove', args: { id } }));
      const file = this.consortium.write('removals.json', { actions });
      const printed = await this.consortium.refused(
        'v1',
        'proposal',
        'create',
        file,
        ...reason('All at once'),
      );
      if (!printed.includes(code)) throw new Error(`not refused by ${code}: ${printed}`);
      return `refused: ${code}`;
    });
  }

  /** Its gateway is taken out of the clients' list first; its node goes on following. */
  remove(id: string): Promise<void> {
    return this.step(`validator ${id} leaves`, async () => {
      const { validators } = await this.consortium.ask<ValidatorsJson>('/validators');
      this.load.use(validators.filter((one) => one.id !== id).map(({ gateway }) => gateway));
      const proposal = await this.consortium.decide(
        'v1',
        'validator',
        'remove',
        id,
        ...reason(`${id} leaves`),
      );
      const { at } = await this.consortium.activationIs(activationOf(proposal), 'active');
      return `left at ${at}`;
    });
  }

  /** Every validator once, each while it is the primary; who joined lately by ballots, the others by their old key. */
  async rotateAll(): Promise<void> {
    const { validators } = await this.consortium.ask<ValidatorsJson>('/validators');
    const waiting = new Set<string>(validators.map(({ id }) => id));
    for (let turn = waiting.size; turn > 0; turn -= 1) {
      const { primary } = await this.consortium.status();
      const id = waiting.has(primary) ? primary : [...waiting][0]!;
      waiting.delete(id);
      await this.rotate(id, id === primary);
    }
  }

  private rotate(id: string, isPrimary: boolean): Promise<void> {
    return this.step(`another key for ${id}${isPrimary ? ', the primary' : ''}`, async () => {
      const { consortium } = this;
      const { member } = consortium.node(id);
      const before = await consortium.status();
      const byBallots = this.joiners.has(id);
      const rotate = ['keys', 'rotate', ...(byBallots ? ['--by-ballots', ...reason('Yearly change')] : [])];
      const { key } = await consortium.concordat<Partial<KeysRotateJson>>(member, ...rotate);
      if (byBallots) await consortium.approve(await this.waitingProposal(), member);
      await this.entered(before.epoch + 1);
      await consortium.votesIn(id, before.epoch + 1);
      const { validators } = await consortium.ask<ValidatorsJson>('/validators');
      const held = validators.find((one) => one.id === id)?.consensusKey;
      if (key !== undefined && held !== key) throw new Error(`${id} has ${held} instead of ${key}`);
      return byBallots ? 'by ballots' : 'by its old key';
    });
  }

  /** The only one that waits, as soon as the first node has certified it. */
  private async waitingProposal(): Promise<ProposalJson> {
    let number: number | undefined;
    const isThere = async (): Promise<boolean> => {
      const { rows } = await this.consortium.ask<ProposalsJson>('/proposals?status=waiting');
      number = rows[0]?.number;
      return number !== undefined;
    };
    await until('a proposal waits', isThere, stepPatienceMs);
    return this.consortium.ask(`/proposals/${number}`);
  }

  private entered(epoch: number): Promise<void> {
    return until(
      `epoch ${epoch}`,
      async () => (await this.consortium.status()).epoch >= epoch,
      stepPatienceMs,
    );
  }

  /** The process of a joiner is killed, its ledger and votes are gone; the members register the store that it makes. */
  readmit(id: string): Promise<void> {
    return this.step(`validator ${id} loses its disk and comes back`, async () => {
      const { consortium } = this;
      const node = consortium.node(id);
      await consortium.killJoiner(id);
      for (const name of readdirSync(node.directory))
        if (!keptOnLoss(name)) rmSync(join(node.directory, name), { recursive: true });
      const args = ['register-incarnation', id, '--store', node.directory, ...reason('Disk lost')];
      const proposal = await consortium.decide('v1', 'validator', ...args);
      await consortium.startJoiner(node);
      this.starts.set(id, (this.starts.get(id) ?? 0) + 1);
      const { at } = await consortium.activationIs(activationOf(proposal), 'active');
      const { epoch } = await consortium.status();
      await consortium.votesIn(id, epoch);
      return `votes again since ${at}`;
    });
  }

  /** Starts that nobody meant. */
  restarts(): number {
    let count = 0;
    for (const [id, meant] of this.starts) count += this.consortium.startsOf(id) - meant;
    return count;
  }
}

/** Keys and configuration are kept elsewhere, as docs/operations/backup.md says; the log is evidence of the trial. */
const keptOnLoss = (name: string): boolean => name === 'node.yaml' || name === 'log' || name.endsWith('.age');

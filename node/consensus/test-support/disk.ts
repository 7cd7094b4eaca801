/** A vote store that remembers what was persisted and forgets what was pruned (rule D2). */
import type {
  BatchDigest,
  BlockHash,
  Epoch,
  Height,
  ValidatorId,
  View,
} from '../../../shared/types/brands.ts';
import type { Batch, Certificate } from '../../../shared/types/ledger.ts';
import type { PreparedCertificate } from '../../../shared/types/messages.ts';
import type { ExecutionSummary, Horizon, RestoredVotes, RestsOn, UnsignedMessage } from '../types.ts';
import { genesisBlock, signAs } from './forge.ts';
import type { LedgerState } from './ledger.ts';

export interface StoredBlock {
  readonly block: BlockHash;
  readonly certificate: Certificate;
  readonly digest: BatchDigest;
  readonly batch: Batch;
  readonly summary: ExecutionSummary;
  /** After the block. */
  readonly ledger: LedgerState;
}

type Of<Kind extends UnsignedMessage['kind']> = Extract<UnsignedMessage, { kind: Kind }>;

export class Disk {
  readonly blocks = new Map<Height, StoredBlock>();
  readonly batches = new Map<BatchDigest, Batch>();
  private votes: (Of<'pre-prepare'> | Of<'prepare' | 'commit'>)[] = [];
  private seals: Of<'seal'>[] = [];
  private prepared: PreparedCertificate[] = [];
  private ordered: { height: Height; batch: BatchDigest }[] = [];
  private viewChange: Of<'view-change'> | undefined;
  private newView: Of<'new-view'> | undefined;
  /** Name of this vote store (rule D3). */
  incarnation: number;

  constructor(incarnation = 0) {
    this.incarnation = incarnation;
  }

  persist(message: UnsignedMessage, restsOn: readonly RestsOn[]): void {
    for (const rest of restsOn) {
      if (rest.kind === 'batch') this.batches.set(rest.digest, rest.batch);
      if (rest.kind === 'prepared') this.prepared.push(rest.certificate);
      if (rest.kind === 'ordered') this.ordered.push({ height: rest.height, batch: rest.batch });
    }
    if (message.kind === 'seal') this.seals.push(message);
    if (message.kind === 'view-change') this.viewChange = message;
    if (message.kind === 'new-view') this.newView = message;
    if (message.kind === 'pre-prepare' || message.kind === 'prepare' || message.kind === 'commit')
      this.votes.push(message);
  }

  prune(height: Height): void {
    this.votes = this.votes.filter((vote) => vote.sequence > height);
    this.seals = this.seals.filter((seal) => seal.height > height);
    this.prepared = this.prepared.filter((certificate) => certificate.sequence > height);
    this.ordered = this.ordered.filter((entry) => entry.height > height);
  }

  /** Rule D3: another store from now on, which knows of no vote. */
  renounce(fresh: number): void {
    this.incarnation = fresh;
    this.votes = [];
    this.seals = [];
    this.prepared = [];
    this.ordered = [];
    this.viewChange = undefined;
    this.newView = undefined;
  }

  /** Blocks above `height` are lost, as when an older copy of them is put back. */
  putBlocksBack(height: number): void {
    for (const key of this.blocks.keys()) if (key > height) this.blocks.delete(key);
  }

  /** A copy of the whole disk as it is now. */
  copy(): Disk {
    const copy = new Disk(this.incarnation);
    for (const [height, block] of this.blocks) copy.blocks.set(height, block);
    for (const [digest, batch] of this.batches) copy.batches.set(digest, batch);
    copy.votes = [...this.votes];
    copy.seals = [...this.seals];
    copy.prepared = [...this.prepared];
    copy.ordered = [...this.ordered];
    copy.viewChange = this.viewChange;
    copy.newView = this.newView;
    return copy;
  }

  tip(): Height {
    return this.blocks.size as Height;
  }

  /** As the runtime restores it: own votes signed anew. */
  restore(
    self: ValidatorId,
    at: { readonly epoch?: Epoch; readonly horizon?: Horizon } = {},
    generation = 0,
  ): RestoredVotes {
    const tip = this.blocks.get(this.tip());
    const signed = [...this.votes, ...this.seals, this.viewChange, this.newView];
    return {
      certified:
        tip === undefined
          ? { height: 0 as Height, block: genesisBlock }
          : { height: this.tip(), block: tip.block, certificate: tip.certificate },
      horizon: at.horizon ?? {},
      isAhead: signed.some((message) => message !== undefined && message.epoch > (at.epoch ?? 0)),
      view: 0 as View,
      votes: this.votes.map(
        (vote) => (signAs(self, vote, generation) as { vote: RestoredVotes['votes'][number] }).vote,
      ),
      batches: this.batches,
      prepared: this.prepared,
      ordered: this.ordered,
      seals: this.seals.map((seal) => signAs(self, seal, generation) as RestoredVotes['seals'][number]),
      ...(this.viewChange === undefined
        ? {}
        : {
            viewChange: signAs(self, this.viewChange, generation) as NonNullable<RestoredVotes['viewChange']>,
          }),
      ...(this.newView === undefined
        ? {}
        : { newView: signAs(self, this.newView, generation) as NonNullable<RestoredVotes['newView']> }),
    };
  }
}

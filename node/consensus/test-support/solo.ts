/** One replica under test; the test plays its peers. Own intents come back signed unless `holdIntents`. */
import { batchDigest } from '../../../shared/codec/ledger.ts';
import type {
  BatchDigest,
  BlockHash,
  Height,
  TransactionId,
  ValidatorId,
} from '../../../shared/types/brands.ts';
import type { Batch } from '../../../shared/types/ledger.ts';
import type { ConsensusMessage } from '../../../shared/types/messages.ts';
import type { NetworkParameters } from '../../../shared/types/parameters.ts';
import { type ConsensusState, createConsensus, describe, start, step } from '../step.ts';
import type {
  BoundaryInput,
  ConsensusConfig,
  ConsensusView,
  Horizon,
  Input,
  Output,
  RestoredVotes,
  UnsignedMessage,
} from '../types.ts';
import { Disk } from './disk.ts';
import {
  blockOf,
  certificateOf,
  configOf,
  genesisBlock,
  idOf,
  proposalOf,
  sealOf,
  signAs,
  voteOf,
} from './forge.ts';

type Of<Type extends Output['type']> = Extract<Output, { type: Type }>;

export interface SoloOptions {
  readonly n?: number;
  readonly self?: number;
  readonly parameters?: Partial<NetworkParameters>;
  /** Another epoch, or a store that may not vote. */
  readonly config?: Partial<ConsensusConfig>;
  readonly restored?: Partial<RestoredVotes>;
  /** Leave it in `starting`. */
  readonly unanswered?: boolean;
}

export class Solo {
  readonly config: ConsensusConfig;
  readonly state: ConsensusState;
  readonly outputs: Output[] = [];
  readonly held: UnsignedMessage[] = [];
  nowMs = 1_000;
  wallMs = 1_000_000;
  holdIntents = false;
  answersChecks = true;
  executes = true;
  readonly blocks = new Map<number, BlockHash>([[0, genesisBlock]]);

  constructor(options: SoloOptions = {}) {
    const { n = 4, self = 1, parameters = {}, restored = {}, unanswered = false } = options;
    this.config = { ...configOf(n, self, parameters), ...options.config };
    const votes = { ...new Disk().restore(idOf(self)), ...restored };
    this.blocks.set(votes.certified.height, votes.certified.block);
    this.state = createConsensus(this.config, votes, this.now());
    this.perform(start(this.state, this.now()));
    for (let index = 0; index < n && !unanswered; index += 1) if (index !== self) this.answerNewest(index);
  }

  now() {
    return { monotonicMs: this.nowMs, wallMs: this.wallMs };
  }

  view(): ConsensusView {
    return describe(this.state);
  }

  /** A peer that stands in our epoch, or in another one, says what it holds of ours. */
  answerNewest(
    peer: number,
    messages: readonly ConsensusMessage[] = [],
    epoch = this.state.config.epoch,
  ): readonly Output[] {
    return this.feed({ type: 'own-newest', from: idOf(peer), epoch, messages });
  }

  /** Feeds one input and answers only the outputs that follow from it. */
  feed(input: Input): readonly Output[] {
    const before = this.outputs.length;
    this.perform(step(this.state, input, this.now()));
    return this.outputs.slice(before);
  }

  message(message: ConsensusMessage, from?: ValidatorId): readonly Output[] {
    const sender = 'vote' in message ? message.vote.sender : message.sender;
    return this.feed({ type: 'message', from: from ?? sender, message });
  }

  propose(sequence: number, batch: Batch, view = this.state.view as number): readonly Output[] {
    return this.message(proposalOf(this.config, view, sequence, batch));
  }

  prepare(sequence: number, digest: BatchDigest, sender: number, view = this.state.view as number) {
    return this.message({ kind: 'prepare', vote: voteOf('prepare', view, sequence, digest, idOf(sender)) });
  }

  commit(sequence: number, digest: BatchDigest, sender: number, view = this.state.view as number) {
    return this.message({ kind: 'commit', vote: voteOf('commit', view, sequence, digest, idOf(sender)) });
  }

  seal(height: number, block: string, sender: number): readonly Output[] {
    return this.message(sealOf(height, block, idOf(sender)));
  }

  /** All peers agree on this batch at this sequence, up to the COMMITs. */
  order(sequence: number, batch: Batch): readonly Output[] {
    const before = this.outputs.length;
    const digest = batchDigest(batch);
    if (this.state.slots.get(sequence as Height)?.proposal === undefined) this.propose(sequence, batch);
    for (let peer = 1; peer < this.config.validators.length; peer += 1)
      if (idOf(peer) !== this.config.self) this.prepare(sequence, digest, peer);
    for (let peer = 0; peer < this.config.validators.length; peer += 1)
      if (idOf(peer) !== this.config.self) this.commit(sequence, digest, peer);
    return this.outputs.slice(before);
  }

  /** Ordered, executed, sealed by all. */
  certify(sequence: number, batch: Batch): readonly Output[] {
    const before = this.outputs.length;
    this.order(sequence, batch);
    const block = this.blocks.get(sequence)!;
    for (let peer = 0; peer < this.config.validators.length; peer += 1)
      if (idOf(peer) !== this.config.self) this.seal(sequence, block, peer);
    return this.outputs.slice(before);
  }

  /** h comes from elsewhere, by catch-up. */
  catchUpTo(
    height: number,
    block: string,
    ids: readonly TransactionId[] = [],
    boundary: Horizon | BoundaryInput = {},
  ): readonly Output[] {
    this.blocks.set(height, block as BlockHash);
    return this.feed({
      type: 'certified-durable',
      height: height as Height,
      block: block as BlockHash,
      certificate: certificateOf(this.state.config, height, block),
      summary: { ids, ran: ids.length },
      boundary: 'kind' in boundary ? boundary : { kind: 'within', ...boundary },
    });
  }

  advance(durationMs: number): readonly Output[] {
    this.nowMs += durationMs;
    this.wallMs += durationMs;
    return this.feed({ type: 'tick' });
  }

  /** Hands back what `holdIntents` kept. */
  release(): readonly Output[] {
    const before = this.outputs.length;
    this.holdIntents = false;
    for (const message of this.held.splice(0)) this.own(message);
    return this.outputs.slice(before);
  }

  all<Type extends Output['type']>(type: Type, among: readonly Output[] = this.outputs): Of<Type>[] {
    return among.filter((output): output is Of<Type> => output.type === type);
  }

  signed<Kind extends UnsignedMessage['kind']>(kind: Kind, among: readonly Output[] = this.outputs) {
    return this.all('intent', among)
      .map((output) => output.message)
      .filter((message): message is Extract<UnsignedMessage, { kind: Kind }> => message.kind === kind);
  }

  noted(code: string, among: readonly Output[] = this.outputs): Of<'note'>[] {
    return this.all('note', among).filter((output) => output.code === code);
  }

  private own(message: UnsignedMessage): void {
    if (message.kind !== 'heartbeat')
      this.perform(step(this.state, { type: 'own', message: signAs(this.config.self, message) }, this.now()));
  }

  private perform(outputs: readonly Output[]): void {
    this.outputs.push(...outputs);
    for (const output of outputs) this.performOne(output);
  }

  private performOne(output: Output): void {
    if (output.type === 'intent' && this.holdIntents) this.held.push(output.message);
    if (output.type === 'intent' && !this.holdIntents) this.own(output.message);
    if (output.type === 'check-batch' && output.batch !== undefined && this.answersChecks)
      this.answer(output.digest, output.batch);
    if (output.type === 'execute' && this.executes) this.execute(output);
    if (output.type === 'certified') {
      const { height, block } = output.certificate;
      const summary = { ids: [], ran: 0 };
      const input: Input = {
        type: 'certified-durable',
        height,
        block,
        certificate: output.certificate,
        summary,
        boundary: { kind: 'within' },
      };
      this.perform(step(this.state, input, this.now()));
    }
  }

  answer(digest: BatchDigest, batch: Batch): readonly Output[] {
    return this.feed({ type: 'batch-checked', digest, verdict: { ok: true, batch } });
  }

  private execute({ height, digest, batch }: Of<'execute'>): void {
    const block = blockOf(height, this.blocks.get(height - 1)!, digest);
    this.blocks.set(height, block);
    const summary = { ids: batch.ids, ran: batch.ids.length };
    this.perform(step(this.state, { type: 'executed', height, block, summary }, this.now()));
  }
}

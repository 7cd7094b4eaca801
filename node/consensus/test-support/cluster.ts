/**
 * A few replicas in memory: intents are persisted, signed and sent in order, blocks are a hash chain over
 * batches. `settle()` delivers everything in order; a test may instead pick, drop and repeat deliveries itself
 * (`random-schedule.test.ts`). Every signature is checked against rules W1 and N7, every certified block
 * against the others'.
 */
import { batchDigest } from '../../../shared/codec/ledger.ts';
import type { BlockHash, Epoch, Height, TransactionId, ValidatorId } from '../../../shared/types/brands.ts';
import type { Batch } from '../../../shared/types/ledger.ts';
import type { ConsensusMessage } from '../../../shared/types/messages.ts';
import type { NetworkParameters } from '../../../shared/types/parameters.ts';
import {
  type ConsensusState,
  createConsensus,
  describe,
  nextDeadlineMs,
  ownNewestFor,
  start,
  statusOf,
  step,
  wantsEmpty,
  wantsProposal,
} from '../step.ts';
import type { ConsensusView, Input, Now, Output, UnsignedMessage } from '../types.ts';
import { Disk, type StoredBlock } from './disk.ts';
import { batchOf, blockOf, genesisBlock, idOf, signAs, transactionOf } from './forge.ts';
import {
  boundaryOf,
  type Command,
  configFor,
  executeModel,
  genesisLedger,
  horizonOf,
  type LedgerState,
  type Seat,
} from './ledger.ts';
import { type Delivery, type Of, type Replica, replicaOf } from './replica.ts';
import { isVerified, SignatureWatch } from './signatures.ts';

export class Cluster {
  readonly replicas: Replica[];
  network: Delivery[] = [];
  nowMs = 1_000;
  private statusDueMs = 0;
  /** Difference between wall clock and monotonic time. */
  readonly wallOffsetMs = 1_000_000;
  /** Return false to lose a message. */
  links: (from: string, to: string, message?: ConsensusMessage) => boolean = () => true;
  /** Verdict on fresh proposals (rule N2). */
  isValidBatch: (batch: Batch) => boolean = () => true;
  autoPropose = true;
  /** Who proposes the empty batches that drive an activation. */
  driving: (replica: Replica) => boolean = () => true;
  readonly certified = new Map<Height, BlockHash>();
  /** Transactions that change the membership. */
  readonly commands = new Map<TransactionId, Command>();
  /** Vote stores are named one after the other (rule D3). */
  incarnations = 0;
  private readonly watch = new SignatureWatch();

  readonly n: number;
  readonly twin: ValidatorId | undefined;
  private readonly genesis: LedgerState;

  /**
   * `twin`: a second replica with the disk of its own and the key of this one, the liar of these tests. `seats`:
   * replicas that are not in the first set.
   */
  constructor(n: number, parameters: Partial<NetworkParameters> = {}, twin?: number, seats = 0) {
    this.n = n;
    this.genesis = genesisLedger(n, parameters);
    this.watch.certified(this.genesis.era);
    this.replicas = Array.from({ length: n + seats }, (_, index) => this.newReplica(index));
    if (twin !== undefined) this.replicas.push(this.newReplica(twin, "'"));
    this.twin = twin === undefined ? undefined : idOf(twin);
    for (const replica of this.replicas) this.perform(replica, start(replica.state, this.now()));
    this.settle();
  }

  private newReplica(index: number, suffix = ''): Replica {
    const disk = new Disk();
    return replicaOf(idOf(index), suffix, disk, this.newState(idOf(index), disk));
  }

  private newState(id: ValidatorId, disk: Disk): ConsensusState {
    const ledger = this.ledgerOn(disk);
    const { epoch } = ledger.era;
    const restored = disk.restore(id, { epoch, horizon: horizonOf(ledger) }, this.generationOf(id, epoch));
    return createConsensus(configFor(id, disk.incarnation, ledger.era), restored, this.now());
  }

  private ledgerOn(disk: Disk): LedgerState {
    return disk.blocks.get(disk.tip())?.ledger ?? this.genesis;
  }

  /** Which of its keys a validator signs with in an epoch. */
  private generationOf(id: ValidatorId, epoch: Epoch): number {
    return this.watch.eras.get(epoch)?.seats.find((seat) => seat.id === id)?.key ?? 0;
  }

  /** Of the newest epoch that a certified block has opened. */
  get latestSeats(): readonly Seat[] {
    return [...this.watch.eras.values()].at(-1)!.seats;
  }

  get violations(): string[] {
    return this.watch.violations;
  }

  now(): Now {
    return { monotonicMs: this.nowMs, wallMs: this.nowMs + this.wallOffsetMs };
  }

  at(index: number): Replica {
    return this.replicas[index]!;
  }

  view(index: number): ConsensusView {
    return describe(this.at(index).state);
  }

  notes(index: number, code: string): Of<'note'>[] {
    return this.outputsOf(index, 'note').filter((output) => output.code === code);
  }

  outputsOf<Type extends Output['type']>(index: number, type: Type): Of<Type>[] {
    return this.at(index).outputs.filter((output): output is Of<Type> => output.type === type);
  }

  intents(index: number, kind: UnsignedMessage['kind']): UnsignedMessage[] {
    return this.outputsOf(index, 'intent')
      .map((output) => output.message)
      .filter((message) => message.kind === kind);
  }

  epochs(): number[] {
    return this.replicas.map((replica) => replica.state.config.epoch);
  }

  /** A transaction that changes the membership, handed over like any other. */
  command(name: string, command: Command): void {
    this.commands.set(transactionOf(name), command);
    this.submit(name);
  }

  heights(): number[] {
    return this.replicas.map((replica) => replica.state.certified.height);
  }

  /** A client's transaction, handed to every live validator (rule F1). */
  submit(name: string): TransactionId {
    const id = transactionOf(name);
    for (const replica of this.replicas) {
      if (!replica.alive) continue;
      replica.pool.add(id);
      this.input(replica, { type: 'waiting', from: replica.id, ids: [id] });
    }
    return id;
  }

  input(replica: Replica, input: Input): void {
    if (!replica.alive) return;
    this.perform(replica, step(replica.state, input, this.now()));
    // A liar does not stop because its other self signed something.
    if (replica.id === this.twin && replica.state.mode === 'observing') replica.state.mode = 'voting';
  }

  deliver(to: number, message: ConsensusMessage, from = idOf(0)): void {
    const sender = 'vote' in message ? message.vote.sender : message.sender;
    this.input(this.at(to), { type: 'message', from: from ?? sender, message });
  }

  crash(index: number): void {
    const replica = this.at(index);
    replica.alive = false;
    replica.local = [];
    replica.executed = new Map();
    replica.proposed = new Set();
    this.network = this.network.filter((delivery) => delivery.to !== replica);
  }

  /** A new, empty disk, whose vote store nobody knows (rule D3). */
  wipe(index: number): void {
    this.incarnations += 1;
    this.at(index).disk = new Disk(this.incarnations);
  }

  restart(index: number): void {
    const replica = this.at(index);
    replica.state = this.newState(replica.id, replica.disk);
    for (const [height, stored] of replica.disk.blocks) replica.executed.set(height, stored);
    replica.alive = true;
    this.perform(replica, start(replica.state, this.now()));
  }

  /** Delivers all, in order, until nothing is on its way. */
  settle(stepsMax = 50_000): void {
    for (let steps = 0; steps < stepsMax; steps += 1) {
      const busy = this.replicas.find((replica) => replica.local.length > 0);
      if (busy !== undefined) this.workOnce(busy);
      else if (this.network.length > 0) this.deliverOnce(0);
      else return;
    }
    throw new Error('the cluster does not come to rest');
  }

  /** Time passes in steps of at most 50 ms, with ticks when due and peers exchanging status each half second. */
  advance(durationMs: number): void {
    const endMs = this.nowMs + durationMs;
    while (this.nowMs < endMs) {
      this.nowMs = Math.min(endMs, this.nowMs + 50);
      if (this.nowMs >= this.statusDueMs) this.exchangeStatus();
      this.tick();
      this.settle();
    }
  }

  /** Time passes until something is so, or the time is over. */
  advanceUntil(isSo: () => boolean, durationMsMax = 60_000): void {
    const endMs = this.nowMs + durationMsMax;
    while (!isSo() && this.nowMs < endMs) this.advance(50);
    if (!isSo()) throw new Error(`not so after ${durationMsMax} ms: ${this.story()}`);
  }

  story(): string {
    return JSON.stringify(this.replicas.map(({ name, state }) => ({ name, ...describe(state) })));
  }

  tick(): void {
    for (const replica of this.replicas) {
      const deadlineMs = nextDeadlineMs(replica.state);
      if (deadlineMs !== undefined && deadlineMs <= this.nowMs) this.input(replica, { type: 'tick' });
    }
  }

  exchangeStatus(): void {
    this.statusDueMs = this.nowMs + 500;
    for (const a of this.replicas)
      for (const b of this.replicas)
        if (a !== b && a.alive && b.alive)
          this.post(a, b, { type: 'peer-status', from: a.id, status: statusOf(a.state) });
  }

  /** Takes the next piece of local work of a replica. */
  workOnce(replica: Replica): void {
    const work = replica.local.shift();
    if (work === undefined) return;
    if (work.kind === 'input') {
      this.input(replica, work.input);
      return;
    }
    replica.disk.persist(work.message, work.restsOn);
    if (replica.id !== this.twin) this.watch.signedBy(replica.id, work.message);
    const message = signAs(replica.id, work.message, this.generationOf(replica.id, work.message.epoch));
    if (work.send)
      for (const peer of this.replicas)
        if (peer !== replica)
          this.post(replica, peer, { type: 'message', from: replica.id, message }, message);
    if (message.kind !== 'heartbeat') this.input(replica, { type: 'own', message });
  }

  deliverOnce(index: number): void {
    const [delivery] = this.network.splice(index, 1);
    if (delivery === undefined || !isVerified(delivery.to.state, delivery.input)) return;
    this.input(delivery.to, delivery.input);
  }

  post(from: Replica, to: Replica, input: Input, message?: ConsensusMessage): void {
    if (this.links(from.name, to.name, message)) this.network.push({ to, input });
  }

  private perform(replica: Replica, outputs: readonly Output[]): void {
    for (const output of outputs) {
      replica.outputs.push(output);
      this.performOne(replica, output);
    }
    if (this.autoPropose) this.proposeIfWanted(replica);
  }

  private performOne(replica: Replica, output: Output): void {
    switch (output.type) {
      case 'intent':
        replica.local.push({ ...output, kind: 'intent' });
        return;
      case 'send':
        for (const peer of this.replicas.filter(({ id }) => id === output.to)) {
          for (const message of output.messages)
            this.post(replica, peer, { type: 'message', from: replica.id, message }, message);
          if (output.certificate !== undefined)
            this.post(replica, peer, { type: 'certificate', certificate: output.certificate });
        }
        return;
      case 'check-batch':
        this.check(replica, output);
        return;
      case 'execute':
        this.execute(replica, output);
        return;
      case 'certified':
        this.append(replica, output);
        return;
      case 'behind':
        this.catchUp(replica, output);
        return;
      case 'ask-own-newest':
        for (const peer of this.replicas)
          if (peer.alive && peer !== replica) {
            const messages = ownNewestFor(peer.state, replica.id);
            const { epoch } = peer.state.config;
            this.post(peer, replica, { type: 'own-newest', from: peer.id, epoch, messages });
          }
        return;
      case 'prune':
        replica.disk.prune(output.height);
        return;
      case 'renounce':
        this.incarnations += 1;
        replica.disk.renounce(this.incarnations);
        return;
      case 'epoch-entered':
        replica.proposed.clear();
        for (const peer of this.replicas) if (peer !== replica) this.tellStatus(replica, peer);
        return;
      case 'status-due':
        for (const peer of this.replicas) if (peer.id === output.to) this.tellStatus(replica, peer);
        return;
      case 'epoch-certificate':
        this.sendEpochEnd(replica, output);
        return;
      case 'note':
        if (output.code === 'view-entered') replica.proposed.clear();
        return;
      default:
        return;
    }
  }

  /** Bodies are found on any disk of the holders; else there is no answer. */
  private check(replica: Replica, output: Of<'check-batch'>): void {
    const { digest } = output;
    const batch =
      output.batch ??
      [replica, ...this.replicas.filter(({ id }) => output.holders.includes(id))]
        .filter(({ alive }) => alive)
        .map(({ disk }) => disk.batches.get(digest))
        .find((found) => found !== undefined);
    if (batch === undefined) return;
    const isGood = output.reproposal || this.isValidBatch(batch);
    const verdict = isGood ? ({ ok: true, batch } as const) : ({ ok: false, reason: 'invalid' } as const);
    replica.local.push({ kind: 'input', input: { type: 'batch-checked', digest, verdict } });
  }

  private tellStatus(from: Replica, to: Replica): void {
    if (from.alive && to.alive)
      this.post(from, to, { type: 'peer-status', from: from.id, status: statusOf(from.state) });
  }

  /** As storage knows it: the block below the first one of the epoch that followed. */
  private sendEpochEnd(replica: Replica, { to, epoch }: Of<'epoch-certificate'>): void {
    const last = [...replica.disk.blocks].find(
      ([height, { ledger }]) => ledger.era.epoch === epoch + 1 && ledger.era.firstHeight === height + 1,
    );
    if (last === undefined) throw new Error(`the end of epoch ${epoch} is not on this disk`);
    const { certificate } = last[1];
    for (const peer of this.replicas.filter(({ id }) => id === to))
      this.post(replica, peer, { type: 'certificate', certificate });
  }

  private execute(replica: Replica, { height, digest, batch }: Of<'execute'>): void {
    const before = height === 1 ? undefined : replica.executed.get((height - 1) as Height);
    if (height > 1 && before === undefined) throw new Error('executed out of order');
    const block = blockOf(height, before?.block ?? genesisBlock, digest);
    const summary = { ids: batch.ids, ran: batch.ids.length };
    const ledger = executeModel(before?.ledger ?? this.genesis, height, batch, this.commands);
    replica.executed.set(height, { block, digest, batch, summary, ledger });
    replica.local.push({ kind: 'input', input: { type: 'executed', height, block, summary } });
  }

  private append(replica: Replica, { certificate }: Of<'certified'>): void {
    const { height, block } = certificate;
    const executed = replica.executed.get(height)!;
    if (executed.block !== block) this.violations.push(`${replica.id} certified another block at ${height}`);
    this.install(replica, height, { ...executed, certificate });
  }

  private install(replica: Replica, height: Height, stored: StoredBlock): void {
    if (replica.disk.blocks.has(height)) return;
    replica.disk.blocks.set(height, stored);
    replica.executed.set(height, stored);
    const { block, certificate, summary, ledger } = stored;
    const agreed = this.certified.get(height) ?? block;
    this.certified.set(height, agreed);
    if (agreed !== block) this.violations.push(`two certified blocks at ${height}`);
    this.watch.certified(ledger.era);
    for (const id of summary.ids) replica.pool.delete(id);
    const boundary = boundaryOf(ledger, height, (era) =>
      configFor(replica.id, replica.disk.incarnation, era),
    );
    const input = { type: 'certified-durable', height, block, certificate, summary, boundary } as const;
    replica.local.push({ kind: 'input', input });
    replica.local.push({ kind: 'input', input: { type: 'settled', ids: summary.ids } });
  }

  /** Copies certified blocks from any peer named that is alive. */
  private catchUp(replica: Replica, { height, peers }: Of<'behind'>): void {
    for (const peer of this.replicas)
      if (peer.alive && peers.includes(peer.id) && this.links(peer.name, replica.name))
        for (let next = replica.disk.tip() + 1; next <= height; next += 1) {
          const stored = peer.disk.blocks.get(next as Height);
          if (stored === undefined) break;
          this.install(replica, next as Height, stored);
        }
  }

  private proposeIfWanted(replica: Replica): void {
    if (!replica.alive || wantsProposal(replica.state) === undefined) return;
    const { batchLimit } = replica.state.config.parameters;
    const fresh = [...replica.pool].filter((id) => !replica.proposed.has(id)).slice(0, batchLimit);
    const drives = this.driving(replica) && wantsEmpty(replica.state, this.now());
    if (fresh.length === 0 && !drives) return;
    for (const id of fresh) replica.proposed.add(id);
    const batch: Batch = { ...batchOf(this.now().wallMs, replica.id), ids: fresh };
    this.input(replica, { type: 'propose', batch, digest: batchDigest(batch) });
  }
}

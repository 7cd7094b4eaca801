/** Plays the members at random: schedules changes that rule E3 allows, withdraws some, lets some lapse. */
import type { ValidatorId } from '../../../shared/types/brands.ts';
import type { Cluster } from './cluster.ts';
import type { Change, Command } from './ledger.ts';

export class Steward {
  private readonly cluster: Cluster;
  private readonly random: () => number;
  private readonly generations = new Map<ValidatorId, number>();
  private count = 0;

  constructor(cluster: Cluster, random: () => number) {
    this.cluster = cluster;
    this.random = random;
  }

  act(): void {
    this.count += 1;
    this.cluster.command(`command ${this.count}`, this.command());
  }

  /** The vote store of a running validator is lost, unless that of another one is: one of at most f at a time. */
  wipe(): void {
    const { replicas, latestSeats } = this.cluster;
    const index = Math.floor(this.random() * replicas.length);
    const isWhole = latestSeats.every(({ id, incarnation }) => this.storeOf(id) === incarnation);
    if (!isWhole || this.isAwaited() || !replicas[index]!.alive) return;
    this.cluster.crash(index);
    this.cluster.wipe(index);
    this.cluster.restart(index);
  }

  /** A scheduled change may bring in somebody whose store is another one by now. */
  private isAwaited(): boolean {
    return this.cluster.replicas.some(({ state }) => state.horizon.lastHeight !== undefined);
  }

  private storeOf(id: ValidatorId): number | undefined {
    return this.cluster.replicas.find((replica) => replica.id === id)?.disk.incarnation;
  }

  private registered(id: ValidatorId): number {
    return this.cluster.latestSeats.find((seat) => seat.id === id)?.incarnation ?? this.storeOf(id) ?? 0;
  }

  private command(): Command {
    const dice = this.random();
    if (dice < 0.12) return { kind: 'withdraw' };
    if (dice < 0.2)
      return { kind: 'approve', deadline: this.cluster.now().wallMs + Math.floor(this.random() * 5_000) };
    return { kind: 'arm', change: this.change(), notBefore: this.random() < 0.2 ? this.count * 6 : 0 };
  }

  /** One validator joins, leaves, or gets another key or store. What does not fit when it runs changes nothing. */
  private change(): Change {
    const { replicas } = this.cluster;
    const replica = replicas[Math.floor(this.random() * replicas.length)]!;
    const { id, disk } = replica;
    const incarnation = { id, value: disk.incarnation };
    if (disk.incarnation !== this.registered(id)) return { incarnation };
    const dice = this.random();
    if (dice < 0.3) return { join: id, incarnation };
    if (dice < 0.5) return { leave: id };
    if (dice < 0.6) return { parameters: { window: 3 + Math.floor(this.random() * 5) } };
    const generation = (this.generations.get(id) ?? 0) + 1;
    this.generations.set(id, generation);
    return { key: { id, generation } };
  }
}

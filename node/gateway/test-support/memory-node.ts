/** A node in memory for tests: pools, verifies, and certifies when a test says so, or at once. */
import { fromHex } from '../../../shared/codec/hex.ts';
import { transactionSigningBytes } from '../../../shared/codec/ledger.ts';
import {
  type Digest,
  type Height,
  heightOf,
  type TransactionId,
  type ValidatorId,
  viewOf,
} from '../../../shared/types/brands.ts';
import type { Rejection, Transaction } from '../../../shared/types/ledger.ts';
import type { Observation } from '../../consensus/observe.ts';
import { verifyWithSodium } from '../../crypto/sodium.ts';
import { readMembership } from '../../ledger/modules/epochs.ts';
import { payloadsNamed } from '../../ledger/modules/streams.ts';
import { precheck } from '../../ledger/validate.ts';
import type { DiagnosisFacts } from '../../runtime/diagnosis/facts.ts';
import { votersOf } from '../../runtime/diagnosis/reach.ts';
import { createHistogram, latencyBounds } from '../../runtime/telemetry/histogram.ts';
import { createTelemetry } from '../../runtime/telemetry/telemetry.ts';
import { createWaits } from '../../runtime/telemetry/waits.ts';
import type {
  GatewayNode,
  GatewayNodeStatus,
  GatewayPeer,
  GatewayTelemetry,
  SubmissionResult,
  SubmittingMember,
} from '../ports.ts';
import { genesisTime, testGenesis } from './consortium.ts';
import type { MemoryLedger } from './memory-ledger.ts';

export class MemoryNode implements GatewayNode {
  readonly ledger: MemoryLedger;
  readonly pool = new Map<TransactionId, Transaction>();
  /** Certify every submission at once. */
  isEager = false;
  poolMax = 1_000;
  notReadyReason: string | undefined;
  nowMs = genesisTime;
  /** Those that are here. */
  readonly payloads = new Map<Digest, Uint8Array>();
  /** How often each id was handed in. */
  readonly handedIn = new Map<TransactionId, number>();
  readonly #listeners = new Set<() => void>();
  readonly #clock = { monotonicMs: () => this.nowMs, wallMs: () => this.nowMs };
  readonly #telemetry = createTelemetry(this.#clock);
  readonly #waits = createWaits(this.#clock);
  view = viewOf(0);

  constructor(ledger: MemoryLedger) {
    this.ledger = ledger;
  }

  submit(
    transactions: readonly Transaction[],
    _client: SubmittingMember,
    done: (results: readonly SubmissionResult[]) => void,
    payloads: ReadonlyMap<Digest, Uint8Array>,
  ): void {
    for (const [digest, bytes] of payloads) this.payloads.set(digest, bytes);
    const results = transactions.map((transaction): SubmissionResult => {
      const { id } = transaction;
      this.handedIn.set(id, (this.handedIn.get(id) ?? 0) + 1);
      if (this.pool.has(id)) return { ok: true, known: true };
      const rejection = this.#refusal(transaction);
      if (rejection) return { ok: false, rejection };
      this.pool.set(id, transaction);
      this.#waits.arrived(id);
      return { ok: true };
    });
    done(results);
    if (this.isEager) this.certify();
  }

  #refusal(transaction: Transaction): Rejection | undefined {
    if (this.notReadyReason !== undefined) return { code: 'node-starting', facts: {} };
    const { body, bodyBytes, signature } = transaction;
    const message = transactionSigningBytes(this.ledger.network, bodyBytes);
    const refused = precheck(this.ledger.state, transaction, this.nowMs);
    if (refused) return refused;
    if (!verifyWithSodium(fromHex(body.sender), message, signature))
      return { code: 'bad-signature', facts: {} };
    const missing = payloadsNamed(transaction).find(({ digest }) => !this.payloads.has(digest));
    if (missing) return { code: 'payload-missing', facts: { digest: missing.digest } };
    const full = { count: this.pool.size, countMax: this.poolMax, bytes: 0, bytesMax: 0 };
    return this.pool.size >= this.poolMax ? { code: 'pool-full', facts: full } : undefined;
  }

  /** One block of all that waits. */
  certify(stepMs = 1_000): void {
    this.nowMs += stepMs;
    const transactions = [...this.pool.values()];
    this.pool.clear();
    this.#telemetry.durable(this.ledger.commit(transactions, this.nowMs));
    this.#waits.committed(transactions.map(({ id }) => id));
    for (const listener of this.#listeners) listener();
  }

  status(): GatewayNodeStatus {
    const height = this.ledger.indexedHeight();
    const primary = testGenesis.validators[0]?.id;
    if (primary === undefined) throw new Error('the consortium has validators');
    return {
      consensus: {
        mode: 'voting',
        epoch: readMembership(this.ledger.state).epoch,
        view: this.view,
        primary,
        certified: height,
        executed: height,
        slots: [],
        viewChanges: [],
      },
      pool: { transactions: this.pool.size, transactionsMax: this.poolMax, bytes: 0, bytesMax: 1 },
      payloads: { count: this.payloads.size, bytes: 0, missing: 0 },
      ...(this.notReadyReason === undefined ? {} : { notReadyReason: this.notReadyReason }),
    };
  }

  peers(): readonly GatewayPeer[] {
    return testGenesis.validators
      .slice(1)
      .map(({ id }) => ({ validator: id, connected: true, lastMessageAgeMs: 12.5, view: 0, height: 0 }));
  }

  voting(): number | undefined {
    return votersOf(this.diagnosis())?.length;
  }

  /** Changes what `diagnosis` says. */
  facts: Partial<DiagnosisFacts> = {};

  diagnosis(): DiagnosisFacts {
    const [self] = testGenesis.validators.map(({ id }) => id);
    if (self === undefined) throw new Error('the consortium has validators');
    const height = this.ledger.indexedHeight();
    return {
      self,
      validators: testGenesis.validators.map(({ id }) => id).sort(),
      parameters: testGenesis.parameters,
      nowMs: this.nowMs,
      consensus: observationAt(height, self),
      height,
      waiting: { transactions: this.pool.size },
      peers: this.peers().map(({ validator }) => ({ validator, connected: true, silentMs: 12, height })),
      refusals: [],
      host: { loopDelayMs: 1, disk: { path: '/', freeBytes: 1e12, totalBytes: 2e12 } },
      disputed: [],
      ...this.facts,
    };
  }

  telemetry(): GatewayTelemetry {
    const commit = createHistogram(latencyBounds);
    commit.observe(0.002);
    const commits = { votes: commit.snapshot(), ledger: commit.snapshot() };
    const diskBytes = { votes: 1_000, ledger: 2_000, derived: 3_000 };
    return { ...this.#telemetry.snapshot(), waits: this.#waits.snapshot(), commits, diskBytes };
  }

  payload(digest: Digest): Uint8Array | undefined {
    return this.payloads.get(digest);
  }

  pooled(id: TransactionId): Transaction | undefined {
    return this.pool.get(id);
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

const observationAt = (height: Height, primary: ValidatorId): Observation => ({
  mode: 'voting',
  certified: height,
  knownHeight: height,
  view: viewOf(0),
  primary,
  sequence: heightOf(height + 1),
  phase: 'none',
  ballots: testGenesis.validators.map(({ id }) => ({
    validator: id,
    prePrepare: 'not-due',
    prepare: 'not-due',
    commit: 'not-due',
    seal: 'not-due',
  })),
  heartbeatAgesMs: new Map(testGenesis.validators.map(({ id }) => [id, 12])),
  owed: 0,
  strayed: [],
});

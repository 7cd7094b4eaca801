/** A certified ledger in memory for tests: real genesis, real execution, real seals; answers storage's queries. */
import { encode } from '../../../shared/codec/dag-cbor.ts';
import { fromHex } from '../../../shared/codec/hex.ts';
import { batchDigest } from '../../../shared/codec/ledger.ts';
import { sealSigningBytes } from '../../../shared/codec/messages.ts';
import type { CborMap } from '../../../shared/codec/structure.ts';
import { consistencyProof, type Frontier, inclusionProof } from '../../../shared/crypto/merkle.ts';
import { keyDigest, proveKey, type TreeNode } from '../../../shared/crypto/sparse-merkle-tree.ts';
import { quorum } from '../../../shared/protocol/quorum.ts';
import {
  type Digest,
  type Height,
  heightOf,
  type NetworkId,
  type TransactionId,
  type ValidatorId,
} from '../../../shared/types/brands.ts';
import type { Membership } from '../../../shared/types/epochs.ts';
import type { Batch, Certificate, GenesisDocument, Transaction } from '../../../shared/types/ledger.ts';
import { executeBlock } from '../../ledger/execute.ts';
import { buildGenesis, type Genesis } from '../../ledger/genesis.ts';
import { balanceChanges, streamEventOf, touchedBy } from '../../ledger/index-facts.ts';
import { readMembership } from '../../ledger/modules/epochs.ts';
import { readRecord } from '../../ledger/records.ts';
import { stateKeys } from '../../ledger/state-keys.ts';
import type { ExecutedBlock, ExecutedTransaction } from '../../ledger/types.ts';
import type {
  BlockSummary,
  IndexedStreamEvent,
  LedgerQueries,
  Page,
  PageRequest,
  TransactionFilter,
  TransactionRecord,
} from '../../runtime/queries.ts';
import { signBy, testGenesis, testKeyOf } from './consortium.ts';

interface IndexedTransaction extends TransactionRecord {
  readonly ran: ExecutedTransaction;
}

export class MemoryLedger implements LedgerQueries {
  readonly document: GenesisDocument;
  readonly genesis: Genesis;
  readonly network: NetworkId;
  readonly values = new Map<string, Uint8Array>();
  readonly state = { get: (key: string): Uint8Array | undefined => this.values.get(key) };
  readonly #nodes = new Map<string, TreeNode>();
  readonly #blocks: BlockSummary[] = [];
  readonly #transactions: IndexedTransaction[] = [];
  readonly #events: IndexedStreamEvent[] = [];
  #history: Frontier;
  #stateRoot: Digest;

  constructor(document: GenesisDocument = testGenesis) {
    this.document = document;
    this.genesis = buildGenesis(document);
    this.network = this.genesis.network;
    this.#history = this.genesis.history;
    this.#stateRoot = this.genesis.stateRoot;
    this.#apply(this.genesis);
    const { hash, header, headerBytes } = this.genesis;
    this.#blocks.push({
      height: heightOf(0),
      hash,
      header,
      headerBytes,
      transactionCount: 0,
      failedCount: 0,
    });
  }

  recovery(): undefined {
    return undefined;
  }

  /** What governance will do by events: the record in state is another one from now on. */
  changeIdentity(id: string, changes: { status?: string; roles?: string[]; streams?: string[] }): void {
    const key = stateKeys.identity(id);
    const record = readRecord<CborMap>(this.state, key);
    this.values.set(key, encode({ ...record, ...changes }));
  }

  /** Executes and certifies one block. `time` is milliseconds since 1970. */
  commit(transactions: readonly Transaction[], time: number): ExecutedBlock {
    const parent = this.#tip();
    const membership = readMembership(this.state);
    const proposer = membership.validators[0]?.id as ValidatorId;
    const batch: Batch = { time, proposer, ids: transactions.map(({ id }) => id) };
    const block = executeBlock({
      network: this.network,
      height: heightOf(parent.height + 1),
      parent: { hash: parent.hash, time: parent.header.time },
      batch,
      batchDigest: batchDigest(batch),
      transactions,
      state: this.state,
      tree: { getNode: (path) => this.#nodes.get(path) },
      stateRoot: this.#stateRoot,
      history: this.#history,
    });
    this.#apply({ ...block, stateRoot: block.header.state });
    this.#history = block.history;
    this.#index(block, this.#certify(block, membership));
    return block;
  }

  #tip(): BlockSummary {
    return this.#blocks.at(-1) as BlockSummary;
  }

  #apply(
    result: Pick<ExecutedBlock, 'changes' | 'nodes'> & {
      readonly stateRoot: ExecutedBlock['header']['state'];
    },
  ) {
    for (const [key, value] of result.changes) {
      if (value === undefined) this.values.delete(key);
      else this.values.set(key, value);
    }
    for (const [path, node] of result.nodes) {
      if (node === undefined) this.#nodes.delete(path);
      else this.#nodes.set(path, node);
    }
    this.#stateRoot = result.stateRoot;
  }

  #index(block: ExecutedBlock, certificate: Certificate): void {
    const { height, hash, header, headerBytes, ran } = block;
    const failedCount = ran.filter(({ outcome }) => outcome.status === 'failed').length;
    this.#blocks.push({
      height,
      hash,
      header,
      headerBytes,
      certificate,
      transactionCount: ran.length,
      failedCount,
    });
    for (const [index, one] of ran.entries()) {
      const { transaction, outcome, outcomeBytes, sender } = one;
      this.#transactions.push({
        ran: one,
        id: transaction.id,
        height,
        block: hash,
        index,
        time: header.time,
        ...(sender === undefined ? {} : { sender }),
        senderKey: transaction.body.sender,
        action: transaction.body.action,
        envelope: transaction.envelope,
        outcome,
        outcomeBytes,
      });
      for (const event of one.events) {
        const appended = event.type === 'streams.appended' ? streamEventOf(event) : undefined;
        if (appended === undefined) continue;
        const position = this.#events.length;
        this.#events.push({ ...appended, height, transaction: transaction.id, time: header.time, position });
      }
    }
  }

  /** Q seals of the set that was in force before the block. */
  #certify({ height, hash }: ExecutedBlock, { epoch, validators }: Membership): Certificate {
    const content = sealSigningBytes(this.network, { epoch, height, block: hash });
    const seals = validators.slice(0, quorum(validators.length)).map(({ id, consensusKey }) => ({
      validator: id,
      signature: signBy(testKeyOf(consensusKey).seed, content),
    }));
    return { epoch, height, block: hash, seals };
  }

  certifiedHeight(): Height {
    return this.indexedHeight();
  }

  indexedHeight(): Height {
    return this.#tip().height;
  }
  block(at: Height | string): BlockSummary | undefined {
    return typeof at === 'number' ? this.#blocks[at] : this.#blocks.find(({ hash }) => hash === at);
  }
  blocks(page: PageRequest): Page<BlockSummary> {
    return pageOf(this.#blocks, page);
  }
  blockTransactionIds(height: Height): readonly TransactionId[] {
    return this.blockTransactions(height).map(({ id }) => id);
  }

  blockTransactions(height: Height): readonly TransactionRecord[] {
    return this.#transactions.filter((record) => record.height === height);
  }
  transaction(id: string): TransactionRecord | undefined {
    return this.#transactions.find((record) => record.id === id);
  }
  transactions(filter: TransactionFilter, page: PageRequest): Page<TransactionRecord> {
    return pageOf(
      this.#transactions.filter((record) => matches(record, filter)),
      page,
    );
  }
  pairRan(senderKey: string, nonce: string) {
    return this.#transactions.find(
      ({ ran }) => ran.transaction.body.sender === senderKey && ran.transaction.body.nonce === nonce,
    )?.id;
  }
  inclusion(height: Height, index: number) {
    const records = this.blockTransactions(height);
    return {
      transaction: inclusionProof(
        records.map(({ id }) => fromHex(id)),
        index,
      ),
      outcome: inclusionProof(
        records.map(({ outcomeBytes }) => outcomeBytes),
        index,
      ),
    };
  }
  /** By name, as the index has them. */
  streams(prefix: string, page: PageRequest) {
    const names = [...new Set(this.#events.map(({ stream }) => stream))]
      .filter((name) => name.startsWith(prefix))
      .sort();
    const rows = names.map((stream) => {
      const events = this.#events.filter((event) => event.stream === stream);
      const [first, last] = [events[0] as IndexedStreamEvent, events.at(-1) as IndexedStreamEvent];
      const { height: lastHeight, time: lastTime } = last;
      return { stream, length: events.length, firstHeight: first.height, lastHeight, lastTime };
    });
    return pageOf(rows, { ascending: true, ...page });
  }
  streamEvents(stream: string, range: Parameters<LedgerQueries['streamEvents']>[1]) {
    const { from, to = Number.MAX_SAFE_INTEGER, limit, asOf = this.indexedHeight() } = range;
    return this.#events
      .filter((event) => event.stream === stream && event.height <= asOf)
      .filter(({ revision }) => revision >= from && revision <= to)
      .slice(0, limit);
  }
  streamLength(stream: string, asOf: Height = this.indexedHeight()): number | undefined {
    const { length } = this.#events.filter((event) => event.stream === stream && event.height <= asOf);
    return length === 0 ? undefined : length;
  }
  events(fromPosition: number, limit: number): readonly IndexedStreamEvent[] {
    return this.#events.slice(fromPosition, fromPosition + limit);
  }
  assets(prefix: string, page: PageRequest) {
    const all = stateKeys.asset('');
    const ids = [...this.values.keys()].filter((key) => key.startsWith(all + prefix)).sort();
    return pageOf(
      ids.map((key) => key.slice(all.length)),
      page,
    );
  }
  balances(asset: string, asOf: Height = this.indexedHeight()) {
    const sums = new Map<string, bigint>();
    const changes = this.#transactions
      .filter(({ height }) => height <= asOf)
      .flatMap(({ ran }) => ran.events.flatMap(balanceChanges));
    for (const change of changes.filter((one) => one.asset === asset)) {
      sums.set(change.identity, (sums.get(change.identity) ?? 0n) + change.delta);
    }
    return [...sums].map(([identity, amount]) => ({ identity, amount }));
  }
  certifiedState() {
    return { ...this.state, height: this.indexedHeight() };
  }
  stateProof(key: string) {
    const value = this.values.get(key);
    const proof = proveKey((path) => this.#nodes.get(path), keyDigest(key));
    return { height: this.indexedHeight(), proof, ...(value === undefined ? {} : { value }) };
  }
  historyConsistency(from: Height, to: Height) {
    return consistencyProof(this.#hashes(), from, to);
  }
  historyInclusion(height: Height, at: Height) {
    return inclusionProof(this.#hashes().slice(0, at), height);
  }
  #hashes(): Uint8Array[] {
    return this.#blocks.map(({ hash }) => fromHex(hash));
  }
  analytics(by: 'time' | 'action' | 'sender' | 'receiver') {
    const key = (record: TransactionRecord): string =>
      by === 'action'
        ? record.action
        : by === 'sender'
          ? (record.sender ?? '')
          : new Date(record.time).toISOString();
    const keys = [...new Set(this.#transactions.map(key))];
    return keys.map((one) => {
      const records = this.#transactions.filter((record) => key(record) === one);
      const failed = records.filter(({ outcome }) => outcome.status === 'failed').length;
      const bytes = records.reduce((sum, { envelope }) => sum + envelope.length, 0);
      return { key: one, count: records.length, succeeded: records.length - failed, failed, bytes };
    });
  }
}

function matches(record: IndexedTransaction, filter: TransactionFilter): boolean {
  const touched = touchedBy(record.ran);
  const { sender, receiver, action, stream, label, status, fromHeight, toHeight } = filter;
  return (
    (sender === undefined || record.sender === sender) &&
    (receiver === undefined || touched.receivers.includes(receiver)) &&
    (action === undefined || record.action === action) &&
    (stream === undefined || touched.streams.includes(stream)) &&
    (label === undefined || touched.labels.includes(label)) &&
    (status === undefined || record.outcome.status === status) &&
    record.height >= (fromHeight ?? 0) &&
    record.height <= (toHeight ?? Number.MAX_SAFE_INTEGER)
  );
}

/** Cursors are offsets here, and what is none is refused as storage does it. */
function pageOf<Row>(rows: readonly Row[], { cursor, limit, ascending }: PageRequest): Page<Row> {
  if (cursor !== undefined && !/^[0-9]+$/.test(cursor)) {
    throw Object.assign(new Error('cursor-invalid'), { code: 'cursor-invalid' });
  }
  const ordered = ascending === true ? rows : rows.toReversed();
  const start = Number(cursor ?? 0);
  const end = start + limit;
  return { rows: ordered.slice(start, end), ...(end < ordered.length ? { next: String(end) } : {}) };
}

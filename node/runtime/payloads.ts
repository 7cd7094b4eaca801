/**
 * Payloads on this node (design, section 5): durable before what names them is pooled or prepared, fetched by digest,
 * kept and erased as the ledger says. Consensus knows none of it; execution never reads them.
 */
import { saysErasable } from '../../shared/codec/payload.ts';
import type { BatchDigest, Digest, Height, TransactionId, ValidatorId } from '../../shared/types/brands.ts';
import type { Rejection, Transaction } from '../../shared/types/ledger.ts';
import type { NamedPayload } from '../ledger/modules/streams.ts';
import { rejection } from '../ledger/rejections.ts';
import type { RuntimeContext } from './context.ts';
import { createPayloadDropping } from './payload-dropping.ts';
import { createPayloadFetch } from './payload-fetch.ts';
import { type BlockFacts, createPayloadKeeping, type PayloadFigures } from './payload-keeping.ts';
import { createPayloadNeeds } from './payload-needs.ts';
import { createPayloadRoom, type PayloadRoom } from './payload-room.ts';
import { createPayloadWaiting, type PayloadWaiting } from './payload-waiting.ts';
import { hidingErased } from './payloads-leaving.ts';
import type { Conduct } from './peer-conduct.ts';
import type { PayloadBytes } from './ports.ts';
import { payloadAnswerBytes } from './wire-bounds.ts';

export interface Payloads
  extends Pick<PayloadWaiting, 'whenHere'>,
    Pick<PayloadRoom, 'takeForPromises' | 'pooled' | 'left' | 'dropped' | 'passable'> {
  start(): void;
  /** What must still come before these may be ordered. */
  lacking(transactions: readonly Transaction[], isPrepared?: boolean): readonly NamedPayload[];
  named(transaction: Transaction): readonly NamedPayload[];
  /** Why a client's transaction is refused, given what came along with it. */
  refusal(transaction: Transaction, supplied: Supplied): Rejection | undefined;
  /** Of the share of a client's member, for what these name; to be given back once they are pooled, or refused. */
  takeRoom: PayloadRoom['take'];
  /** Makes durable what these transactions name of what came along; at once if they name nothing. */
  store(transactions: readonly Transaction[], supplied: Supplied, done: () => void): void;
  /** Something that is to be ordered names theirs: the sweep leaves them for as long as it may run. */
  noteUse(transactions: readonly Transaction[]): void;
  /** The same of a batch: they are here for its height, whatever becomes of the transactions. */
  heldFor(digest: BatchDigest, sequence: Height, transactions: readonly Transaction[]): void;
  /** A checked transaction of a peer that waits for its payloads. */
  waiting(id: TransactionId): Transaction | undefined;
  buffers: PayloadWaiting['buffers'];
  /**
   * For a batch: of those who have it first, then of anybody. There is always room: a batch names no more than it may
   * (rule N2), and no more of them are open than heights of two windows. To be called again when something changed.
   */
  fetch(payloads: readonly NamedPayload[], batch: NamingBatch, transactions: readonly Transaction[]): void;
  arrived(from: ValidatorId, payloads: readonly Uint8Array[], absent: readonly Digest[]): void;
  /** To a peer that asks. */
  serve(peer: ValidatorId, digests: readonly Digest[]): void;
  /** Not of what members erased. */
  read(digest: Digest): Uint8Array | undefined;
  /** @param settled transactions whose waiting ended with it */
  certified(certified: CertifiedPayloads, settled: readonly TransactionId[]): void;
  opened(): void;
  closed(peer: ValidatorId): void;
  figures(): PayloadFigures;
}

export interface NamingBatch {
  readonly digest: BatchDigest;
  readonly sequence: Height;
  /** Who said that they have it. */
  readonly holders: ReadonlySet<ValidatorId>;
}

interface CertifiedPayloads {
  readonly block: BlockFacts;
  readonly transactions: readonly Transaction[];
}

/** Payloads that came along with envelopes, by digest. */
export type Supplied = ReadonlyMap<Digest, Uint8Array>;

export interface PayloadsEvents {
  /** A batch waits for it. */
  isProposed(digest: Digest): boolean;
  /** Some came, or state moved on: what waited may be complete. */
  changed(): void;
}

export function createPayloads(outer: RuntimeContext, conduct: Conduct, events: PayloadsEvents): Payloads {
  const payloads = hidingErased(outer.ports.payloads, (digest) => needs.isErased(digest));
  const context: RuntimeContext = { ...outer, ports: { ...outer.ports, payloads } };
  const { clock } = context.ports;
  const needs = createPayloadNeeds(context);
  const room = createPayloadRoom(context, needs, (digests) => dropping.drop(digests));
  const dropping = createPayloadDropping(context, room.isNeeded);
  const waiting = createPayloadWaiting(context, needs, room, {
    want: (payload, holders) => fetching.want(payload, { holders, onlyHolders: true }),
  });
  const keeping = createPayloadKeeping(context, {
    want: (payload) => fetching.want(payload, { holders: [], atLeisure: true }),
    isNeeded: room.isNeeded,
  });
  const fetching = createPayloadFetch(context, conduct, {
    isWanted: (digest) =>
      !needs.isErased(digest) &&
      (events.isProposed(digest) || waiting.isWaitedFor(digest) || keeping.isMissing(digest)),
    fetched: (items) => payloads.put(items, clock.wallMs(), () => changed(items.map(({ digest }) => digest))),
    withheld: waiting.withheld,
    unheld: keeping.unheld,
  });

  function changed(digests: readonly Digest[]): void {
    keeping.arrived(digests);
    waiting.recheck();
    events.changed();
    // Whatever asked for them may be gone since.
    dropping.drop(digests);
  }

  function refusal(transaction: Transaction, supplied: Supplied): Rejection | undefined {
    for (const { digest, size, forGood } of needs.named(transaction)) {
      // Execution says so, unless the same event is there already.
      if (needs.isErased(digest)) continue;
      const own = supplied.get(digest);
      const isErasable = own === undefined ? payloads.saysErasable(digest) : saysErasable(own);
      if (forGood === true && isErasable)
        return rejection({ code: 'payload-must-be-erasable', facts: { digest } });
      const bytes = own?.length ?? payloads.size(digest);
      if (bytes === undefined) return rejection({ code: 'payload-missing', facts: { digest } });
      if (bytes !== size)
        return rejection({ code: 'payload-size-mismatch', facts: { digest, bytes, named: size } });
    }
    return undefined;
  }

  function store(transactions: readonly Transaction[], supplied: Supplied, done: () => void): void {
    noteUse(transactions);
    const items = new Map<Digest, PayloadBytes>();
    for (const { digest } of transactions.flatMap(needs.named)) {
      const bytes = supplied.get(digest);
      if (bytes !== undefined && payloads.size(digest) === undefined) items.set(digest, { digest, bytes });
    }
    if (items.size === 0) done();
    else
      payloads.put([...items.values()], clock.wallMs(), () => {
        changed([...items.keys()]);
        done();
      });
  }

  function fetch(
    wanted: readonly NamedPayload[],
    { digest: batch, sequence, holders }: NamingBatch,
    transactions: readonly Transaction[],
  ): void {
    room.named(batch, sequence, transactions);
    // What is here under another word is not asked for: no answer would change it.
    const absent = wanted.filter(({ digest, size }) => payloads.size(digest) !== size);
    for (const payload of absent) fetching.want(payload, { holders });
  }

  function serve(peer: ValidatorId, digests: readonly Digest[]): void {
    const found: Uint8Array[] = [];
    const absent: Digest[] = [];
    let room = payloadAnswerBytes;
    for (const digest of digests) {
      const size = payloads.size(digest);
      if (size !== undefined && size > room && found.length > 0) continue;
      const bytes = size === undefined ? undefined : read(digest);
      if (bytes === undefined) absent.push(digest);
      else {
        found.push(bytes);
        room -= bytes.length;
      }
    }
    context.send(peer, { type: 'payloads', payloads: found, absent });
  }

  function read(digest: Digest): Uint8Array | undefined {
    if (needs.isErased(digest) || payloads.size(digest) === undefined) return undefined;
    const bytes = payloads.get(digest);
    if (bytes === undefined) keeping.damaged(digest);
    return bytes;
  }

  /** Of what peers sent: it may have been here since another transaction brought it. */
  const whenHere: Payloads['whenHere'] = (brought, transactions, take) =>
    waiting.whenHere(brought, transactions, (complete) => {
      noteUse(complete);
      take(complete);
    });

  function noteUse(transactions: readonly Transaction[]): void {
    const digests = transactions.flatMap((transaction) =>
      needs.named(transaction).map(({ digest }) => digest),
    );
    const here = digests.filter((digest) => payloads.size(digest) !== undefined);
    if (here.length > 0) payloads.arrivedAgain(here, clock.wallMs());
  }

  function heldFor(digest: BatchDigest, sequence: Height, transactions: readonly Transaction[]): void {
    noteUse(transactions);
    room.named(digest, sequence, transactions);
  }

  return {
    start: keeping.start,
    lacking: needs.lacking,
    named: needs.named,
    refusal,
    takeRoom: room.take,
    takeForPromises: room.takeForPromises,
    pooled: room.pooled,
    left: room.left,
    dropped: room.dropped,
    passable: room.passable,
    heldFor,
    store,
    whenHere,
    noteUse,
    waiting: waiting.get,
    buffers: waiting.buffers,
    fetch,
    arrived: fetching.arrived,
    serve,
    read,
    certified: ({ block, transactions }, settled) => {
      keeping.certified(block);
      room.certified(block.height, settled, transactions);
      waiting.recheck();
      events.changed();
    },
    opened: fetching.opened,
    closed: (peer) => {
      waiting.closed(peer);
      fetching.closed(peer);
    },
    figures: keeping.figures,
  };
}

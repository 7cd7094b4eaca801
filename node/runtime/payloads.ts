/**
 * Payloads on this node (design, section 5): durable before what names them is pooled or prepared, fetched by digest,
 * kept and erased as the ledger says. Consensus knows none of it; execution never reads them.
 */
import { payloadBytesMax, saysErasable } from '../../shared/codec/payload.ts';
import type { Digest, TransactionId, ValidatorId } from '../../shared/types/brands.ts';
import type { Rejection, Transaction } from '../../shared/types/ledger.ts';
import type { NamedPayload } from '../ledger/modules/streams.ts';
import type { MemberShare } from '../ledger/pool.ts';
import { rejection } from '../ledger/rejections.ts';
import type { RuntimeContext } from './context.ts';
import { looseCharge } from './loose-charge.ts';
import { createLoosePayloads, type LooseRoom, peerShare } from './loose-payloads.ts';
import { createPayloadFetch } from './payload-fetch.ts';
import { type BlockFacts, createPayloadKeeping, type PayloadFigures } from './payload-keeping.ts';
import { createPayloadNeeds } from './payload-needs.ts';
import { createPayloadWaiting, type PayloadWaiting } from './payload-waiting.ts';
import type { Conduct } from './peer-conduct.ts';
import type { PayloadBytes, PayloadShare } from './ports.ts';

export interface Payloads extends Pick<PayloadWaiting, 'whenHere'> {
  start(): void;
  /** What must still come before these may be ordered. */
  lacking(transactions: readonly Transaction[], isPrepared?: boolean): readonly NamedPayload[];
  named(transaction: Transaction): readonly NamedPayload[];
  /** Why a client's transaction is refused, given what came along with it. */
  refusal(transaction: Transaction, supplied: Supplied): Rejection | undefined;
  /** Of the share of a client's member, for what came along; to be given back once it is stored, or refused. */
  takeRoom(client: MemberShare | undefined, bytes: number): LooseRoom;
  /** Makes durable what these transactions name of what came along; at once if they name nothing. */
  store(
    transactions: readonly Transaction[],
    supplied: Supplied,
    share: PayloadShare,
    done: () => void,
  ): void;
  /** Something that is to be ordered names theirs: they stay for as long as it may run. */
  noteUse(transactions: readonly Transaction[]): void;
  /** A checked transaction of a peer that waits for its payloads. */
  waiting(id: TransactionId): Transaction | undefined;
  /**
   * For a batch: of those who have it first, then of anybody. None while whoever proposed it has no room left: to be
   * called again when something changed.
   */
  fetch(payloads: readonly NamedPayload[], batch: NamingBatch): void;
  arrived(from: ValidatorId, payloads: readonly Uint8Array[], absent: readonly Digest[]): void;
  /** To a peer that asks. */
  serve(peer: ValidatorId, digests: readonly Digest[]): void;
  /** Not of what members erased. */
  read(digest: Digest): Uint8Array | undefined;
  certified(certified: { readonly block: BlockFacts; readonly transactions: readonly Transaction[] }): void;
  opened(): void;
  closed(peer: ValidatorId): void;
  figures(): PayloadFigures;
}

export interface NamingBatch {
  /** Who said that they have it; the first one proposed it. */
  readonly holders: ReadonlySet<ValidatorId>;
  /** A quorum prepared it (rule N5): then they are fetched, whoever proposed it. */
  readonly reproposal: boolean;
}

/** Payloads that came along with envelopes, by digest. */
export type Supplied = ReadonlyMap<Digest, Uint8Array>;

export interface PayloadsEvents {
  /** A batch waits for it. */
  isProposed(digest: Digest): boolean;
  /** Some came, or state moved on: what waited may be complete. */
  changed(): void;
}

/** Of one answer, unless a single payload is larger. */
const answerBytesMax = 2 * payloadBytesMax;

export function createPayloads(context: RuntimeContext, conduct: Conduct, events: PayloadsEvents): Payloads {
  const { payloads, clock } = context.ports;
  const needs = createPayloadNeeds(context);
  const loose = createLoosePayloads(context);
  const waiting = createPayloadWaiting(context, needs, {
    leftFor: loose.leftFor,
    want: (payload, from, holders) =>
      fetching.want(payload, { holders, share: peerShare(from), onlyHolders: true }),
  });
  const keeping = createPayloadKeeping(context, {
    want: (payload) => fetching.want(payload, { holders: [], share: 'node', atLeisure: true }),
    // There may be room now for what waits.
    swept: () => events.changed(),
  });
  const fetching = createPayloadFetch(context, conduct, {
    isWanted: (digest) =>
      !needs.isErased(digest) &&
      (events.isProposed(digest) || waiting.isWaitedFor(digest) || keeping.isMissing(digest)),
    fetched: (items, share) => put(items, share, () => changed(items.map(({ digest }) => digest))),
    withheld: waiting.withheld,
    unheld: keeping.unheld,
  });

  /** What was erased while it was on its way is not written any more. */
  function put(items: readonly PayloadBytes[], share: PayloadShare, done: () => void): void {
    const present = items.filter(({ digest }) => !needs.isErased(digest));
    if (present.length === 0) done();
    else payloads.put(present, { atMs: clock.wallMs(), share }, done);
  }

  function changed(digests: readonly Digest[]): void {
    keeping.arrived(digests);
    waiting.recheck();
    events.changed();
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

  function store(
    transactions: readonly Transaction[],
    supplied: Supplied,
    share: PayloadShare,
    done: () => void,
  ): void {
    noteUse(transactions);
    const items = new Map<Digest, PayloadBytes>();
    for (const { digest } of transactions.flatMap(needs.named)) {
      const bytes = supplied.get(digest);
      if (bytes !== undefined && payloads.size(digest) === undefined) items.set(digest, { digest, bytes });
    }
    if (items.size === 0) done();
    else
      put([...items.values()], share, () => {
        changed([...items.keys()]);
        done();
      });
  }

  function fetch(wanted: readonly NamedPayload[], { holders, reproposal }: NamingBatch): void {
    const [proposer] = holders;
    const mayTakeAll = reproposal || proposer === undefined;
    const bytes = wanted.reduce((sum, { size }) => sum + looseCharge(size), 0);
    if (!mayTakeAll && bytes > loose.leftForBatches(proposer)) {
      const detail = `a batch waits: ${bytes} bytes of its payloads are above what is left for its proposer`;
      context.reject('payload-share-full', proposer, 'M3', detail);
      return;
    }
    const share = mayTakeAll ? 'node' : peerShare(proposer);
    // What is here under another word is not asked for: no answer would change it.
    const absent = wanted.filter(({ digest, size }) => payloads.size(digest) !== size);
    for (const payload of absent) fetching.want(payload, { holders, share });
  }

  function serve(peer: ValidatorId, digests: readonly Digest[]): void {
    const found: Uint8Array[] = [];
    const absent: Digest[] = [];
    let room = answerBytesMax;
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
  function whenHere(
    from: ValidatorId,
    transactions: readonly Transaction[],
    take: (complete: readonly Transaction[]) => void,
  ): void {
    waiting.whenHere(from, transactions, (complete) => {
      noteUse(complete);
      take(complete);
    });
  }

  const digestsNamed = (transactions: readonly Transaction[]): readonly Digest[] =>
    transactions.flatMap((transaction) => needs.named(transaction).map(({ digest }) => digest));

  function noteUse(transactions: readonly Transaction[]): void {
    const here = digestsNamed(transactions).filter((digest) => payloads.size(digest) !== undefined);
    if (here.length > 0) payloads.arrivedAgain(here, clock.wallMs());
  }

  return {
    start: keeping.start,
    lacking: needs.lacking,
    named: needs.named,
    refusal,
    takeRoom: loose.take,
    store,
    whenHere,
    noteUse,
    waiting: waiting.get,
    fetch,
    arrived: fetching.arrived,
    serve,
    read,
    certified: ({ block, transactions }) => {
      // Also of those that were refused or skipped: what was ordered is no reason to fetch less of who proposed it.
      payloads.giveBackRoom(digestsNamed(transactions));
      keeping.certified(block);
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

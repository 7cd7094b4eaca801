/**
 * Room for payloads of transactions that are not ordered yet: what is on the disk and on no ledger must not fill it,
 * and nobody may take the room of others. It is bound to the pool: a transaction takes room from when its payloads are
 * asked for until it leaves the pool, ordered, refused or expired by certified time; what then nothing needs is dropped.
 *
 * What honest nodes owe one another rests on these shares being the same everywhere (docs/payloads.md): what one of
 * them spreads, hands over or passes on fits the share that it has at every other.
 */
import { envelopePayloadBytesMax } from '../../shared/codec/payload.ts';
import type { BatchDigest, Digest, Height, TransactionId } from '../../shared/types/brands.ts';
import type { Rejection, Transaction } from '../../shared/types/ledger.ts';
import { readPayload } from '../ledger/modules/payloads.ts';
import type { MemberShare } from '../ledger/pool.ts';
import { rejection } from '../ledger/rejections.ts';
import { parametersOf, type RuntimeContext, validatorsOf } from './context.ts';
import type { PayloadNeeds } from './payload-needs.ts';
import { createPayloadUses, type PayloadShare, type PeerShare } from './payload-uses.ts';

export interface PayloadRoom {
  /**
   * For what a client's transactions name, until it is given back: once they are in the pool, or refused. What waits
   * here already stays for the request as well, and is in the room of who brought it.
   * @param client none: what this node submits itself
   */
  take(client: MemberShare | undefined, transactions: readonly Transaction[]): RequestRoom;
  /**
   * The same for what this node promised before it started: it always has room, in the node's own share.
   * @returns gives it back
   */
  takeForPromises(transactions: readonly Transaction[]): () => void;
  /** They are in the pool now, or will be unless they are refused: in the share of whoever brought them. */
  pooled(transactions: readonly Transaction[], by: MemberShare | PeerShare | undefined): void;
  /** Of a checked transaction that a peer brought: false if its share has no room for it. Once it has some, it has. */
  admit(transaction: Transaction, share: PeerShare): boolean;
  /** They left the pool, or never came there. */
  left(ids: Iterable<TransactionId>): void;
  /**
   * A batch that is looked at, proposed or prepared names theirs: they stay for as long as it may be held (batches.ts),
   * since who holds it prepares it at another height without a look.
   */
  named(digest: BatchDigest, sequence: Height, transactions: readonly Transaction[]): void;
  /** The batch is looked at no more, and was not held. */
  dropped(digest: BatchDigest): void;
  /** This block is final: transactions that it settled have left, and batches a window below it have ended. */
  certified(height: Height, settled: Iterable<TransactionId>, ordered: readonly Transaction[]): void;
  /** Of what one peer handed over, the first ones that every primary has room for if this node passes them on. */
  passable(transactions: readonly Transaction[]): readonly Transaction[];
  isNeeded(digest: Digest): boolean;
}

export interface RequestRoom {
  /** There is none for this one: it does not wait here yet, and brings what the ledger does not have. */
  refusal(transaction: Transaction): Rejection | undefined;
  giveBack(): void;
}

/** Bytes of a share that one payload takes: rows cost more than what they hold, and many small ones would cost nothing. */
const looseCharge = (size: number): number => Math.max(size, chargeMin);

const chargeMin = 1_024;

type RoomContext = Pick<RuntimeContext, 'epochs' | 'tuning'> & {
  readonly ports: Pick<RuntimeContext['ports'], 'state'>;
};

/** @param free nothing that waits or may be ordered needs these any more */
export function createPayloadRoom(
  context: RoomContext,
  needs: Pick<PayloadNeeds, 'named'>,
  free: (digests: readonly Digest[]) => void,
): PayloadRoom {
  const { tuning, ports } = context;
  const uses = createPayloadUses();
  /** Heights of batches that are open. */
  const open = new Map<BatchDigest, Height>();
  let requests = 0;

  function take(client: MemberShare | undefined, transactions: readonly Transaction[]): RequestRoom {
    const share = shareOf(client);
    const asked = chargeOfMore(transactions);
    const [bytes, bytesMax] = [uses.bytesOf(share) + asked, clientBytesMax(client)];
    const isFull = asked > 0 && bytes > bytesMax;
    const refused = new Set(isFull ? transactions.filter(isCharged).map(({ id }) => id) : []);
    const taken = transactions.filter(({ id }) => !refused.has(id));
    return {
      refusal: ({ id }) =>
        refused.has(id)
          ? rejection({ code: 'payload-share-full', facts: { share, bytes, bytesMax } })
          : undefined,
      giveBack: beginRequest(taken, share, isFull ? 0 : asked),
    };
  }

  const takeForPromises = (transactions: readonly Transaction[]): (() => void) =>
    beginRequest(transactions, 'node', chargeOfMore(transactions));

  /** Also of what others brought: it may leave the pool, or its peer this node, while the request is on its way. */
  function beginRequest(
    transactions: readonly Transaction[],
    share: PayloadShare,
    bytes: number,
  ): () => void {
    requests += 1;
    const user = `request ${requests}`;
    uses.begin(user, { digests: transactions.flatMap(digestsOf), share, bytes });
    return () => free(uses.end([user]));
  }

  /** What waits here already is in the room of whoever brought it. */
  const isMore = ({ id }: Transaction): boolean => !uses.has(id);

  const isCharged = (transaction: Transaction): boolean => isMore(transaction) && chargeOf(transaction) > 0;

  const chargeOfMore = (transactions: readonly Transaction[]): number =>
    transactions.filter(isMore).reduce((sum, transaction) => sum + chargeOf(transaction), 0);

  /** Enough for one envelope, however many members there are. */
  function clientBytesMax(client: MemberShare | undefined): number {
    const all = tuning.loosePayloadBytesMax;
    if (client === undefined) return all;
    return Math.max(Math.floor(all / Math.max(1, client.members)), envelopePayloadBytesMax);
  }

  function pooled(transactions: readonly Transaction[], by: MemberShare | PeerShare | undefined): void {
    const share = typeof by === 'string' ? by : shareOf(by);
    for (const transaction of transactions) begin(transaction, share);
  }

  function admit(transaction: Transaction, share: PeerShare): boolean {
    if (uses.has(transaction.id)) return true;
    const bytes = chargeOf(transaction);
    if (bytes > 0 && uses.bytesOf(share) + bytes > peerBytesMax(share)) return false;
    begin(transaction, share);
    return true;
  }

  /** One of the oldest K always fits, and a transaction of each peer that this one passes on. */
  function peerBytesMax(share: PeerShare): number {
    if (share.startsWith('handed-over:'))
      return parametersOf(context).waitingPerPeer * envelopePayloadBytesMax;
    if (share.startsWith('passed-on:')) return otherValidators() * passedOnBytesMax();
    return tuning.loosePayloadBytesPerPeerMax;
  }

  const otherValidators = (): number => Math.max(1, validatorsOf(context).length - 1);

  const passedOnBytesMax = (): number =>
    Math.max(Math.floor(tuning.loosePayloadBytesPerPeerMax / otherValidators()), envelopePayloadBytesMax);

  function begin(transaction: Transaction, share: PayloadShare): void {
    const digests = digestsOf(transaction);
    if (digests.length === 0 || uses.has(transaction.id)) return;
    uses.begin(transaction.id, { digests, share, bytes: chargeOf(transaction) });
  }

  const digestsOf = (transaction: Transaction): readonly Digest[] =>
    needs.named(transaction).map(({ digest }) => digest);

  /** What the ledger has takes nobody's room. */
  const chargeOf = (transaction: Transaction): number =>
    needs
      .named(transaction)
      .filter(({ digest }) => readPayload(ports.state, digest) === undefined)
      .reduce((sum, { size }) => sum + looseCharge(size), 0);

  function named(digest: BatchDigest, sequence: Height, transactions: readonly Transaction[]): void {
    const digests = transactions.flatMap(digestsOf);
    if (digests.length === 0) return;
    const before = open.get(digest);
    open.set(digest, before === undefined || before < sequence ? sequence : before);
    uses.begin(digest, { digests });
  }

  function dropped(digest: BatchDigest): void {
    if (open.delete(digest)) free(uses.end([digest]));
  }

  function certified(
    height: Height,
    settled: Iterable<TransactionId>,
    ordered: readonly Transaction[],
  ): void {
    const { window } = parametersOf(context);
    const ended = [...open].filter(([, sequence]) => sequence <= height - window).map(([digest]) => digest);
    for (const digest of ended) open.delete(digest);
    const unneeded = uses.end([...settled, ...ended]);
    if (unneeded.length === 0) return;
    // Whoever is behind may be asked to prepare them once more (rule N5): these wait for the sweep.
    const isOrdered = new Set(ordered.flatMap(digestsOf));
    free(unneeded.filter((digest) => !isOrdered.has(digest)));
  }

  function passable(transactions: readonly Transaction[]): readonly Transaction[] {
    let left = passedOnBytesMax();
    return transactions.filter((transaction) => {
      const bytes = chargeOf(transaction);
      const fits = bytes <= left;
      // Nothing smaller in the place of what has to wait: what was passed on before stays among the first.
      left = fits ? left - bytes : 0;
      return fits;
    });
  }

  return {
    take,
    takeForPromises,
    pooled,
    admit,
    left: (ids) => free(uses.end(ids)),
    named,
    dropped,
    certified,
    passable,
    isNeeded: uses.isNeeded,
  };
}

const shareOf = (client: MemberShare | undefined): PayloadShare =>
  client === undefined ? 'node' : `member:${client.member}`;

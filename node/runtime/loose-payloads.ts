/**
 * Room for payloads that no certified event names yet: what is on the disk and on no ledger must not fill it, and
 * nobody may take the room of others. Each member's clients have an equal share; what is fetched because a peer named
 * it takes that peer's. A share is free again as its payloads are recorded by the ledger, or swept.
 */
import { envelopePayloadBytesMax } from '../../shared/codec/payload.ts';
import type { ValidatorId } from '../../shared/types/brands.ts';
import type { Rejection } from '../../shared/types/ledger.ts';
import type { MemberShare } from '../ledger/pool.ts';
import { rejection } from '../ledger/rejections.ts';
import type { RuntimeContext } from './context.ts';
import type { PayloadShare } from './ports.ts';

export interface LoosePayloads {
  /**
   * Takes room for what a client brought, until it is given back: once it is written, or refused.
   * @param client none: what this node submits itself
   */
  take(client: MemberShare | undefined, bytes: number): LooseRoom;
  /** What is left for transactions that this peer spreads. Never below 0. */
  leftFor(peer: ValidatorId): number;
  /** The same for what its batches name: as much again, so that what it spreads never keeps it from proposing. */
  leftForBatches(peer: ValidatorId): number;
}

export interface LooseRoom {
  readonly share: PayloadShare;
  /** There is none: nothing was taken. */
  readonly refusal?: Rejection;
  giveBack(): void;
}

export const peerShare = (peer: ValidatorId): PayloadShare => `peer:${peer}`;

type LooseContext = {
  readonly ports: Pick<RuntimeContext['ports'], 'payloads'>;
  readonly tuning: Pick<RuntimeContext['tuning'], 'loosePayloadBytesMax' | 'loosePayloadBytesPerPeerMax'>;
};

export function createLoosePayloads({ ports: { payloads }, tuning }: LooseContext): LoosePayloads {
  /** On their way to the disk, where the store does not count them yet. */
  const underway = new Map<PayloadShare, number>();

  function take(client: MemberShare | undefined, more: number): LooseRoom {
    const share: PayloadShare = client === undefined ? 'node' : `member:${client.member}`;
    const bytesMax = shareOf(client);
    const bytes = payloads.looseBytesOf(share) + (underway.get(share) ?? 0) + more;
    if (more > 0 && bytes > bytesMax)
      return {
        share,
        refusal: rejection({ code: 'payload-share-full', facts: { share, bytes, bytesMax } }),
        giveBack: () => undefined,
      };
    add(share, more);
    let isTaken = true;
    const giveBack = (): void => {
      if (isTaken) add(share, -more);
      isTaken = false;
    };
    return { share, giveBack };
  }

  /** Enough for one envelope, however many members there are. */
  function shareOf(client: MemberShare | undefined): number {
    const all = tuning.loosePayloadBytesMax;
    if (client === undefined) return all;
    return Math.max(Math.floor(all / Math.max(1, client.members)), envelopePayloadBytesMax);
  }

  function add(share: PayloadShare, bytes: number): void {
    const sum = (underway.get(share) ?? 0) + bytes;
    if (sum > 0) underway.set(share, sum);
    else underway.delete(share);
  }

  const left = (peer: ValidatorId, bytesMax: number): number =>
    Math.max(0, bytesMax - payloads.looseBytesOf(peerShare(peer)));

  return {
    take,
    leftFor: (peer) => left(peer, tuning.loosePayloadBytesPerPeerMax),
    leftForBatches: (peer) => left(peer, 2 * tuning.loosePayloadBytesPerPeerMax),
  };
}

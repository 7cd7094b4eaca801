/**
 * What follows here when consensus stands in another epoch (rule E1): whatever belongs to an epoch moves on at that
 * output, before anything of the new one is written, signed or sent. All of it is derived from the block that handed
 * over, which is on disk: a crash in between is a start behind that block.
 */
import type { Epoch, TransactionId } from '../../shared/types/brands.ts';
import type { Output } from '../consensus/types.ts';
import type { RuntimeContext } from './context.ts';
import type { BlockStorePort, SignerPort } from './ports.ts';

export interface EpochChange {
  entered(output: Output & { readonly type: 'epoch-entered' }): void;
}

export interface EpochRooms {
  /** Asks anew who holds what of ours, and tells where we stand. */
  readonly peers: { entered(): void };
  /** @returns what no longer fits the network's limits, and waits no longer */
  readonly room: { entered(): readonly TransactionId[] };
  readonly submission: { settled(ids: readonly TransactionId[]): void };
  /** Blocks of the new epoch that came early are judged again. */
  readonly catchUp: { advanced(): void };
  /** Says whether this node votes in it, and why not. */
  tellStanding(): void;
}

export function createEpochChange(context: RuntimeContext, rooms: EpochRooms): EpochChange {
  const { epochs, ports } = context;

  function entered({ epoch, firstHeight, mode }: Output & { readonly type: 'epoch-entered' }): void {
    const over = epochs.current().epoch;
    epochs.enter(epoch);
    ports.votes.enterEpoch(epoch, firstHeight);
    advanceSigner(ports, over, epoch);
    rooms.peers.entered();
    const dropped = rooms.room.entered();
    rooms.submission.settled(dropped);
    ports.log.write('info', 'epoch-entered', {
      rule: 'E1',
      epoch,
      firstHeight,
      mode,
      dropped: dropped.length,
    });
    rooms.tellStanding();
    // Everybody drops the same, or whoever did not would suspect the primaries of all others (rule F2).
    if (dropped.length > 0) context.feed({ type: 'settled', ids: dropped });
    rooms.catchUp.advanced();
  }

  return { entered };
}

/** The signer follows each hand-over from `from` up to the epoch `to`; one that it has followed is no fault. */
export function advanceSigner(
  { blocks, signer }: { readonly blocks: BlockStorePort; readonly signer: SignerPort },
  from: Epoch,
  to: Epoch,
): void {
  for (let epoch: number = from; epoch < to; epoch += 1) {
    const end = blocks.epochEnd(epoch as Epoch);
    if (end?.nextValidators === undefined) throw new Error(`The end of epoch ${epoch} is not on disk`);
    const { header, certificate, nextValidators } = end;
    signer.advance({ header, certificate, nextValidators });
  }
}

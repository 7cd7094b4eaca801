/**
 * What follows here when consensus stands in another epoch (rule E1): whatever belongs to an epoch moves on at that
 * output, before anything of the new one is written, signed or sent. All of it is derived from the block that handed
 * over, which is on disk: a crash in between is a start behind that block.
 */
import { type Epoch, epochOf, type TransactionId } from '../../shared/types/brands.ts';
import type { Output } from '../consensus/types.ts';
import type { RuntimeContext } from './context.ts';
import { readIntact } from './damage.ts';
import type { RuntimePorts } from './ports.ts';
import { linkBehind } from './recoveries.ts';

export interface EpochChange {
  entered(output: Output & { readonly type: 'epoch-entered' }): void;
}

export interface EpochRooms {
  /** Asks anew who holds what of ours, and tells where we stand. */
  readonly peers: { entered(): void };
  /** @returns what no longer fits the network's limits, and waits no longer */
  readonly room: { entered(): readonly TransactionId[] };
  readonly submission: { settled(ids: readonly TransactionId[]): void };
  readonly payloads: { left(ids: readonly TransactionId[]): void };
  /** Blocks of the new epoch that came early are judged again. */
  readonly catchUp: { advanced(): void };
  /** Says whether this node votes in it, and why not. */
  tellStanding(): void;
  halt(code: string, facts: { readonly [name: string]: unknown }): void;
}

export function createEpochChange(context: RuntimeContext, rooms: EpochRooms): EpochChange {
  const { epochs, ports } = context;

  function entered({ epoch, firstHeight, mode }: Output & { readonly type: 'epoch-entered' }): void {
    const over = epochs.current().epoch;
    epochs.enter(epoch);
    ports.votes.enterEpoch(epoch, firstHeight);
    if (!hasAdvanced(over, epoch)) return;
    rooms.peers.entered();
    const dropped = rooms.room.entered();
    rooms.submission.settled(dropped);
    rooms.payloads.left(dropped);
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

  /** A signer that cannot follow would refuse everything: the next start fetches the block again first. */
  function hasAdvanced(over: Epoch, epoch: Epoch): boolean {
    const done = readIntact(
      () => {
        advanceSigner(ports, over, epoch);
        return true;
      },
      ({ facts }) => rooms.halt('data-damaged', { ...facts, epoch: over }),
    );
    return done === true;
  }

  return { entered };
}

/**
 * The signer follows each hand-over from `from` up to the epoch `to`; one that it has followed is no fault. A set that
 * is damaged beside the blocks is read from state, which keeps that of every epoch.
 * Throws what storage does where the block itself is damaged.
 */
export function advanceSigner(
  { blocks, signer, state }: Pick<RuntimePorts, 'blocks' | 'signer' | 'state'>,
  from: Epoch,
  to: Epoch,
): void {
  if (signer.advance === undefined) return;
  for (let epoch = from; epoch < to; epoch = epochOf(epoch + 1)) {
    const link = linkBehind(blocks, epoch, state);
    if (link === undefined) throw new Error(`The end of epoch ${epoch} is not on disk`);
    signer.advance(link);
  }
}

/**
 * Rule M3 at the boundary: others may be in the next epoch before this replica is. What they say there is held, once
 * its block that schedules the epoch is certified here. Holds where signatures are verified within the call.
 */
import { decodeMessage } from '../../../shared/codec/messages.ts';
import type { ValidatorId } from '../../../shared/types/brands.ts';
import type { ConsensusMessage } from '../../../shared/types/messages.ts';
import type { BufferFigure } from '../../consensus/buffers.ts';
import type { ConsensusView } from '../../consensus/types.ts';
import { decodeLinkMessage } from '../../runtime/wire.ts';
import type { EpochFold } from '../epoch-fold.ts';

export interface Standing {
  readonly view: ConsensusView;
  readonly buffers: readonly BufferFigure[];
}

export interface NextEpochWatch {
  /** Hands the frame over; undefined, or what is not held that should be. */
  receive(to: ValidatorId, from: ValidatorId, frame: Uint8Array, handOver: () => void): string | undefined;
}

const validatorsMax = 64;

/**
 * @param isHonest says what it does in its own name, and remembers what it did
 * @param standingOf undefined while it is down
 */
export function createNextEpochWatch(
  epochs: EpochFold,
  isHonest: (id: ValidatorId) => boolean,
  standingOf: (id: ValidatorId) => Standing | undefined,
): NextEpochWatch {
  function receive(
    to: ValidatorId,
    from: ValidatorId,
    frame: Uint8Array,
    handOver: () => void,
  ): string | undefined {
    const before = standingOf(to);
    const early = before !== undefined && isHonest(to) ? earlyIn(from, frame, before.view) : undefined;
    handOver();
    const after = standingOf(to);
    if (early === undefined || before === undefined || after?.view.epoch !== before.view.epoch)
      return undefined;
    if (after.view.mode === 'halted' || heldIn(after) > 0) return undefined;
    const next = before.view.epoch + 1;
    return `${to} holds nothing of epoch ${next}, although a ${early.kind} of ${from} in it arrived (rule M3)`;
  }

  /** A vote or seal of its sender in the epoch that the receiver knows to be next. */
  function earlyIn(from: ValidatorId, frame: Uint8Array, view: ConsensusView): ConsensusMessage | undefined {
    const { armedAt, firstHeight, validators } = epochs.of(view.epoch + 1) ?? {};
    if (armedAt === undefined || firstHeight === undefined || view.certified < armedAt) return undefined;
    if (!isHonest(from) || validators?.has(from) !== true) return undefined;
    const { parameters } = epochs.of(view.epoch)!;
    const message = decodeLinkMessage(frame, parameters);
    if (message.type !== 'consensus') return undefined;
    const limits = { ...parameters, validators: validatorsMax };
    return message.messages
      .map((bytes) => decodeMessage(bytes, limits))
      .find((one) => {
        const slot = slotOf(one);
        return (
          slot?.epoch === view.epoch + 1 &&
          slot.sender === from &&
          slot.height >= firstHeight &&
          slot.height < firstHeight + parameters.window
        );
      });
  }

  return { receive };
}

const heldIn = ({ buffers }: Standing): number =>
  buffers.find(({ name }) => name === 'next epoch')?.size ?? 0;

/** Of what nests nothing: that is verified at once, whatever else is known here. */
function slotOf(
  message: ConsensusMessage,
): { readonly epoch: number; readonly sender: ValidatorId; readonly height: number } | undefined {
  switch (message.kind) {
    case 'seal':
      return message;
    case 'prepare':
    case 'commit': {
      const { epoch, sender, sequence } = message.vote;
      return { epoch, sender, height: sequence };
    }
    default:
      return undefined;
  }
}

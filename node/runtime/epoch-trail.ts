/**
 * Which set seals which heights, above what is executed here too: a proven header that hands over leads to the set
 * that follows (rules C1, E2). What is only scheduled is not believed: it may still be withdrawn.
 */
import type { BlockHash, Epoch, Height, NetworkId } from '../../shared/types/brands.ts';
import type { EpochBook } from './epoch-book.ts';
import type { HandOver } from './ports.ts';
import type { Recoveries } from './recoveries.ts';
import { type SignerSet, type Signers, signerSet } from './signatures.ts';

export interface EpochTrail extends Signers {
  readonly network: NetworkId;
  /** The epoch that seals this height, as far as is known: a hand-over that is not may stand between. */
  epochAt(height: Height): Epoch;
  /** The block that an accepted recovery keeps at this height: no other is taken. */
  kept(height: Height): BlockHash | undefined;
  /** The recovery alone proves it. The first one that it names has a certificate, without which nobody else can take it. */
  needsNoSeals(height: Height): boolean;
  /** Proven: their certificates were verified, or they were executed here. */
  learn(handOvers: readonly HandOver[]): void;
}

interface Span {
  readonly firstHeight: number;
  readonly set: SignerSet;
}

/** @param recoveries they lead on where no header hands over */
export function createEpochTrail(
  network: NetworkId,
  epochs: EpochBook,
  recoveries: Pick<Recoveries, 'all' | 'kept'> = { all: [], kept: () => undefined },
): EpochTrail {
  const spans = recoveries.all.map(({ height, certificate: { content } }) => ({
    epoch: content.epoch,
    firstHeight: height + 1,
    set: signerSet(network, content.validators),
  }));

  function epochAt(height: Height): Epoch {
    const reached = spans.filter(({ firstHeight }) => firstHeight <= height).map(({ epoch }) => epoch);
    return Math.max(epochs.epochAt(height), ...reached) as Epoch;
  }

  function setOf(epoch: Epoch): SignerSet | undefined {
    const known = epoch <= epochs.current().epoch ? epochs.setOf(epoch) : undefined;
    return known ?? spans.find((span) => span.epoch === epoch)?.set;
  }

  const needsNoSeals = (height: Height): boolean =>
    recoveries.all.some((one) => one.base < height && height <= one.height);

  return trailAbove({ network, epochAt, setOf, kept: recoveries.kept, needsNoSeals });
}

/** For one range: what it hands over to leads on inside it, before anything of it is proven. */
export const branchOf = (trail: EpochTrail): EpochTrail => trailAbove(trail);

function trailAbove(below: Omit<EpochTrail, 'learn'>): EpochTrail {
  const { network, kept, needsNoSeals } = below;
  const learnt = new Map<Epoch, Span>();

  function setOf(epoch: Epoch): SignerSet | undefined {
    const known = below.setOf(epoch);
    if (known !== undefined) learnt.delete(epoch);
    return known ?? learnt.get(epoch)?.set;
  }

  function epochAt(height: Height): Epoch {
    let last = below.epochAt(height);
    for (const [epoch, { firstHeight }] of learnt) if (firstHeight <= height && epoch > last) last = epoch;
    return last;
  }

  function learn(handOvers: readonly HandOver[]): void {
    for (const { header, nextValidators } of handOvers) {
      if (below.setOf(header.nextEpoch) !== undefined) continue;
      learnt.set(header.nextEpoch, {
        firstHeight: header.height + 1,
        set: signerSet(network, nextValidators),
      });
    }
  }

  return { network, setOf, epochAt, kept, needsNoSeals, learn };
}

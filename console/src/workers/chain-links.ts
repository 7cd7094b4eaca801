/** What blocks do not say themselves: who seals the next epoch, and what led over a place that no quorum proves. */
import { CodecError } from '../../../shared/codec/codec-error.ts';
import { decodeHeader } from '../../../shared/codec/ledger.ts';
import { opening } from '../../../shared/protocol/verify-receipt.ts';
import type { EpochLink } from '../../../shared/types/ledger.ts';
import type { ServedBlock } from './chain-source.ts';

/** Asks a gateway for the link into an epoch; undefined if it knows of none. */
export type AskLink = (epoch: number) => Promise<EpochLink | undefined>;

/**
 * The blocks with the links that they need: the last one of an epoch with the set that follows, blocks without a seal
 * and the first one of an epoch that no block handed over to with the recovery. Nothing is judged here: bytes that are no
 * header stay as they are, and fail as such.
 * @param epoch that the block before the first of these leads to
 */
export async function withLinks(
  askLink: AskLink,
  epoch: number,
  blocks: readonly ServedBlock[],
): Promise<readonly ServedBlock[]> {
  const asked = new Map<number, Promise<EpochLink | undefined>>();
  const linkInto = (into: number): Promise<EpochLink | undefined> => {
    const link = asked.get(into) ?? askLink(into);
    asked.set(into, link);
    return link;
  };
  const linked: ServedBlock[] = [];
  let expected = epoch;
  for (const block of blocks) {
    const header = opening(() => decodeHeader(block.header));
    if (header instanceof CodecError) {
      linked.push(block);
      continue;
    }
    const recovered = header.epoch > expected ? header.epoch : unsealedEnd(block, header.epoch);
    const recovery = recovered === undefined ? undefined : await linkInto(recovered);
    const next = header.nextEpoch === header.epoch ? undefined : await linkInto(header.nextEpoch);
    linked.push({
      ...block,
      ...(recovery !== undefined && 'recovery' in recovery && { recovery }),
      ...(next !== undefined && { nextValidators: next.nextValidators }),
    });
    expected = header.nextEpoch;
  }
  return linked;
}

/** A block without a seal is kept by the recovery that ended its epoch, if by anything. */
const unsealedEnd = ({ certificate }: ServedBlock, epoch: number): number | undefined =>
  certificate.seals.length === 0 ? epoch + 1 : undefined;

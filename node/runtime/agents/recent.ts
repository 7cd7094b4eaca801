/**
 * Which block a joiner may name (rule E3): one of not long ago, in blocks or in time, whichever allows more. A network
 * that makes forty blocks a second is four windows further before anybody could call the joiner, ask and attest; one
 * that makes a block an hour says nothing by its clock.
 */
import { decodeHeader, headerHash } from '../../../shared/codec/ledger.ts';
import type { BlockHash, Height } from '../../../shared/types/brands.ts';
import { parametersOf, type RuntimeContext } from '../context.ts';
import { readIntact } from '../damage.ts';

const windowsMax = 4;
/** By the clock of the blocks, milliseconds. */
const recentMs = 30_000;

export interface RecentBlocks {
  /** Certified here, and not too old to be attested. Where this node's own row is damaged, others say so. */
  isRecent(height: Height): boolean;
  /** Undefined if this node does not have it, or its row is damaged. */
  hashOf(height: Height): BlockHash | undefined;
}

export function createRecentBlocks(context: RuntimeContext): RecentBlocks {
  const { blocks, log } = context.ports;
  let told: Height | undefined;

  function isRecent(height: Height): boolean {
    const tip = blocks.tip();
    if (height > tip.height) return false;
    if (tip.height - height <= windowsMax * parametersOf(context).window) return true;
    const header = storedHeader(height);
    // Nothing is announced anew for it, and `hashOf` gives nothing that could be attested.
    if (header === 'damaged') return true;
    return header !== undefined && tip.header.time - decodeHeader(header).time <= recentMs;
  }

  function hashOf(height: Height): BlockHash | undefined {
    const { height: tip, hash } = blocks.tip();
    if (height === tip) return hash;
    const header = storedHeader(height);
    return header === undefined || header === 'damaged' ? undefined : headerHash(header);
  }

  function storedHeader(height: Height): Uint8Array | 'damaged' | undefined {
    let isDamaged = false;
    const row = readIntact(
      () => blocks.header?.(height) ?? blocks.read(height),
      ({ facts }) => {
        isDamaged = true;
        if (told !== height) log.write('error', 'data-damaged', { ...facts, height, action: 'not attested' });
        told = height;
      },
    );
    return isDamaged ? 'damaged' : row?.header;
  }

  return { isRecent, hashOf };
}

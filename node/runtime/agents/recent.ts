/**
 * Which block a joiner may name (rule E3): one of not long ago, in blocks or in time, whichever allows more. A network
 * that makes forty blocks a second is four windows further before anybody could call the joiner, ask and attest; one
 * that makes a block an hour says nothing by its clock.
 */
import { decodeHeader, headerHash } from '../../../shared/codec/ledger.ts';
import type { BlockHash, Height } from '../../../shared/types/brands.ts';
import { parametersOf, type RuntimeContext } from '../context.ts';

const windowsMax = 4;
/** By the clock of the blocks, milliseconds. */
const recentMs = 30_000;

/** Certified here, and not too old to be attested. */
export function isRecent(context: RuntimeContext, height: Height): boolean {
  const tip = context.ports.blocks.tip();
  if (height > tip.height) return false;
  if (tip.height - height <= windowsMax * parametersOf(context).window) return true;
  const header = storedHeader(context, height);
  return header !== undefined && tip.header.time - decodeHeader(header).time <= recentMs;
}

/** Undefined if this node does not have it. */
export function hashOf(context: RuntimeContext, height: Height): BlockHash | undefined {
  const { height: tip, hash } = context.ports.blocks.tip();
  if (height === tip) return hash;
  const header = storedHeader(context, height);
  return header && headerHash(header);
}

function storedHeader({ ports: { blocks } }: RuntimeContext, height: Height): Uint8Array | undefined {
  return (blocks.header?.(height) ?? blocks.read(height))?.header;
}

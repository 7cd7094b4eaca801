/** State for a node that stands right behind the last block that a recovery kept (docs/recovery.md). */
import { decodeHeader } from '../../shared/codec/ledger.ts';
import { lastHeaderOf } from '../../shared/codec/recovery.ts';
import { nextHeight } from '../../shared/types/brands.ts';
import type { Boundary } from '../../shared/types/epochs.ts';
import type { RecoveryCertificate } from '../../shared/types/recovery.ts';
import { evolve } from './modules/all.ts';
import { readBoundary } from './modules/epochs.ts';
import { recoveryEvents } from './modules/recovery.ts';
import { createOverlay } from './overlay.ts';
import type { StateView } from './types.ts';

/**
 * State as the recovery leaves it. Nobody has executed the block that records it yet; who seals that one, and whom to
 * reach, is the new set already.
 * @param state after the last block that was kept
 */
export function recoveredView(state: StateView, certificate: RecoveryCertificate): StateView {
  const overlay = createOverlay(state);
  const { height, time } = decodeHeader(lastHeaderOf(certificate.content));
  const moment = { height: nextHeight(height), time };
  for (const event of recoveryEvents(state, certificate, moment)) evolve(overlay, event);
  return overlay;
}

/** What the last block that was kept says: its header hands over to nobody, and the members do. */
export function recoveredBoundary(state: StateView, certificate: RecoveryCertificate): Boundary {
  const { height } = decodeHeader(lastHeaderOf(certificate.content));
  return readBoundary(recoveredView(state, certificate), height);
}

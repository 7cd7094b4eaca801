/**
 * Spreads and hands over transactions whose payloads it serves and that expire before anybody can order them: what
 * they leave behind must take no room of others, neither by its own hand nor through who passes them on.
 */
import { payloadDigest } from '../../../shared/codec/payload.ts';
import { toUtf8 } from '../../../shared/codec/utf8.ts';
import { startWallMs } from '../founding.ts';
import { signAppend } from '../transactions.ts';
import type { CreateLiar } from './liar.ts';

const burst = 4;
/** Most are gone by the time of the next blocks; some are ordered. */
const lifeMaxMs = 250;

export const createHoarder: CreateLiar = ({ founding, self, peers, prng, world, disk, send }) => {
  let serial = 0;

  function make(): Parameters<typeof signAppend>[1] & { readonly payload: Uint8Array } {
    serial += 1;
    const name = `${self}-hoard-${serial}`;
    return {
      eventId: name,
      stream: 's0',
      expectedRevision: 'any',
      nonce: payloadDigest(toUtf8(name)).slice(0, 32),
      expiresAtMs: world.queue.nowMs() + world.settings.clockAheadMs + prng.between(20, lifeMaxMs),
      payload: toUtf8(name),
    };
  }

  function hoard(): void {
    const appends = Array.from({ length: burst }, make);
    for (const { payload } of appends)
      disk().payloads.set(payloadDigest(payload), { bytes: payload, arrivedMs: startWallMs, isLoose: true });
    const transactions = appends.map((append) => signAppend(founding, append));
    const chosen = peers.filter(() => prng.chance(0.5));
    for (const peer of chosen) {
      send(peer, { type: 'transactions', envelopes: transactions.map(({ envelope }) => envelope) });
      send(peer, { type: 'hand-over', ids: transactions.map(({ id }) => id) });
    }
  }

  return { says: (_to, message) => [{ message }], acts: hoard };
};

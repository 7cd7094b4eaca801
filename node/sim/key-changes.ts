/**
 * A client that replaces its own key again and again while it works: what it signed with the old one just before, or
 * somebody who does not know yet signs just after, is on its way while the replacement is certified. All of it lives as
 * long as some gateway lets it.
 */
import type { PublicKey, TransactionId } from '../../shared/types/brands.ts';
import type { GenesisIdentity } from '../../shared/types/ledger.ts';
import type { Clients } from './clients.ts';
import { changerKeyOf, type Founding } from './founding.ts';
import type { Prng } from './prng.ts';
import { signAppend, signKeyReplacement } from './transactions.ts';
import type { World } from './world.ts';

export interface KeyChangesInput {
  readonly world: World;
  readonly founding: Founding;
  readonly changer: GenesisIdentity;
  readonly clients: Pick<Clients, 'offer'>;
  readonly prng: Prng;
  isCertified(id: TransactionId): boolean;
}

/** Around the replacement, with the old key. */
const appendsEach = 4;
const spreadMs = 40;
/** What has no effect by then is sent again. */
const patienceMs = 300;

export function createKeyChanges(input: KeyChangesInput): { start(): void } {
  const { world, founding, changer, clients, prng } = input;
  const { queue, settings } = world;
  const { lifetimeMs, driftMs } = settings.parameters;
  let generation = 0;
  let serial = 0;
  /** Of this generation: whichever of them runs. */
  let sent: TransactionId[] = [];
  let sentAtMs = Number.NEGATIVE_INFINITY;

  function start(): void {
    queue.after(prng.between(0, 2 * settings.keyChangeEveryMs), () => {
      if (!world.hostile) return;
      tick();
      start();
    });
  }

  function tick(): void {
    if (sent.some(input.isCertified)) {
      world.meet('key of a client replaced');
      sent = [];
      generation += 1;
    }
    if (sent.length > 0 && queue.nowMs() - sentAtMs < patienceMs) return;
    const [from, to] = [changerKeyOf(generation), changerKeyOf(generation + 1)];
    for (let count = 0; count < appendsEach; count += 1)
      queue.after(prng.between(0, spreadMs), () => append(from));
    const replacement = signKeyReplacement(founding, changer, { from, to, ...letter() });
    sent.push(replacement.id);
    sentAtMs = queue.nowMs();
    clients.offer(prng.pick(founding.ids), [replacement]);
  }

  function append(sender: PublicKey): void {
    const { nonce, expiresAtMs } = letter();
    const named = { eventId: `c${serial}`, stream: 'changer', expectedRevision: 'any' } as const;
    clients.offer(prng.pick(founding.ids), [signAppend(founding, { sender, nonce, expiresAtMs, ...named })]);
  }

  /** The clock of whoever takes it decides how long it may live. */
  function letter(): { readonly nonce: string; readonly expiresAtMs: number } {
    serial += 1;
    const longestMs = lifetimeMs + Math.floor(driftMs / 2) + settings.clockSkewMaxMs;
    return {
      nonce: serial.toString(16).padStart(32, 'd'),
      expiresAtMs: queue.nowMs() + settings.clockAheadMs + prng.between(lifetimeMs, longestMs),
    };
  }

  return { start };
}

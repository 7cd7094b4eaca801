/** A validator that spreads transactions with wrong signatures, which no honest one would have let in. */
import { readParameters } from '../../../../node/ledger/modules/network.ts';
import { encodeLinkMessage } from '../../../../node/runtime/wire.ts';
import { signedAppend, strangerAs } from '../../../lib/signed-load.ts';
import type { Lie, Wrap } from './lie.ts';

const tickMs = 40;

export const spreadBad =
  ({ sender, ratePerSecond }: Extract<Lie, { kind: 'spread-bad' }>): Wrap =>
  (create, config, ports) => {
    const stranger = strangerAs({ publicKey: sender });
    const { network } = config.genesis;
    const { lifetimeMs } = readParameters(ports.state);
    let number = 0;
    let startedMs: number | undefined;

    function spread(): void {
      ports.timers.after(tickMs, spread);
      const nowMs = ports.clock.monotonicMs();
      startedMs ??= nowMs;
      const due = Math.floor(((nowMs - startedMs) * ratePerSecond) / 1_000);
      const expiresAt = Math.floor(ports.clock.wallMs()) + lifetimeMs;
      const shape = { network, expiresAt, streams: 1_000, dataBytes: 16, run: 'bad' };
      const envelopes: Uint8Array[] = [];
      for (; number < due; number += 1) envelopes.push(signedAppend(stranger, shape, number).envelope);
      if (envelopes.length === 0) return;
      const frame = encodeLinkMessage({ type: 'transactions', envelopes });
      for (const peer of ports.links.open()) ports.links.send(peer, frame);
    }

    ports.timers.after(tickMs, spread);
    return create(config, ports);
  };

/** A primary that censors: while it leads, what one sender signed never reaches its pool. */
import { readParameters } from '../../../../node/ledger/modules/network.ts';
import { decodeLinkMessage, encodeLinkMessage } from '../../../../node/runtime/wire.ts';
import { decodeEnvelope } from '../../../../shared/codec/ledger.ts';
import type { ValidatorId } from '../../../../shared/types/brands.ts';
import type { Lie, Wrap } from './lie.ts';

export const censor =
  ({ sender }: Extract<Lie, { kind: 'censor' }>): Wrap =>
  (create, config, ports) => {
    const node = create(config, ports);
    const leads = (): boolean => node.status().consensus?.primary === config.self;

    function received(from: ValidatorId, frame: Uint8Array): void {
      const message = decodeLinkMessage(frame, readParameters(ports.state));
      const isBodies = message.type === 'transactions' || message.type === 'bodies';
      if (!isBodies || !leads()) {
        node.received(from, frame);
        return;
      }
      const envelopes = message.envelopes.filter(
        (envelope) => decodeEnvelope(envelope).body.sender !== sender,
      );
      if (envelopes.length > 0) node.received(from, encodeLinkMessage({ ...message, envelopes }));
    }

    return { ...node, received };
  };

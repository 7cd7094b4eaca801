/** Rule V6 on the wire: whoever holds the NEW-VIEW of a view sends it to a peer that says it is in a lower one. */
import type { ValidatorId } from '../../../shared/types/brands.ts';
import type { NetworkParameters } from '../../../shared/types/parameters.ts';
import { decodeLinkMessage } from '../../runtime/wire.ts';

export interface ResendWatch {
  /** It starts anew, and holds the NEW-VIEWs of no view. */
  started(id: ValidatorId): void;
  /** It enters a view by its NEW-VIEW, which it holds from now on. */
  entered(id: ValidatorId, view: number): void;
  sent(from: ValidatorId, to: ValidatorId, frame: Uint8Array): void;
  /** Hands the frame over; undefined, or what was owed for it and not sent. */
  receive(to: ValidatorId, from: ValidatorId, frame: Uint8Array, handOver: () => void): string | undefined;
}

export function createResendWatch(parameters: NetworkParameters): ResendWatch {
  const held = new Map<ValidatorId, number>();
  /** While a frame is handed over: what its receiver sends back. */
  let answers: Uint8Array[] | undefined;
  let asker: ValidatorId | undefined;

  function receive(
    to: ValidatorId,
    from: ValidatorId,
    frame: Uint8Array,
    handOver: () => void,
  ): string | undefined {
    const owed = owedFor(to, frame);
    answers = owed === undefined ? undefined : [];
    asker = from;
    handOver();
    const isSent = answers === undefined || answers.some(holdsNewView);
    answers = undefined;
    return isSent ? undefined : `${to} holds the NEW-VIEW of ${owed} and does not send it to ${from}`;
  }

  function owedFor(to: ValidatorId, frame: Uint8Array): number | undefined {
    const view = held.get(to);
    if (view === undefined) return undefined;
    const message = decodeLinkMessage(frame, parameters);
    return message.type === 'status' && message.status.view < view ? view : undefined;
  }

  /** The kind of a message stands in its bytes as text. */
  function holdsNewView(frame: Uint8Array): boolean {
    const message = decodeLinkMessage(frame, parameters);
    return (
      message.type === 'consensus' && message.messages.some((bytes) => textOf(bytes).includes('new-view'))
    );
  }

  return {
    started: (id) => held.delete(id),
    entered: (id, view) => held.set(id, view),
    sent: (_from, to, frame) => {
      if (to === asker) answers?.push(frame);
    },
    receive,
  };
}

const textOf = (bytes: Uint8Array): string => String.fromCharCode(...bytes.subarray(0, 20_000));

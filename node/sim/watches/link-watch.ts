/**
 * What frames lead to, seen on the wire. Rule V6: whoever holds the NEW-VIEW of a view sends it to a peer that says
 * it is in a lower one. Rule V5: a NEW-VIEW that arrives is entered, however far ahead, unless its receiver has
 * asked for a higher view. Statuses that follow one another closely may go unanswered: they have a pace. Holds where signatures are verified within the call, and only honest NEW-VIEWs are sent.
 */
import { decodeMessage } from '../../../shared/codec/messages.ts';
import type { ValidatorId } from '../../../shared/types/brands.ts';
import type { NetworkParameters } from '../../../shared/types/parameters.ts';
import type { ConsensusView } from '../../consensus/types.ts';
import { decodeLinkMessage, type LinkMessage } from '../../runtime/wire.ts';

export interface LinkWatch {
  /** It starts anew, and holds the NEW-VIEWs of no view. */
  started(id: ValidatorId): void;
  /** It enters a view by its NEW-VIEW, which it holds from now on. */
  entered(id: ValidatorId, view: number): void;
  sent(from: ValidatorId, to: ValidatorId, frame: Uint8Array): void;
  /** Hands the frame over; undefined, or what should have followed. */
  receive(to: ValidatorId, from: ValidatorId, frame: Uint8Array, handOver: () => void): string | undefined;
}

const validatorsMax = 64;
/** More than the pace that a node asks for, which is a quarter of a period by its own clock. */
const paceOfPeriod = 0.3;

export function createLinkWatch(
  parameters: NetworkParameters,
  statusMs: number,
  nowMs: () => number,
  standingOf: (id: ValidatorId) => ConsensusView | undefined,
): LinkWatch {
  const held = new Map<ValidatorId, number>();
  /** When a status last arrived, by receiver and sender. */
  const statusAtMs = new Map<string, number>();
  /** While a frame is handed over: to whom its receiver sends what. */
  let answers: { readonly to: ValidatorId; readonly frame: Uint8Array }[] = [];

  function receive(
    to: ValidatorId,
    from: ValidatorId,
    frame: Uint8Array,
    handOver: () => void,
  ): string | undefined {
    const message = decodeLinkMessage(frame, parameters);
    const isHeard = message.type === 'status' && keepsPace(`${to} ${from}`);
    const owed = isHeard ? viewAbove(held.get(to), message.status.view) : undefined;
    const offered = standingOf(to)?.mode === 'voting' ? newViewIn(message) : undefined;
    answers = [];
    handOver();
    if (owed !== undefined && !isAnswered(from))
      return `${to} holds the NEW-VIEW of ${owed} and does not send it to ${from}`;
    return offered === undefined ? undefined : entryFault(to, offered);
  }

  function keepsPace(line: string): boolean {
    const lastMs = statusAtMs.get(line) ?? Number.NEGATIVE_INFINITY;
    statusAtMs.set(line, nowMs());
    return nowMs() - lastMs >= paceOfPeriod * statusMs;
  }

  const isAnswered = (asker: ValidatorId): boolean =>
    answers.some(
      ({ to, frame }) => to === asker && newViewIn(decodeLinkMessage(frame, parameters)) !== undefined,
    );

  function entryFault(id: ValidatorId, view: number): string | undefined {
    const standing = standingOf(id);
    if (standing?.mode !== 'voting' || standing.view >= view || (standing.changingTo ?? 0) > view)
      return undefined;
    return `${id} does not enter view ${view} on its NEW-VIEW, and stays in ${standing.view}`;
  }

  /** Highest view of a NEW-VIEW in the frame. */
  function newViewIn(message: LinkMessage): number | undefined {
    if (message.type !== 'consensus') return undefined;
    const limits = { ...parameters, validators: validatorsMax };
    const views = message.messages.flatMap((bytes) => {
      const decoded = decodeMessage(bytes, limits);
      return decoded.kind === 'new-view' ? [decoded.vote.view as number] : [];
    });
    return views.length === 0 ? undefined : Math.max(...views);
  }

  return {
    started: (id) => held.delete(id),
    entered: (id, view) => held.set(id, view),
    sent: (_from, to, frame) => answers.push({ to, frame }),
    receive,
  };
}

const viewAbove = (held: number | undefined, said: number): number | undefined =>
  held !== undefined && held > said ? held : undefined;

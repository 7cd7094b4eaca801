/** Puts a liar's mouth between its node and the network: what the node sends and hears passes through it. */
import { equalBytes } from '../../../shared/codec/hex.ts';
import type { ValidatorId } from '../../../shared/types/brands.ts';
import type { LinkEvents } from '../../runtime/ports.ts';
import { encodeLinkMessage, type LinkMessage } from '../../runtime/wire.ts';
import type { NetworkPort } from '../network.ts';
import type { Liar, MouthKind } from './liar.ts';
import { mouths } from './mouths.ts';
import { createTools, type LiarSeat } from './tools.ts';

const actEveryMs = 60;

export function createMouthPort(
  network: NetworkPort,
  seat: Omit<LiarSeat, 'sendBytes'>,
  kind: MouthKind,
): NetworkPort {
  const { self, world, founding } = seat;
  const { queue, prng } = world;
  const { parameters } = founding.document;
  const sendBytes = (to: ValidatorId, frame: Uint8Array): void => network.send(self, to, frame);
  const liar: Liar = mouths[kind](createTools({ ...seat, sendBytes }));
  let isListening = false;

  function send(_from: ValidatorId, to: ValidatorId, frame: Uint8Array): void {
    const message = world.reader.frame(frame, parameters);
    const all = liar.says(to, message);
    if (all.length !== 1) lie();
    for (const { message: said, delayMs = 0 } of all) {
      const bytes = said === message ? frame : encodeLinkMessage(said);
      if (delayMs > 0 || (said !== message && !equalBytes(bytes, frame))) lie();
      if (delayMs === 0) sendBytes(to, bytes);
      else queue.after(delayMs, () => isListening && sendBytes(to, bytes));
    }
  }

  function join(id: ValidatorId, node: LinkEvents): void {
    isListening = true;
    network.join(id, { ...node, received: (from, frame) => listen(node, from, frame) });
    if (liar.acts !== undefined) actLater(liar.acts);
  }

  function listen(node: LinkEvents, from: ValidatorId, frame: Uint8Array): void {
    const message = liar.hears === undefined ? undefined : decoded(frame);
    if (message === undefined || liar.hears?.(from, message) !== false) node.received(from, frame);
    else lie();
  }

  const lie = (): void => world.meet(`lie of ${kind}`);

  /** Other liars send bytes that mean nothing. */
  function decoded(frame: Uint8Array): LinkMessage | undefined {
    try {
      return world.reader.frame(frame, parameters);
    } catch {
      return undefined;
    }
  }

  function actLater(acts: () => void): void {
    queue.after(prng.between(0, 2 * actEveryMs), () => {
      if (!isListening) return;
      acts();
      lie();
      actLater(acts);
    });
  }

  function leave(id: ValidatorId): void {
    isListening = false;
    network.leave(id);
  }

  return { open: network.open, send, join, leave };
}

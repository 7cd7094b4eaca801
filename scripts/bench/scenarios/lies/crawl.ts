/**
 * A primary that crawls: it looks alive and breaks no rule of form, but one small batch leaves each interval. It
 * orders first what came first, so that each block gives the others as little reason for suspicion as it can.
 */
import { readMembership } from '../../../../node/ledger/modules/epochs.ts';
import { stateKeys } from '../../../../node/ledger/state-keys.ts';
import { decodeLinkMessage, encodeLinkMessage } from '../../../../node/runtime/wire.ts';
import { encode } from '../../../../shared/codec/dag-cbor.ts';
import { decodeMessage } from '../../../../shared/codec/messages.ts';
import type { ValidatorId } from '../../../../shared/types/brands.ts';
import type { Lie, Wrap } from './lie.ts';

const lookMs = 10;

export const crawl =
  ({ intervalMs, batch }: Extract<Lie, { kind: 'crawl' }>): Wrap =>
  (create, config, ports) => {
    const { self } = config;
    const { validators, parameters } = readMembership(ports.state);
    const { window, batchLimit } = parameters;
    const limits = { validators: validators.length, window, batchLimit };
    /** Own PRE-PREPAREs that nobody has yet: by sequence, then by receiver. */
    const held = new Map<number, Map<ValidatorId, Uint8Array>>();
    let releasedUpTo = 0;
    let releasedAtMs = Number.NEGATIVE_INFINITY;

    function send(to: ValidatorId, frame: Uint8Array): void {
      const message = decodeLinkMessage(frame, parameters);
      if (message.type !== 'consensus') {
        ports.links.send(to, frame);
        return;
      }
      const messages = message.messages.filter((bytes) => !holdBack(to, bytes));
      if (messages.length > 0 || message.certificate !== undefined)
        ports.links.send(to, encodeLinkMessage({ ...message, messages }));
    }

    function holdBack(to: ValidatorId, bytes: Uint8Array): boolean {
      const message = decodeMessage(bytes, limits);
      if (message.kind !== 'pre-prepare' || message.vote.sender !== self) return false;
      const { sequence } = message.vote;
      if (sequence <= releasedUpTo) return false;
      const receivers = held.get(sequence) ?? new Map<ValidatorId, Uint8Array>();
      held.set(sequence, receivers.set(to, bytes));
      return true;
    }

    function releaseOne(): void {
      ports.timers.after(lookMs, releaseOne);
      const nowMs = ports.clock.monotonicMs();
      const next = Math.min(...held.keys());
      if (nowMs < releasedAtMs + intervalMs || !Number.isFinite(next)) return;
      releasedUpTo = next;
      releasedAtMs = nowMs;
      for (const [to, bytes] of held.get(next)!)
        ports.links.send(to, encodeLinkMessage({ type: 'consensus', messages: [bytes] }));
      held.delete(next);
    }

    ports.timers.after(lookMs, releaseOne);
    // It does not suspect itself.
    const own = { ...parameters, batchLimit: batch, waitingTimeoutMs: Number.MAX_SAFE_INTEGER };
    const ownBytes = encode(own);
    const { record: _, ...shared } = ports.state;
    const get = (key: string) => (key === stateKeys.parameters ? ownBytes : shared.get(key));
    return create(config, { ...ports, state: { ...shared, get }, links: { ...ports.links, send } });
  };

import { describe, expect, it } from 'vitest';
import { batchDigest } from '../../shared/codec/ledger.ts';
import { frameBytesMax } from '../../shared/codec/limits.ts';
import { decodeMessage } from '../../shared/codec/messages.ts';
import {
  epochOf,
  heightOf,
  type TransactionId,
  type ValidatorId,
  viewOf,
} from '../../shared/types/brands.ts';
import type { PrePrepareMessage } from '../../shared/types/messages.ts';
import { createOutputs } from './outputs.ts';
import { createTestContext, document, ids, keyOf, signatureOf, startMs } from './test-support.ts';
import { encodeLinkMessage } from './wire.ts';

const [v1, v2] = ids as readonly [ValidatorId, ValidatorId];
const { batchLimit, window } = document.parameters;

const fullLoad = Array.from(
  { length: batchLimit },
  (_, index) => keyOf(`${index}`) as string as TransactionId,
);

function proposalAt(sequence: number): PrePrepareMessage {
  const batch = { time: startMs + sequence, proposer: v1, ids: fullLoad };
  const vote = {
    kind: 'pre-prepare' as const,
    epoch: epochOf(0),
    view: viewOf(0),
    sequence: heightOf(sequence),
    content: batchDigest(batch),
    sender: v1,
    signature: signatureOf(keyOf(v1), new Uint8Array([sequence])),
  };
  return { kind: 'pre-prepare', vote, batch };
}

describe('what is sent again (rule V6)', () => {
  it('goes in frames that links take, in order, however much a peer lacks', () => {
    const { context, sent } = createTestContext(v1);
    const outputs = createOutputs(context, {} as Parameters<typeof createOutputs>[1]);
    const messages = Array.from({ length: 100 }, (_, index) => proposalAt(index + 1));
    outputs.handle({ type: 'send', to: v2, messages });
    const sizes = sent.map(({ message }) => encodeLinkMessage(message).length);
    expect(Math.max(...sizes)).toBeLessThan(frameBytesMax(document.parameters) / 4);
    const limits = { validators: ids.length, window, batchLimit };
    const received = sent.flatMap(({ message }) => (message.type === 'consensus' ? message.messages : []));
    const sequences = received.map((bytes) => {
      const message = decodeMessage(bytes, limits);
      return message.kind === 'pre-prepare' ? message.vote.sequence : message.kind;
    });
    expect(sequences).toEqual(messages.map(({ vote }) => vote.sequence));
  });
});

describe('a peer that is in a later epoch (rule V6)', () => {
  it('is told how we stand', () => {
    const { context } = createTestContext(v1);
    const told: ValidatorId[] = [];
    const peers = { tell: (peer: ValidatorId) => told.push(peer) };
    const outputs = createOutputs(context, { peers } as unknown as Parameters<typeof createOutputs>[1]);
    outputs.handle({ type: 'status-due', to: v2 });
    expect(told).toEqual([v2]);
  });
});

describe('an epoch that consensus enters', () => {
  it('is the current one for every room from then on', () => {
    const { context } = createTestContext(v1);
    const outputs = createOutputs(context, {} as Parameters<typeof createOutputs>[1]);
    const next = { ...context.epochs.current(), epoch: epochOf(1), firstHeight: heightOf(10) };
    context.epochs.boundary({ kind: 'handover', next });
    outputs.handle({
      type: 'epoch-entered',
      epoch: next.epoch,
      firstHeight: next.firstHeight,
      mode: 'voting',
    });
    expect(context.epochs.current()).toEqual(next);
  });
});

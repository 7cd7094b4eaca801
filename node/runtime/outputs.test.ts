import { describe, expect, it } from 'vitest';
import { batchDigest } from '../../shared/codec/ledger.ts';
import { frameBytesMax } from '../../shared/codec/limits.ts';
import { decodeMessage } from '../../shared/codec/messages.ts';
import {
  type Epoch,
  epochOf,
  heightOf,
  type TransactionId,
  type ValidatorId,
  viewOf,
} from '../../shared/types/brands.ts';
import type { PrePrepareMessage } from '../../shared/types/messages.ts';
import { createOutputs } from './outputs.ts';
import { createTestContext, document, genesis, ids, keyOf, signatureOf, startMs } from './test-support.ts';
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

describe('a peer in an earlier epoch (rule V6)', () => {
  it('gets the certificate of the last block of that epoch, and nothing if it is not here', () => {
    const { context, sent, ports } = createTestContext(v1);
    const seals = [{ validator: v1, signature: signatureOf(keyOf(v1), new Uint8Array(1)) }];
    const certificate = { epoch: epochOf(0), height: heightOf(9), block: genesis.hash, seals };
    const epochEnd = (epoch: Epoch) => (epoch === 0 ? { header: new Uint8Array(1), certificate } : undefined);
    const blocks = { ...ports.blocks, epochEnd };
    const known = { ...context, ports: { ...ports, blocks } };
    const outputs = createOutputs(known, {} as Parameters<typeof createOutputs>[1]);
    for (const epoch of [0, 1]) outputs.handle({ type: 'epoch-certificate', to: v2, epoch: epochOf(epoch) });
    expect(sent).toEqual([{ to: v2, message: { type: 'certificate', certificate } }]);
  });

  it('gets nothing where that block is damaged here, which is named; a defect is none', () => {
    const { context, sent, ports, logged } = createTestContext(v1);
    let error = Object.assign(new Error('damaged'), { code: 'data-damaged', facts: { table: 'blocks' } });
    const epochEnd = (): never => {
      throw error;
    };
    const known = { ...context, ports: { ...ports, blocks: { ...ports.blocks, epochEnd } } };
    const outputs = createOutputs(known, {} as Parameters<typeof createOutputs>[1]);
    const tell = () => outputs.handle({ type: 'epoch-certificate', to: v2, epoch: epochOf(0) });
    tell();
    expect(sent).toEqual([]);
    expect(logged).toMatchObject([{ code: 'epoch-end-damaged', facts: { table: 'blocks', to: v2 } }]);
    error = Object.assign(new Error('defect'), { code: 'other', facts: { table: '' } });
    expect(tell).toThrow('defect');
  });
});

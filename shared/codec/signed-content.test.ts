import { describe, expect, it, test } from 'vitest';
import { signingBytes } from '../crypto/digest.ts';
import {
  type BlockHash,
  type Digest,
  epochOf,
  heightOf,
  type NetworkId,
  type Nonce,
  type PublicKey,
  viewOf,
} from '../types/brands.ts';
import type { SlotContent } from '../types/messages.ts';
import { encode } from './dag-cbor.ts';
import { encodeTransactionBody, transactionSigningBytes } from './ledger.ts';
import { heartbeatSigningBytes, sealSigningBytes, voteKinds, voteSigningBytes } from './messages.ts';
import { readSigned, readSlot } from './signed-content.ts';

const network = '5a'.repeat(32) as NetworkId;
const seal = {
  kind: 'seal',
  epoch: epochOf(1),
  height: heightOf(9),
  block: '22'.repeat(32) as BlockHash,
} as const;
const vote = (kind: (typeof voteKinds)[number]) =>
  ({
    kind,
    epoch: epochOf(1),
    view: viewOf(2),
    sequence: heightOf(3),
    content: '33'.repeat(32) as Digest,
  }) as const;
const bytesOf = (slot: SlotContent): Uint8Array =>
  slot.kind === 'seal'
    ? sealSigningBytes(network, slot)
    : voteSigningBytes(network, { ...slot, sender: 'alpha' as never });

test.each([...voteKinds.map(vote), seal])('what was signed in a slot is read back: %o', (slot) => {
  expect(readSigned(bytesOf(slot))).toEqual({ kind: 'slot', network, slot });
  expect(readSlot(bytesOf(slot))).toEqual(slot);
});

test('a heartbeat and a transaction take no slot', () => {
  const heartbeat = heartbeatSigningBytes(network, { ...seal, view: viewOf(0), time: 5 });
  expect(readSigned(heartbeat)).toEqual({ kind: 'heartbeat', network, epoch: 1 });
  const body = {
    version: 1,
    network,
    sender: '44'.repeat(32) as PublicKey,
    nonce: '55'.repeat(16) as Nonce,
    expiresAt: 7,
    action: 'validator.evidence',
    args: {},
  } as const;
  const transaction = transactionSigningBytes(network, encodeTransactionBody(body));
  expect(readSigned(transaction)).toEqual({ kind: 'transaction', network, body });
  expect([readSlot(heartbeat), readSlot(transaction)]).toEqual([undefined, undefined]);
});

describe('what is not exactly what a validator signs', () => {
  const fields = { epoch: 1, view: 2, sequence: 3, content: new Uint8Array(32) };
  const good = signingBytes('vote/commit', network, encode(fields));

  it('of an unknown domain is told by its name', () => {
    expect(readSigned(signingBytes('vote/abstain', network, encode(fields)))).toEqual({
      kind: 'other',
      network,
      domain: 'vote/abstain',
    });
  });

  it.each([
    ['no domain', new Uint8Array(80)],
    ['another version', new TextEncoder().encode(`concordat/seal/v2\0${'x'.repeat(40)}`)],
    ['cut inside the network id', good.subarray(0, 30)],
    ['cut inside the content', good.subarray(0, -1)],
    ['one byte more', new Uint8Array([...good, 0])],
    ['one key more', signingBytes('vote/commit', network, encode({ ...fields, more: 1 }))],
    ['one key less', signingBytes('vote/commit', network, encode({ epoch: 1, view: 2, sequence: 3 }))],
    [
      'a short digest',
      signingBytes('vote/commit', network, encode({ ...fields, content: new Uint8Array(31) })),
    ],
    ['a seal of a vote', signingBytes('seal', network, encode(fields))],
  ])('is refused: %s', (_, bytes) => {
    expect(() => readSigned(bytes)).toThrow(expect.objectContaining({ name: 'CodecError' }));
  });
});

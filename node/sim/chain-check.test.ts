import { describe, expect, it } from 'vitest';
import { sealSigningBytes } from '../../shared/codec/messages.ts';
import { type BlockHash, epochOf, heightOf, type PublicKey } from '../../shared/types/brands.ts';
import { defaultParameters } from '../../shared/types/parameters.ts';
import type { ExecutedBlock } from '../ledger/types.ts';
import { createChainWatch } from './chain-check.ts';
import { createEpochFold } from './epoch-fold.ts';
import { foundNetwork } from './founding.ts';
import { keyOfSeat, signKeyed } from './keyed-hash.ts';
import { signAppend } from './transactions.ts';

type Ran = ReturnType<typeof signAppend>;

const founding = foundNetwork(4, defaultParameters);
const { genesis, first, seats } = founding;
const [v0] = first;
const hash = 'ab'.repeat(32) as BlockHash;

const signed = signAppend(founding, {
  eventId: 'e1',
  stream: 's',
  expectedRevision: 'any',
  nonce: '01'.repeat(16),
  expiresAtMs: 30_000,
});

/** The first block behind genesis, with a good certificate, which runs this. */
function judge(ran: readonly Ran[]): string | undefined {
  const slot = { epoch: epochOf(0), height: heightOf(1), block: hash };
  const keyOf = (id: (typeof first)[number]): PublicKey => seats.get(id)!.consensusKey;
  const seals = first.slice(0, 3).map((validator) => ({
    validator,
    signature: signKeyed(keyOf(validator), sealSigningBytes(genesis.network, slot)),
  }));
  const header = { ...genesis.header, height: slot.height, parent: genesis.hash };
  const block = {
    height: slot.height,
    hash,
    header,
    ran: ran.map((transaction) => ({ transaction, events: [], outcome: { status: 'succeeded' } })),
    opening: [],
    closing: [],
    boundary: { kind: 'none' },
  } as unknown as ExecutedBlock;
  return createChainWatch(genesis, createEpochFold(founding)).appended(v0!, block, { ...slot, seals });
}

describe('a certified block', () => {
  it('runs what its sender signed', () => {
    expect(judge([signed])).toBeUndefined();
  });

  it('runs nothing that nobody signed, or that was signed for another network', () => {
    const forged = { ...signed, signature: signKeyed(keyOfSeat(7), signed.bodyBytes) };
    expect(judge([forged])).toContain('nobody signed it');
    const elsewhere = {
      ...signed,
      body: { ...signed.body, network: 'ee'.repeat(32) as typeof genesis.network },
    };
    expect(judge([elsewhere])).toContain('nobody signed it');
    const renamed = { ...signed, id: 'ef'.repeat(32) as typeof signed.id };
    expect(judge([renamed])).toContain('nobody signed it');
  });

  it('runs nothing twice', () => {
    expect(judge([signed, signed])).toContain('ran again');
  });
});

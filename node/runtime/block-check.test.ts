import { describe, expect, it } from 'vitest';
import { encodeHeader, headerHash, validatorSetDigest } from '../../shared/codec/ledger.ts';
import { epochOf, heightOf } from '../../shared/types/brands.ts';
import type { Header } from '../../shared/types/ledger.ts';
import { headerFault } from './block-check.ts';
import type { CertifiedHeader } from './ports.ts';
import { createTestContext, genesis } from './test-support.ts';

const { context } = createTestContext();
const nextSet = genesis.validators.slice(1);
const handover: Header = {
  ...genesis.header,
  network: genesis.network,
  height: heightOf(9),
  nextEpoch: epochOf(1),
  nextValidators: validatorSetDigest(nextSet),
};

function faultOf(header: Header, sets: Pick<CertifiedHeader, 'nextValidators'>): string | undefined {
  const bytes = encodeHeader(header);
  const { epoch, height } = header;
  const certificate = { epoch, height, block: headerHash(bytes), seals: [] };
  return headerFault(context, { header: bytes, certificate, ...sets }, header);
}

describe('E2: a header that hands over', () => {
  it('comes with the set that it names', () => {
    expect(faultOf(handover, { nextValidators: nextSet })).toBeUndefined();
  });

  it.each([
    ['without a set', {}, 'a hand-over without its set'],
    ['with another set', { nextValidators: genesis.validators }, 'another set than its header hands over to'],
  ])('%s is none', (_, sets, fault) => {
    expect(faultOf(handover, sets)).toBe(fault);
  });

  it('is the only one with a set', () => {
    const within = { ...handover, nextEpoch: handover.epoch };
    expect(faultOf(within, {})).toBeUndefined();
    expect(faultOf(within, { nextValidators: nextSet })).toBe('a set that nothing hands over to');
  });
});

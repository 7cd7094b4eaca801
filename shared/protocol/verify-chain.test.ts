import { describe, expect, test } from 'vitest';
import { buildExampleNetwork, certify } from '../../scripts/lib/example-network.ts';
import { encodeHeader, headerHash } from '../codec/ledger.ts';
import { makeWebCryptoVerifier, type SubtleVerifier, type VerifySignature } from '../crypto/ed25519.ts';
import type { BlockHash, Digest, NetworkId, Signature } from '../types/brands.ts';
import type { Certificate, Header } from '../types/ledger.ts';
import {
  beginChain,
  type ChainBlock,
  type ChainPoint,
  type ChainResult,
  verifyBlocks,
} from './verify-chain.ts';

const verifySignature: VerifySignature = makeWebCryptoVerifier(
  globalThis.crypto.subtle as unknown as SubtleVerifier<unknown>,
);
const example = buildExampleNetwork({ validators: 4, epochs: 5, transactions: 2 });
const { network } = example;
const [genesis, ...sealed] = example.blocks;
const origin = { header: genesis!.headerBytes, validators: genesis!.validators };
const blocks: readonly ChainBlock[] = sealed.map((block, at) => ({
  header: block.headerBytes,
  certificate: block.certificate as Certificate,
  ...(example.links[at] === undefined ? {} : { nextValidators: example.links[at].nextValidators }),
}));
const otherDigest = 'ab'.repeat(32);

function beginning(): ChainPoint {
  const begun = beginChain(origin, network);
  if (!begun.ok) throw new Error('the example begins well');
  return begun.point;
}
const verdict = (result: ChainResult): string => {
  if (result.ok) return `verified to ${result.point.height}`;
  const last = result.checks.at(-1);
  return `${result.point.height}, then ${last?.id}: ${last?.reason}`;
};
const verdictOf = async (changed: readonly ChainBlock[]): Promise<string> =>
  verdict(await verifyBlocks(beginning(), changed, verifySignature));

/** The block at this place changed and sealed anew by its own set: only the change can be what fails. */
function resealed(at: number, change: Partial<Header>): readonly ChainBlock[] {
  const block = sealed[at]!;
  const header = { ...block.header, ...change };
  const bytes = encodeHeader(header);
  const seal = { epoch: header.epoch, height: header.height, block: headerHash(bytes) };
  const certificate = certify(network, seal, block.validators);
  return blocks.with(at, { ...blocks[at]!, header: bytes, certificate });
}
function withCertificate(
  at: number,
  change: (certificate: Certificate) => Certificate,
): readonly ChainBlock[] {
  return blocks.with(at, { ...blocks[at]!, certificate: change(blocks[at]!.certificate) });
}
const withBadSeal = (certificate: Certificate): Certificate => {
  const [first, ...others] = certificate.seals;
  const signature = first!.signature.with(40, first!.signature[40]! ^ 1) as Signature;
  return { ...certificate, seals: [{ ...first!, signature }, ...others] };
};

describe('a chain over five epochs', () => {
  test('is verified as a whole: every seal counts', async () => {
    const result = await verifyBlocks(beginning(), blocks, verifySignature);
    expect(verdict(result)).toBe('verified to 5');
    expect(result.seals).toBe(5 * 3);
    expect(result.point.block).toBe(sealed.at(-1)!.hash);
    expect(result.point.epochs.trusted.epoch).toBe(4);
  });

  test('can be left anywhere and taken up again, also from a copy of the point', async () => {
    for (let cut = 0; cut <= blocks.length; cut++) {
      const first = await verifyBlocks(beginning(), blocks.slice(0, cut), verifySignature);
      const rest = await verifyBlocks(structuredClone(first.point), blocks.slice(cut), verifySignature);
      expect(verdict(rest)).toBe('verified to 5');
      expect(first.seals + rest.seals).toBe(15);
    }
  });
});

describe('the first block that does not hold stops it, at its own check', () => {
  test.each<[string, readonly ChainBlock[], string]>([
    ['a block left out', blocks.toSpliced(2, 1), '2, then header: height'],
    ['two blocks swapped', [blocks[1]!, blocks[0]!, ...blocks.slice(2)], '0, then header: height'],
    ['a block twice', [blocks[0]!, ...blocks], '1, then header: height'],
    [
      'bytes that do not decode',
      blocks.with(1, { ...blocks[1]!, header: Uint8Array.of(0xff) }),
      '1, then decode: malformed',
    ],
    [
      'other bytes than were sealed',
      blocks.with(1, { ...blocks[1]!, header: encodeHeader({ ...sealed[1]!.header, time: 5 }) }),
      '1, then header: block-hash',
    ],
    ['another parent', resealed(2, { parent: otherDigest as BlockHash }), '2, then history: parent'],
    ['another history', resealed(2, { history: otherDigest as Digest }), '2, then history: root'],
    ['time that falls', resealed(2, { time: sealed[1]!.header.time - 1 }), '2, then history: time'],
    ['another network', resealed(0, { network: otherDigest as NetworkId }), '0, then header: wrong-network'],
    ['another set', resealed(3, { validators: otherDigest as Digest }), '3, then header: validator-set'],
    ['a bad seal', withCertificate(3, withBadSeal), '3, then quorum: seal-signature'],
    [
      'a seal too few',
      withCertificate(1, (certificate) => ({ ...certificate, seals: certificate.seals.slice(1) })),
      '1, then quorum: too-few-signers',
    ],
    [
      'a handover that names another set',
      blocks.with(1, { ...blocks[1]!, nextValidators: genesis!.validators }),
      '1, then history: validator-set',
    ],
  ])('%s', async (_name, changed, expected) => {
    expect(await verdictOf(changed)).toBe(expected);
  });

  test('a handover whose next set nobody gave is named', async () => {
    const { nextValidators: _, ...without } = blocks[0]!;
    const result = await verifyBlocks(beginning(), blocks.with(0, without), verifySignature);
    if (result.ok) throw new Error('it has no set to go on with');
    expect(result.checks.at(-1)).toMatchObject({ expected: 'the validators of epoch 1', actual: 'nothing' });
  });

  test('of two faults the lower one is told, even if the higher one shows at once', async () => {
    const changed = withCertificate(1, withBadSeal).with(3, { ...blocks[3]!, header: Uint8Array.of(0xff) });
    expect(await verdictOf(changed)).toBe('1, then quorum: seal-signature');
  });
});

test.each<[string, typeof origin, NetworkId, string]>([
  ['another id', origin, otherDigest as NetworkId, 'history: genesis-hash'],
  ['another set', { ...origin, validators: sealed[1]!.validators }, network, 'history: validator-set'],
  ['bytes that do not decode', { ...origin, header: Uint8Array.of(0xff) }, network, 'decode: malformed'],
])('a genesis with %s begins no chain', (_name, changed, id, expected) => {
  const begun = beginChain(changed, id);
  expect(begun.ok ? 'begun' : `${begun.check.id}: ${begun.check.reason}`).toBe(expected);
});

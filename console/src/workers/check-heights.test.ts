import { expect, test } from 'vitest';
import { buildExampleNetwork, certify, type ExampleBlock } from '../../../scripts/lib/example-network.ts';
import { jsonOfCertificate, jsonOfHeader } from '../../../shared/api/json-of-ledger.ts';
import type { BlockSummaryJson } from '../../../shared/api.ts';
import { fromHex, toBase64Url } from '../../../shared/codec/hex.ts';
import { encodeHeader, headerHash } from '../../../shared/codec/ledger.ts';
import { verifyNobleAsync } from '../../../shared/crypto/ed25519.ts';
import { consistencyProof, inclusionProof, merkleRoot } from '../../../shared/crypto/merkle.ts';
import { foundedEpochs } from '../../../shared/protocol/known-epochs.ts';
import type { Header } from '../../../shared/types/ledger.ts';
import { checkHeights, type TwoHeights } from './check-heights.ts';

const example = buildExampleNetwork({ validators: 4, epochs: 1, transactions: 1 });
const { network } = example;
const [genesis, template] = example.blocks as [ExampleBlock, ExampleBlock];
const known = foundedEpochs({ network, epoch: genesis.header.epoch, validators: genesis.validators });

/** Five sealed blocks of one epoch on genesis. */
const chain: BlockSummaryJson[] = [];
const hashes: string[] = [genesis.hash];
for (let height = 1; height <= 5; height++) {
  const history = merkleRoot(hashes.map(fromHex));
  const header = { ...template.header, height, parent: hashes.at(-1), history } as Header;
  chain.push(summaryOf(header));
  hashes.push(headerHash(encodeHeader(header)));
}
function summaryOf(header: Header): BlockSummaryJson {
  const bytes = encodeHeader(header);
  const hash = headerHash(bytes);
  const seal = { epoch: header.epoch, height: header.height, block: hash };
  return {
    height: header.height,
    hash,
    header: jsonOfHeader(header),
    headerBytes: toBase64Url(bytes),
    certificate: jsonOfCertificate(certify(network, seal, genesis.validators)),
    transactionCount: 1,
    failedCount: 0,
  };
}
const leaves = hashes.map(fromHex);
const blockAt = (height: number): BlockSummaryJson => chain[height - 1]!;
function claimOf(from: number, to: number): TwoHeights {
  const { index, size, path } = inclusionProof(leaves.slice(0, to), from);
  return {
    from,
    to,
    consistency: { from: blockAt(from), to: blockAt(to), proof: [...consistencyProof(leaves, from, to)] },
    inclusion: {
      height: from,
      hash: hashes[from]!,
      at: blockAt(to),
      proof: { index, size, path: [...path] },
    },
  };
}
const claim = claimOf(2, 5);

async function verdictOf(claimed: TwoHeights): Promise<string> {
  const { checks, proven } = await checkHeights(claimed, known, verifyNobleAsync);
  const failure = checks.find(({ ok }) => !ok);
  return proven === undefined
    ? `${failure?.id}: ${failure?.reason}`
    : `${proven.since?.height} within ${proven.height}`;
}

test.each([
  [1, 2],
  [2, 5],
  [4, 5],
])('from %d to %d nothing was removed', async (from, to) => {
  expect(await verdictOf(claimOf(from, to))).toBe(`${from} within ${to}`);
});

const rewritten = summaryOf({
  ...template.header,
  height: 2,
  parent: hashes[1],
  history: merkleRoot(leaves.slice(0, 2)),
  time: 9,
} as Header);
test.each<[string, TwoHeights, string]>([
  [
    'another proof',
    { ...claim, consistency: { ...claim.consistency, proof: claim.consistency.proof.slice(1) } },
    'history: root',
  ],
  [
    'a sealed block that the newer one does not contain',
    { ...claim, consistency: { ...claim.consistency, from: rewritten } },
    'history: root',
  ],
  [
    'the place of another block',
    { ...claim, inclusion: { ...claim.inclusion, proof: { ...claim.inclusion.proof, index: 3 } } },
    'history: proof-position',
  ],
  ['another height than asked', { ...claim, from: 3 }, 'header: height'],
  [
    'a seal too few',
    {
      ...claim,
      consistency: {
        ...claim.consistency,
        to: { ...claim.consistency.to, certificate: { ...claim.consistency.to.certificate!, seals: [] } },
      },
    },
    'quorum: too-few-signers',
  ],
  [
    'no header',
    { ...claim, consistency: { ...claim.consistency, to: { ...claim.consistency.to, headerBytes: 'AAAA' } } },
    'decode: malformed',
  ],
])('%s is refused', async (_name, claimed, expected) => {
  expect(await verdictOf(claimed)).toBe(expected);
});

/** A whole chain walked block by block over a break: what the recovery keeps and leads to, and all that it may not. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sealSigningBytes } from '../../../shared/codec/messages.ts';
import {
  beginChain,
  type ChainBlock,
  type ChainPoint,
  type ChainResult,
  verifyBlocks,
} from '../../../shared/protocol/verify-chain.ts';
import { type BlockHash, epochOf, type ValidatorId } from '../../../shared/types/brands.ts';
import type { Certificate } from '../../../shared/types/ledger.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../../storage/test-support.ts';
import { verifySignature } from '../light-client.ts';
import { keptWithoutSeals, type RecoveredStory, recoveredStory } from './test-break.ts';
import { type Made, Story, sign } from './test-support.ts';

let place: TemporaryDirectory;
let recovered: RecoveredStory;
/** Blocks 1…6 as a gateway serves them. */
let blocks: readonly ChainBlock[];

beforeAll(async () => {
  place = temporaryDirectory();
  recovered = await recoveredStory(place.path);
  const { story, next, link } = recovered;
  blocks = [...story.blocks, next].map((made) => {
    const { headerBytes: header, height } = made.block;
    if (height < 4) return { header, certificate: made.certificate };
    return { header, certificate: height < 6 ? keptWithoutSeals(made) : made.certificate, recovery: link };
  });
});
afterAll(() => place.remove());

function beginning(): ChainPoint {
  const { headerBytes: header, validators, network } = recovered.story.chain.genesis;
  const begun = beginChain({ header, validators }, network);
  if (!begun.ok) throw new Error('the story begins well');
  return begun.point;
}
const verdict = (result: ChainResult): string => {
  if (result.ok) return `verified to ${result.point.height}`;
  const last = result.checks.at(-1);
  return `${result.point.height}, then ${last?.id}: ${last?.reason}`;
};
const verdictOf = async (changed: readonly ChainBlock[]): Promise<string> =>
  verdict(await verifyBlocks(beginning(), changed, verifySignature));
const withBlock = (height: number, change: (block: ChainBlock) => ChainBlock): readonly ChainBlock[] =>
  blocks.with(height - 1, change(blocks[height - 1]!));
const without = ({ header, certificate }: ChainBlock): ChainBlock => ({ header, certificate });
const made = (height: number): Made => recovered.story.blocks[height - 1]!;

test('is verified to its tip by the new set, and the break is told', async () => {
  const result = await verifyBlocks(beginning(), blocks, verifySignature);
  expect(verdict(result)).toBe('verified to 6');
  // Three blocks by the old quorum, none for what was kept, one by the new quorum.
  expect(result.seals).toBe(3 * 3 + 3);
  expect(result.point.epochs.trusted.epoch).toBe(1);
  expect(result.point.breaks).toEqual([
    expect.objectContaining({ base: 3, height: 5, epoch: 1, reason: 'a fire', of: 4, loss: 'if-lied' }),
  ]);
  expect(result.point).not.toHaveProperty('ahead');
});

test('can be left anywhere on the way over and taken up again, also from a copy of the point', async () => {
  for (let cut = 0; cut <= blocks.length; cut += 1) {
    const first = await verifyBlocks(beginning(), blocks.slice(0, cut), verifySignature);
    const rest = await verifyBlocks(structuredClone(first.point), blocks.slice(cut), verifySignature);
    expect([cut, verdict(rest), rest.point.breaks?.length]).toEqual([cut, 'verified to 6', 1]);
  }
});

test('a block that was kept may have been certified all the same', async () => {
  const certified = (block: ChainBlock) => ({ ...without(block), certificate: made(4).certificate });
  expect(await verdictOf(withBlock(4, certified))).toBe('verified to 6');
});

describe('stops at the first block that does not hold', () => {
  test('without the recovery nothing is proven behind the last certified block', async () => {
    expect(await verdictOf(blocks.map(without))).toBe('3, then quorum: too-few-signers');
    expect(await verdictOf([...blocks.slice(0, 3), without(blocks[3]!)])).toBe(
      '3, then quorum: too-few-signers',
    );
  });

  test('a recovery keeps nothing that it does not name', async () => {
    const emptied = (block: ChainBlock) => ({
      ...block,
      certificate: { ...block.certificate, seals: [] },
      recovery: recovered.link,
    });
    expect(await verdictOf(withBlock(2, emptied))).toBe('1, then quorum: too-few-signers');
    expect(await verdictOf(withBlock(6, emptied))).toBe('5, then quorum: too-few-signers');
  });

  test('the old set seals nothing behind it, however many of it sign', async () => {
    const { next } = recovered;
    const stray = sealedByOld({ ...next.certificate, epoch: epochOf(0) });
    expect(await verdictOf(withBlock(6, (block) => ({ ...block, certificate: stray })))).toBe(
      '5, then header: epoch',
    );
    const [sixth] = asIfNothingHadHappened().slice(5) as [ChainBlock];
    expect(await verdictOf([...blocks.slice(0, 5), sixth])).toBe('5, then header: validator-set');
  });

  test('a recovery that ends the epoch below a certified block has lost it', async () => {
    const certified = await verifyBlocks(beginning(), asIfNothingHadHappened(), verifySignature);
    expect(verdict(certified)).toBe('verified to 6');
    const result = await verifyBlocks(certified.point, [blocks[5]!], verifySignature);
    expect(verdict(result)).toBe('6, then history: recovery-conflict');
  });

  test('a recovery behind another block than the last one that was verified leads nowhere', async () => {
    const { point } = await verifyBlocks(beginning(), asIfNothingHadHappened().slice(0, 5), verifySignature);
    const elsewhere = { ...point, block: 'ab'.repeat(32) as BlockHash };
    expect(verdict(await verifyBlocks(elsewhere, [blocks[5]!], verifySignature))).toBe(
      '5, then history: parent',
    );
  });

  test('any change of the recovery is found, and never crashes', async () => {
    const right = recovered.link.recovery;
    for (let at = 40; at < right.length; at += 397) {
      const recovery = { ...recovered.link, recovery: right.with(at, right[at]! ^ 4) };
      const changed = blocks.map((block) => (block.recovery === undefined ? block : { ...block, recovery }));
      expect([at, await verdictOf(changed)]).toEqual([
        at,
        expect.stringMatching(/^3, then (history|quorum):/),
      ]);
    }
  });
});

/** The same first five blocks, and a sixth one, all certified by the old set. */
function asIfNothingHadHappened(): readonly ChainBlock[] {
  const story = new Story();
  for (let count = 0; count < 6; count += 1) story.block();
  return story.blocks.map(({ block, certificate }) => ({ header: block.headerBytes, certificate }));
}

function sealedByOld(content: Omit<Certificate, 'seals'>): Certificate {
  const { epoch, height, block } = content;
  const seals = (['v1', 'v2', 'v3'] as ValidatorId[]).map((validator) => ({
    validator,
    signature: sign(
      `${validator} consensus`,
      sealSigningBytes(recovered.story.network, { epoch, height, block }),
    ),
  }));
  return { epoch, height, block, seals };
}

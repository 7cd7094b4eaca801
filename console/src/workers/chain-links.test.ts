/** Which links are asked for, and to which blocks they are given: nothing is judged here. */
import { expect, test } from 'vitest';
import { buildExampleNetwork } from '../../../scripts/lib/example-network.ts';
import type { Certificate, EpochLink, RecoveryLink } from '../../../shared/types/ledger.ts';
import { withLinks } from './chain-links.ts';
import type { ServedBlock } from './chain-source.ts';

const example = buildExampleNetwork({ validators: 4, epochs: 4, transactions: 1 });
/** Blocks 1…4, each of which hands over, the last one excepted. */
const served: readonly ServedBlock[] = example.blocks.slice(1).map((block, at) => ({
  height: at + 1,
  header: block.headerBytes,
  certificate: block.certificate as Certificate,
}));
const recovery: RecoveryLink = {
  header: Uint8Array.of(1),
  recovery: Uint8Array.of(2),
  nextValidators: example.blocks[0]!.validators,
};

async function linked(epoch: number, blocks: readonly ServedBlock[], links = new Map<number, EpochLink>()) {
  const asked: number[] = [];
  const result = await withLinks(
    async (into) => {
      asked.push(into);
      return links.get(into);
    },
    epoch,
    blocks,
  );
  return { asked, result };
}
const unsealed = (block: ServedBlock): ServedBlock => ({
  ...block,
  certificate: { ...block.certificate, seals: [] },
});

test('the last block of an epoch is given the set that follows', async () => {
  const links = new Map(example.links.map((link, at) => [at + 1, link]));
  const { asked, result } = await linked(0, served, links);
  expect(asked).toEqual([1, 2, 3]);
  expect(result.map(({ nextValidators }) => nextValidators)).toEqual([
    ...example.links.map(({ nextValidators }) => nextValidators),
    undefined,
  ]);
  expect(result.some((block) => block.recovery !== undefined)).toBe(false);
});

test('the first block of an epoch to which nobody handed over is given the recovery', async () => {
  const [, second] = served as readonly [ServedBlock, ServedBlock];
  const { asked, result } = await linked(0, [second], new Map([[1, recovery]]));
  expect(asked).toEqual([1, 2]);
  expect(result[0]?.recovery).toBe(recovery);
});

test('blocks without a seal are given the recovery that ended their epoch, which is asked for once', async () => {
  const last = served.at(-1)!;
  const { asked, result } = await linked(3, [unsealed(last), unsealed(last)], new Map([[4, recovery]]));
  expect(asked).toEqual([4]);
  expect(result.map((block) => block.recovery)).toEqual([recovery, recovery]);
});

test('a hand-over is no recovery, and an epoch that nobody knows of gives nothing', async () => {
  const last = unsealed(served.at(-1)!);
  const certified = await linked(3, [last], new Map([[4, example.links[0]!]]));
  expect(certified.result).toEqual([last]);
  const unknown = await linked(3, [last]);
  expect(unknown.result).toEqual([last]);
});

test('bytes that are no header stay as they are', async () => {
  const broken = { ...served[0]!, header: Uint8Array.of(0xff) };
  expect(await linked(0, [broken])).toEqual({ asked: [], result: [broken] });
});

import type { Store } from '../../../lib/store.ts';
import type { Comparison, Contradiction } from './compare.ts';

/** Two gateways of one network that were compared. */
export interface Compared {
  readonly first: string;
  readonly second: string;
  readonly network: string;
}

/** The first contradiction of two gateways, until the reader dismisses it. */
export interface KeptContradiction extends Compared, Omit<Contradiction, 'kind'> {
  /** Milliseconds since 1970, by this browser's clock. */
  readonly seenAt: number;
}

type KeptStore = Store<readonly KeptContradiction[]>;

export const keptOf = (
  all: readonly KeptContradiction[],
  compared: Compared,
): KeptContradiction | undefined => all.find((kept) => isOf(kept, compared));

export const without = (
  all: readonly KeptContradiction[],
  compared: Compared,
): readonly KeptContradiction[] => all.filter((kept) => !isOf(kept, compared));

export interface SeenBlock {
  /** Of the gateway that showed it: never that of the other one, whatever the nodes call themselves. */
  readonly origin: string;
  readonly node: string;
  readonly block: string;
}

/** What each of the two gateways showed, the first one first. */
export function seenBlocks({ first, second, nodes, blocks }: KeptContradiction): readonly SeenBlock[] {
  return [
    { origin: first, node: nodes[0], block: blocks[0] },
    { origin: second, node: nodes[1], block: blocks[1] },
  ];
}

const isOf = (kept: KeptContradiction, { first, second, network }: Compared): boolean =>
  kept.first === first && kept.second === second && kept.network === network;

/**
 * What was proven against a network is not undone by a node that falls silent or takes it back: the contradiction
 * that is kept, else a fresh comparison, which is kept if it is one.
 * @param nowMs milliseconds since 1970
 */
export async function keptOrFresh(
  store: KeptStore,
  compared: Compared,
  fresh: () => Promise<Comparison>,
  nowMs: () => number,
): Promise<Comparison> {
  const before = keptOf(store.get(), compared);
  if (before !== undefined) return toldAgain(before);
  const found = await fresh();
  // Another tab may have found one meanwhile.
  const meanwhile = keptOf(store.get(), compared);
  if (meanwhile !== undefined) return toldAgain(meanwhile);
  if (found.kind === 'contradiction') {
    const { nodes, height, blocks } = found;
    store.set([...store.get(), { ...compared, nodes, height, blocks, seenAt: nowMs() }]);
  }
  return found;
}

const toldAgain = ({ nodes, height, blocks }: KeptContradiction): Contradiction => ({
  kind: 'contradiction',
  nodes,
  height,
  blocks,
});

/** What this browser has stored; an entry of another form is left out. */
export const readKept = (stored: unknown): readonly KeptContradiction[] =>
  Array.isArray(stored) ? stored.flatMap(readOne) : [];

function readOne(stored: unknown): readonly KeptContradiction[] {
  if (typeof stored !== 'object' || stored === null) return [];
  const { first, second, network, nodes, height, blocks, seenAt } = { ...stored } as {
    readonly [name: string]: unknown;
  };
  const isWhole =
    isText(first) && isText(second) && isText(network) && isPair(nodes) && isPair(blocks) && isCount(height);
  return isWhole && isCount(seenAt) ? [{ first, second, network, nodes, height, blocks, seenAt }] : [];
}

const isText = (value: unknown): value is string => typeof value === 'string';
const isCount = (value: unknown): value is number => Number.isSafeInteger(value);
const isPair = (value: unknown): value is readonly [string, string] =>
  Array.isArray(value) && value.length === 2 && value.every(isText);

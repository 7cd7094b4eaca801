import { queryOptions } from '@tanstack/react-query';
import type { StatusJson } from '../../../../../shared/api.ts';
import { ask, gatewayOrigin } from '../../../lib/gateway.ts';
import { preferences } from '../../../lib/preferences.ts';
import { everyMs } from '../../../lib/queries.ts';
import { tokenOf } from '../../../lib/session-tokens.ts';
import { verify } from '../api/verifier.ts';
import { firstFailure, sentenceOf } from '../checks.ts';

/** What two nodes say of the highest block that both have. */
export type Comparison =
  | {
      readonly kind: 'agree';
      readonly nodes: Pair;
      readonly heights: readonly [number, number];
      readonly height: number;
      readonly block: string;
    }
  | { readonly kind: 'other-network'; readonly node: string; readonly network: string }
  /** One of them cannot prove what it says. */
  | { readonly kind: 'unproven'; readonly node: string; readonly height: number; readonly why: string }
  /** A quorum sealed both: more validators lie than may. */
  | { readonly kind: 'contradiction'; readonly nodes: Pair; readonly height: number; readonly blocks: Pair };
type Pair = readonly [string, string];

/** The second gateway, if one is chosen and it is not the first. */
export function secondOrigin(): string | undefined {
  const { second } = preferences.get();
  return second === '' || second === gatewayOrigin() ? undefined : second;
}

/** The page's own node knows the reader by a cookie, any other by a token. */
export const isSignedInAt = (origin: string): boolean =>
  origin === window.location.origin || tokenOf(origin) !== undefined;

export const comparisonQuery = (first: string, second: string, network: string) =>
  queryOptions({
    queryKey: ['comparison', first, second, network],
    queryFn: () => compare([first, second], network),
    refetchInterval: everyMs(5_000),
    retry: false,
  });

async function compare(origins: Pair, network: string): Promise<Comparison> {
  const [one, other] = await Promise.all([
    ask('status', { origin: origins[0] }),
    ask('status', { origin: origins[1] }),
  ]);
  for (const status of [one, other])
    if (status.network !== network)
      return { kind: 'other-network', node: status.node, network: status.network };
  const height = Math.min(one.height, other.height);
  const [mine, theirs] = await Promise.all([
    provenAt(origins[0], one, height, network),
    provenAt(origins[1], other, height, network),
  ]);
  if (mine.kind !== 'proven') return mine;
  if (theirs.kind !== 'proven') return theirs;
  const nodes = [one.node, other.node] as const;
  return mine.block === theirs.block
    ? { kind: 'agree', nodes, heights: [one.height, other.height], height, block: mine.block }
    : { kind: 'contradiction', nodes, height, blocks: [mine.block, theirs.block] };
}

type Found =
  | { readonly kind: 'proven'; readonly block: string }
  | (Comparison & { readonly kind: 'unproven' });

/** The block that a node has at this height, if its certificate holds. */
async function provenAt(
  origin: string,
  { node }: StatusJson,
  height: number,
  network: string,
): Promise<Found> {
  const block = await ask('block', { params: { heightOrHash: String(height) }, origin });
  const { checks, proven } = await verify({ kind: 'certificate', block }, network, origin);
  if (proven?.height === height) return { kind: 'proven', block: proven.block };
  const failure = firstFailure(checks);
  const why = failure === undefined ? 'It is another height than was asked for' : sentenceOf(failure);
  return { kind: 'unproven', node, height, why };
}

import { queryOptions } from '@tanstack/react-query';
import type { StatusJson } from '../../../../../shared/api.ts';
import { ask, gatewayOrigin } from '../../../lib/gateway.ts';
import { GatewayError, isSignInRequired } from '../../../lib/gateway-error.ts';
import { preferences } from '../../../lib/preferences.ts';
import { everyMs } from '../../../lib/queries.ts';
import { forgetToken, tokenOf } from '../../../lib/session-tokens.ts';
import { laggingBlocks } from '../../network/validator-state.ts';
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
  /** One shows nothing of many blocks that the other one proves. */
  | {
      readonly kind: 'behind';
      /** Who is behind, and who is not. */
      readonly nodes: Pair;
      readonly heights: readonly [number, number];
      readonly height: number;
      readonly block: string;
    }
  /** The second one did not answer. */
  | { readonly kind: 'silent'; readonly node: string }
  /** Nobody is signed in at the second one. */
  | { readonly kind: 'closed' }
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
const isSignedInAt = (origin: string): boolean =>
  origin === window.location.origin || tokenOf(origin) !== undefined;

export const comparisonQuery = (first: string, second: string, network: string) =>
  queryOptions({
    queryKey: ['comparison', first, second, network],
    queryFn: () => compare([first, second], network),
    refetchInterval: everyMs(5_000),
    retry: false,
  });

async function compare(origins: Pair, network: string): Promise<Comparison> {
  const other = await secondSays(origins[1], network);
  if ('kind' in other) return other;
  const one = await ask('status', { origin: origins[0] });
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
  if (mine.block !== theirs.block)
    return { kind: 'contradiction', nodes, height, blocks: [mine.block, theirs.block] };
  const agreed = { height, block: mine.block };
  if (Math.abs(one.height - other.height) <= laggingBlocks)
    return { kind: 'agree', nodes, heights: [one.height, other.height], ...agreed };
  const [[slow], [fast, origin]] = inOrder([one, origins[0]], [other, origins[1]]);
  // Else whoever names a great height could accuse the other one.
  const newest = await provenAt(origin, fast, fast.height, network);
  if (newest.kind !== 'proven') return newest;
  return { kind: 'behind', nodes: [slow.node, fast.node], heights: [slow.height, fast.height], ...agreed };
}

/** A node that takes connections and says nothing is as silent as one that takes none. */
const patienceMs = 10_000;

/** Its status, or why there is none. */
async function secondSays(origin: string, network: string): Promise<StatusJson | Comparison> {
  const node = new URL(origin).host;
  const signal = AbortSignal.timeout(patienceMs);
  try {
    // Answered to everybody: a reader signs in only where the ledger is the same.
    const genesis = await ask('genesis', { origin, signal });
    if (genesis.network !== network) return { kind: 'other-network', node, network: genesis.network };
    return isSignedInAt(origin) ? await ask('status', { origin, signal }) : { kind: 'closed' };
  } catch (error) {
    const isUnreachable = error instanceof GatewayError && error.code === 'unreachable';
    if (isUnreachable || signal.aborted) return { kind: 'silent', node };
    if (!isSignInRequired(error)) throw error;
    // Sessions end with the process that gave them.
    forgetToken(origin);
    return { kind: 'closed' };
  }
}

type Answering = readonly [status: StatusJson, origin: string];

const inOrder = (one: Answering, other: Answering): readonly [slow: Answering, fast: Answering] =>
  one[0].height < other[0].height ? [one, other] : [other, one];

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
  const block = await ask('block', { params: { heightOrHash: String(height) }, origin }).catch(ifUnknown);
  if (block === undefined) return { kind: 'unproven', node, height, why: 'It names it and does not have it' };
  const { checks, proven } = await verify({ kind: 'certificate', block }, network, origin);
  if (proven?.height === height) return { kind: 'proven', block: proven.block };
  const failure = firstFailure(checks);
  const why = failure === undefined ? 'It is another height than was asked for' : sentenceOf(failure);
  return { kind: 'unproven', node, height, why };
}

function ifUnknown(error: unknown): undefined {
  if (error instanceof GatewayError && error.code === 'height-not-reached') return undefined;
  throw error;
}

import type { StatusJson } from '../../../../../shared/api.ts';
import type { ask } from '../../../lib/gateway.ts';
import { GatewayError, isSignInRequired } from '../../../lib/gateway-error.ts';
import { laggingBlocks } from '../../network/validator-state.ts';
import type { verify } from '../api/verifier.ts';
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
  /** One of them did not answer, or not in time. */
  | { readonly kind: 'silent'; readonly node: string }
  /** Nobody is signed in at the second one; `wasOpen` if somebody was since this page was opened. */
  | { readonly kind: 'closed'; readonly wasOpen: boolean }
  /** One of them answers, and does not say what it has. */
  | { readonly kind: 'refused'; readonly node: string; readonly why: string }
  | { readonly kind: 'other-network'; readonly node: string; readonly network: string }
  /** One of them cannot prove what it says. */
  | { readonly kind: 'unproven'; readonly node: string; readonly height: number; readonly why: string }
  | Contradiction;

/** A quorum sealed both: more validators lie than may. */
export interface Contradiction {
  readonly kind: 'contradiction';
  readonly nodes: Pair;
  readonly height: number;
  readonly blocks: Pair;
}
type Pair = readonly [string, string];

/** Whom the console asks, who proves, and what it knows of sessions at the second node. */
export interface ComparisonPorts {
  readonly ask: typeof ask;
  readonly verify: typeof verify;
  readonly sessions: {
    readonly isOpen: (origin: string) => boolean;
    /** A reader has been answered there since this page was opened. */
    readonly wasOpen: (origin: string) => boolean;
    readonly answered: (origin: string) => void;
    readonly ended: (origin: string) => void;
  };
}

interface Asking {
  readonly first: string;
  readonly network: string;
  readonly ports: ComparisonPorts;
  readonly signal: AbortSignal;
}

interface Answering {
  readonly origin: string;
  readonly status: StatusJson;
}

/** A node that takes connections and says nothing is as silent as one that takes none. */
const patienceMs = 15_000;

/**
 * Compares the highest block that both gateways have, within one deadline over all that is asked and verified. What the
 * nodes do is a result and never an error, so that none of them can end the watch.
 * @param origins of the first and the second gateway
 * @param network the pinned network id
 * @throws GatewayError if nobody is signed in at the first one; Error if this browser cannot verify
 */
export async function compare(
  [first, second]: Pair,
  network: string,
  ports: ComparisonPorts,
  deadline: AbortSignal = AbortSignal.timeout(patienceMs),
): Promise<Comparison> {
  const asking: Asking = { first, network, ports, signal: deadline };
  const stranger = await strangerAt(asking, second);
  if (stranger !== undefined) return stranger;
  const [one, other] = await Promise.all([statusAt(asking, first), statusAt(asking, second)]);
  if ('kind' in one) return one;
  if ('kind' in other) return other;
  return judge(asking, one, other);
}

/** @param isFresh the slower one was asked again since the other one answered */
async function judge(asking: Asking, one: Answering, other: Answering, isFresh = false): Promise<Comparison> {
  const heights = [one.status.height, other.status.height] as const;
  const height = Math.min(...heights);
  const nodes = namedApart([one.status.node, other.status.node], [one.origin, other.origin]);
  const [mine, theirs] = await Promise.all([
    provenAt(asking, one, nodes[0], height),
    provenAt(asking, other, nodes[1], height),
  ]);
  if (mine.kind !== 'proven') return mine;
  if (theirs.kind !== 'proven') return theirs;
  if (mine.block !== theirs.block)
    return { kind: 'contradiction', nodes, height, blocks: [mine.block, theirs.block] };
  const agreed = { height, block: mine.block };
  if (Math.abs(heights[0] - heights[1]) <= laggingBlocks) return { kind: 'agree', nodes, heights, ...agreed };
  const [slow, fast] = heights[0] < heights[1] ? [one, other] : [other, one];
  const [slowName, fastName] = slow === one ? nodes : [nodes[1], nodes[0]];
  if (!isFresh) {
    // The ledger went on while the other one let us wait: its height alone accuses nobody.
    const again = await statusAt(asking, slow.origin);
    if ('kind' in again) return again;
    return slow === one ? judge(asking, again, other, true) : judge(asking, one, again, true);
  }
  // Else whoever names a great height could accuse the other one.
  const newest = await provenAt(asking, fast, fastName, fast.status.height);
  if (newest.kind !== 'proven') return newest;
  return {
    kind: 'behind',
    nodes: [slowName, fastName],
    heights: [slow.status.height, fast.status.height],
    ...agreed,
  };
}

/** Answered to everybody: a reader signs in only where the ledger is the same. */
async function strangerAt(asking: Asking, origin: string): Promise<Comparison | undefined> {
  const { network, ports, signal } = asking;
  try {
    const genesis = await within(signal, ports.ask('genesis', { origin, signal }));
    if (genesis.network === network) return undefined;
    return { kind: 'other-network', node: hostOf(origin), network: genesis.network };
  } catch (error) {
    return insteadOf(asking, origin, error);
  }
}

async function statusAt(asking: Asking, origin: string): Promise<Answering | Comparison> {
  const { first, network, ports, signal } = asking;
  const { sessions } = ports;
  if (origin !== first && !sessions.isOpen(origin))
    return { kind: 'closed', wasOpen: sessions.wasOpen(origin) };
  try {
    const status = await within(signal, ports.ask('status', { origin, signal }));
    if (status.network !== network)
      return { kind: 'other-network', node: status.node, network: status.network };
    sessions.answered(origin);
    return { origin, status };
  } catch (error) {
    return insteadOf(asking, origin, error);
  }
}

/** The block that a node has at this height, if its certificate holds; else what it did instead. */
async function provenAt(
  asking: Asking,
  { origin }: Answering,
  node: string,
  height: number,
): Promise<{ readonly kind: 'proven'; readonly block: string } | Comparison> {
  const { network, ports, signal } = asking;
  try {
    const params = { heightOrHash: String(height) };
    const block = await within(signal, ports.ask('block', { params, origin, signal }));
    const work = ports.verify({ kind: 'certificate', block }, network, origin, signal);
    const { checks, proven } = await within(signal, work);
    if (proven?.height === height) return { kind: 'proven', block: proven.block };
    const failure = firstFailure(checks);
    const why = failure === undefined ? 'It is another height than was asked for' : sentenceOf(failure);
    return { kind: 'unproven', node, height, why };
  } catch (error) {
    return insteadOf(asking, origin, error, { node, height });
  }
}

/** Codes of a node that may well answer the next time. */
const passing = new Set(['unreachable', 'rate-limited', 'not-ready']);

/** What it means that a node did not answer as it should. @throws whatever the node is not to blame for */
function insteadOf(
  { first, ports, signal }: Asking,
  origin: string,
  error: unknown,
  named?: { readonly node: string; readonly height: number },
): Comparison {
  const node = hostOf(origin);
  if (signal.aborted) return { kind: 'silent', node };
  if (!(error instanceof GatewayError)) throw error;
  if (passing.has(error.code)) return { kind: 'silent', node };
  if (isSignInRequired(error)) {
    if (origin === first) throw error;
    // Sessions end with the process that gave them.
    ports.sessions.ended(origin);
    return { kind: 'closed', wasOpen: ports.sessions.wasOpen(origin) };
  }
  if (named === undefined) return { kind: 'refused', node, why: error.message };
  const why = error.code === 'height-not-reached' ? 'It names it and does not have it' : error.message;
  return { kind: 'unproven', ...named, why };
}

/** Names as the nodes give them; with where each answers if they give the same one. */
const namedApart = ([one, other]: Pair, [first, second]: Pair): Pair =>
  one === other ? [`${one} at ${hostOf(first)}`, `${other} at ${hostOf(second)}`] : [one, other];

const hostOf = (origin: string): string => new URL(origin).host;

/** The work, or the end of our patience: not all of it heeds the signal, as a worker does not. */
function within<Answer>(signal: AbortSignal, work: Promise<Answer>): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const giveUp = () => reject(signal.reason);
    if (signal.aborted) giveUp();
    signal.addEventListener('abort', giveUp, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', giveUp));
  });
}

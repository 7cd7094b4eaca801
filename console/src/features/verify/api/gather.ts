import type { QueryOf, StreamEventJson } from '../../../../../shared/api.ts';
import { formatCount } from '../../../lib/format.ts';
import { ask } from '../../../lib/gateway.ts';
import { GatewayError } from '../../../lib/gateway-error.ts';
import { firstFailure } from '../checks.ts';
import { streamKey } from '../subjects.ts';
import type { Gather } from '../useProof.ts';

/** The value of a key, or its absence, in the newest certified state. */
export const gatherState = (key: string): Gather =>
  async function* () {
    yield { kind: 'state', key, entry: await ask('state', { params: { key } }) };
  };

/** Two sealed blocks, and that the older one is part of the newer one's past. */
export const gatherHeights = (from: number, to: number): Gather =>
  async function* () {
    const [consistency, inclusion] = await Promise.all([
      ask('consistency', { query: { from, to } }),
      ask('historyInclusion', { query: { height: from, at: to } }),
    ]);
    yield { kind: 'heights', heights: { from, to, consistency, inclusion } };
  };

/**
 * All events of a stream as of the newest state. What the node shows proves a stream of plain data; for one with
 * bytes or very large integers the transactions are fetched as well.
 */
export const gatherStream = (name: string): Gather =>
  async function* (tell) {
    const state = await ask('state', { params: { key: streamKey(name) } });
    const events = await eventsOf(name, state.height, tell);
    const claim = { name, state, events };
    const { checks } = yield { kind: 'stream', claim };
    const failure = firstFailure(checks);
    if (failure?.id !== 'path' || failure.reason !== 'root') return;
    yield { kind: 'stream', claim: { ...claim, envelopes: await envelopesOf(events, tell) } };
  };

async function eventsOf(
  name: string,
  asOf: number,
  tell: (step: string) => void,
): Promise<readonly StreamEventJson[]> {
  const events: StreamEventJson[] = [];
  let from: number | undefined = 0;
  while (from !== undefined) {
    const query: QueryOf<'stream'> = { from, limit: 1000, asOf };
    const page: StreamPage = await ask('stream', { params: { name }, query }).catch(emptyIfUnknown);
    events.push(...page.events);
    tell(`Reading events: ${formatCount(events.length)} of ${formatCount(page.length)}`);
    from = page.nextFrom;
  }
  return events;
}

interface StreamPage {
  readonly events: readonly StreamEventJson[];
  readonly length: number;
  readonly nextFrom?: number;
}

/** A stream of which the node knows nothing is a claim, too: state proves whether it is empty. */
function emptyIfUnknown(error: unknown): StreamPage {
  if (error instanceof GatewayError && error.code === 'not-found') return { events: [], length: 0 };
  throw error;
}

const side = 8;

async function envelopesOf(
  events: readonly StreamEventJson[],
  tell: (step: string) => void,
): Promise<{ readonly [transaction: string]: string }> {
  const ids = [...new Set(events.map(({ transaction }) => transaction))];
  const envelopes: { [transaction: string]: string } = {};
  for (let at = 0; at < ids.length; at += side) {
    tell(`Reading signed transactions: ${formatCount(at)} of ${formatCount(ids.length)}`);
    const answers = await Promise.all(
      ids.slice(at, at + side).map((id) => ask('transaction', { params: { id } })),
    );
    for (const answer of answers) if (answer.status === 'certified') envelopes[answer.id] = answer.envelope;
  }
  return envelopes;
}

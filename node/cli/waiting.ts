/** Says why a command does not end yet: a network without a quorum is silent, and so would we be. */
import type { StatusJson } from '../../shared/api.ts';
import type { Client } from '../../shared/client/client.ts';
import type { CliIo } from './io.ts';

const patienceMs = 5_000;

/** Settles as `result` does; until then says on standard error, every few seconds while it changes, what the network waits for. */
export async function saysWhileWaiting<Result>(
  io: CliIo,
  client: Client,
  result: Promise<Result>,
  everyMs: number = patienceMs,
): Promise<Result> {
  let last = '';
  const say = async () => {
    const text = await client.get('status').then(
      (status) => `Not certified yet; waiting. ${verdictOf(status)}`,
      () => 'Not certified yet; waiting. The gateway does not say why.',
    );
    if (text !== last) io.err(text);
    last = text;
  };
  const timer = setInterval(() => void say(), everyMs);
  try {
    return await result;
  } finally {
    clearInterval(timer);
  }
}

/** Where a node stands, in one sentence. */
export function verdictOf({ ready, notReadyReason, quorum, networkName, mode }: StatusJson): string {
  if (!ready) return `${networkName}: this node is not ready: ${notReadyReason}.`;
  if (quorum.reachable < quorum.q) {
    return `${networkName}: no quorum, ${quorum.reachable} of ${quorum.n} validators reachable, ${quorum.q} needed.`;
  }
  return `${networkName}: committing, this node is ${mode}.`;
}

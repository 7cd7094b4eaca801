/** Says why a command does not end yet: a network without a quorum is silent, and so would we be. */
import type { StatusJson } from '../../shared/api.ts';
import type { Client } from '../../shared/client/client.ts';
import { countOf } from '../runtime/diagnosis/words.ts';
import { CliError } from './cli-error.ts';
import { exitCodes } from './exit-codes.ts';
import type { CliIo } from './io.ts';

const patienceMs = 5_000;

export interface WaitingOptions {
  /** Nothing moved for so long: give up. */
  readonly giveUpMs: number;
  /** What was done so far; a change starts the patience anew. */
  readonly moved?: () => number;
  readonly everyMs?: number;
}

/**
 * Settles as `result` does; until then says on standard error, every few seconds while it changes, what the network
 * waits for. @throws CliError `not-certified-in-time`
 */
export async function saysWhileWaiting<Result>(
  io: CliIo,
  client: Client,
  result: Promise<Result>,
  { giveUpMs, moved = () => 0, everyMs = patienceMs }: WaitingOptions,
): Promise<Result> {
  const watch = watchStandstill(io, client, { giveUpMs, moved, everyMs });
  // Lost when giving up: its failure then is nobody's news.
  result.catch(() => undefined);
  try {
    return await Promise.race([result, watch.givenUp]);
  } finally {
    watch.stop();
  }
}

function watchStandstill(
  io: CliIo,
  client: Client,
  { giveUpMs, moved, everyMs }: Required<WaitingOptions>,
): { readonly givenUp: Promise<never>; stop(): void } {
  let last = '';
  let done = moved();
  let stillMs = 0;
  let timer: NodeJS.Timeout | undefined;
  const givenUp = new Promise<never>((_resolve, reject) => {
    timer = setInterval(() => {
      stillMs = moved() === done ? stillMs + everyMs : 0;
      done = moved();
      if (stillMs >= giveUpMs) reject(notInTime(giveUpMs));
      else if (stillMs > 0) void say();
    }, everyMs);
  });
  async function say(): Promise<void> {
    const text = await client.get('status').then(
      (status) => `Not certified yet; waiting. ${verdictOf(status)}`,
      () => 'Not certified yet; waiting. The gateway does not say why.',
    );
    if (text === last) return;
    io.err(last === '' ? `${text} \`concordat status\` tells more.` : text);
    last = text;
  }
  return { givenUp, stop: () => clearInterval(timer) };
}

const notInTime = (giveUpMs: number): CliError =>
  new CliError(
    exitCodes.unreachable,
    'not-certified-in-time',
    `The network certified nothing of this for ${giveUpMs / 1_000} s.`,
    { timeoutSeconds: giveUpMs / 1_000 },
    'Nothing is lost, and what was accepted may still be certified. `concordat status` says what the network waits for; repeat this then, with --event-id or the same file so that nothing is doubled.',
  );

/** Where a node stands, in one sentence. */
export function verdictOf({ ready, notReadyReason, quorum, networkName, mode }: StatusJson): string {
  if (!ready) return `${networkName}: this node is not ready: ${notReadyReason}.`;
  if (quorum.reachable < quorum.q) {
    return `${networkName}: no quorum, ${quorum.reachable} of ${countOf(quorum.n, 'validator')} reachable, ${quorum.q} needed.`;
  }
  if (quorum.voting !== undefined && quorum.voting < quorum.q) {
    return `${networkName}: no quorum, ${quorum.voting} of ${countOf(quorum.n, 'validator')} ${quorum.voting === 1 ? 'votes' : 'vote'}, ${quorum.q} needed.`;
  }
  return `${networkName}: committing, this node is ${mode}.`;
}

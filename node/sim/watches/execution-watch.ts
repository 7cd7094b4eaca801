/**
 * What a block must say of its transactions, from a model that knows nothing of state (rules X1, X2): who ran was
 * alive and new, the trees hold what ran and nothing else, and the minutes whose pairs state still keeps are those
 * that have not ended.
 */

import { decode } from '../../../shared/codec/dag-cbor.ts';
import { fromHex } from '../../../shared/codec/hex.ts';
import { nullBatch } from '../../../shared/codec/ledger.ts';
import { merkleRoot } from '../../../shared/crypto/merkle.ts';
import type { BlockHash } from '../../../shared/types/brands.ts';
import type { NetworkParameters } from '../../../shared/types/parameters.ts';
import { nullBatchDigest } from '../../consensus/null-batch.ts';
import { stateKeys } from '../../ledger/state-keys.ts';
import type { ExecutedBlock } from '../../ledger/types.ts';
import type { Founding } from '../founding.ts';

export interface ExecutionWatch {
  /** undefined, or what the block says that it should not. */
  appended(block: ExecutedBlock): string | undefined;
}

const minuteMs = 60_000;

export function createExecutionWatch({ genesis, document }: Founding): ExecutionWatch {
  const seen = new Set<BlockHash>();
  let time = genesis.header.time;
  let kept: readonly number[] = [];
  /** Minutes in which a transaction that ran expires. */
  const minutes = new Set<number>();

  function appended(block: ExecutedBlock): string | undefined {
    if (seen.has(block.hash)) return undefined;
    seen.add(block.hash);
    const fault =
      timeFault(block, time) ??
      treeFault(block) ??
      expiryFault(block, document.parameters) ??
      minutesFault(block);
    time = block.header.time;
    return fault === undefined ? undefined : `block ${block.height} ${fault}`;
  }

  /** Ended minutes leave before the block's transactions run. */
  function minutesFault({ header, ran, changes }: ExecutedBlock): string | undefined {
    for (const minute of minutes) if ((minute + 1) * minuteMs <= header.time) minutes.delete(minute);
    for (const { transaction } of ran) minutes.add(Math.floor(transaction.body.expiresAt / minuteMs));
    const written = changes.get(stateKeys.pairMinutes);
    if (written !== undefined) kept = decode(written) as readonly number[];
    const expected = [...minutes].sort((one, other) => one - other).join();
    return expected === kept.join()
      ? undefined
      : `keeps the pairs of minutes ${kept.join()} instead of ${expected}`;
  }

  return { appended };
}

function timeFault({ header }: ExecutedBlock, before: number): string | undefined {
  if (header.time < before) return `is older than its parent`;
  if (header.batch === nullBatchDigest && header.time !== before) return 'of the null batch has a time';
  if (header.batch === nullBatchDigest && header.proposer !== nullBatch.proposer)
    return 'of the null batch has a proposer';
  return undefined;
}

function treeFault({ header, ran }: ExecutedBlock): string | undefined {
  const transactions = merkleRoot(ran.map(({ transaction }) => fromHex(transaction.id)));
  const outcomes = merkleRoot(ran.map(({ outcomeBytes }) => outcomeBytes));
  return header.transactions === transactions && header.outcomes === outcomes
    ? undefined
    : 'has leaves of what did not run';
}

function expiryFault(
  { header, ran }: ExecutedBlock,
  { lifetimeMs, driftMs }: NetworkParameters,
): string | undefined {
  const latest = header.time + lifetimeMs + driftMs;
  const dead = ran.find(
    ({ transaction: { body } }) => body.expiresAt <= header.time || body.expiresAt > latest,
  );
  return dead === undefined ? undefined : `ran ${dead.transaction.id} outside its lifetime`;
}

/** What became of a transaction, said only as far as certified blocks prove it (design, section 5). */
import type { Height, TransactionId } from '../../shared/types/brands.ts';
import type { GenesisDocument } from '../../shared/types/ledger.ts';
import type { LedgerQueries, TransactionRecord } from '../runtime/queries.ts';
import type { GatewayNode } from './ports.ts';
import type { KnownSubmission, SubmissionMemory } from './submission-memory.ts';

export type TransactionFate =
  | { readonly status: 'certified'; readonly record: TransactionRecord }
  | { readonly status: 'superseded'; readonly by: TransactionId; readonly senderKey?: string }
  /** A certified block with `time` ≥ expiresAt exists and none up to `height` contains it. */
  | {
      readonly status: 'expired';
      readonly expiresAt: number;
      readonly height: Height;
      readonly time: number;
      readonly senderKey?: string;
    }
  | { readonly status: 'pooled'; readonly known: KnownSubmission }
  | { readonly status: 'unknown' };

export interface FateSources {
  readonly queries: LedgerQueries;
  readonly node: Pick<GatewayNode, 'pooled'>;
  readonly submissions: SubmissionMemory;
  readonly genesis: GenesisDocument;
}

/** @param hint fields of the envelope as the asker knows them, for a node that never saw it */
export function fateOf(
  { queries, node, submissions, genesis }: FateSources,
  id: TransactionId,
  hint: Partial<KnownSubmission>,
): TransactionFate {
  const record = queries.transaction(id);
  if (record) return { status: 'certified', record };

  const pooled = node.pooled(id)?.body;
  // Accepted here is promised on disk, even if it is not in the pool at this moment.
  const held: KnownSubmission | undefined = pooled
    ? { ...pooled, senderKey: pooled.sender }
    : submissions.get(id);
  const known: Partial<KnownSubmission> = held ?? hint;
  // What is held here says itself whose it is, whatever the asker says.
  const sent = known.senderKey === undefined ? {} : { senderKey: known.senderKey };

  const by = known.senderKey && known.nonce ? queries.pairRan(known.senderKey, known.nonce) : undefined;
  if (by !== undefined && by !== id) return { status: 'superseded', by, ...sent };

  const tip = queries.block(queries.certifiedHeight());
  if (known.expiresAt !== undefined && tip !== undefined && tip.header.time >= known.expiresAt) {
    // Only if every block that it could have run in is known here.
    const { lifetimeMs, driftMs } = genesis.parameters;
    queries.requireIndexed?.(known.expiresAt - lifetimeMs - driftMs);
    const { height, header } = tip;
    return { status: 'expired', expiresAt: known.expiresAt, height, time: header.time, ...sent };
  }
  return held ? { status: 'pooled', known: held } : { status: 'unknown' };
}

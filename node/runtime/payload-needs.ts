/**
 * Which payloads a transaction needs before it may be ordered (rule D1 for what travels beside it). One is here if its
 * bytes are durable, or if the ledger says that it was erased: whoever executed that has deleted it, and would wait
 * for ever for what nobody may have. A transaction that can only be skipped (rule X2) needs none.
 */
import type { Digest } from '../../shared/types/brands.ts';
import type { Transaction } from '../../shared/types/ledger.ts';
import { readPayload } from '../ledger/modules/payloads.ts';
import { type NamedPayload, payloadsNamed } from '../ledger/modules/streams.ts';
import { transactionOfPair } from '../ledger/pairs.ts';
import type { RuntimeContext } from './context.ts';

export interface PayloadNeeds {
  /** Of well-formed appends; the sizes are what the sender says. */
  named(transaction: Transaction): readonly NamedPayload[];
  /** What is still to come, each once; of what a quorum prepared, possession is all that is asked (rule N5). */
  lacking(transactions: readonly Transaction[], isPrepared?: boolean): readonly NamedPayload[];
  /** A payload whose bytes, which are here, say that it may be erased, and which this names as what may not. */
  contradicted(transaction: Transaction): Digest | undefined;
  /** State after the highest executed block calls it erased. */
  isErased(digest: Digest): boolean;
}

type NeedsContext = { readonly ports: Pick<RuntimeContext['ports'], 'payloads' | 'state' | 'blocks'> };

export function createPayloadNeeds(context: NeedsContext): PayloadNeeds {
  const { payloads, state, blocks } = context.ports;
  const known = new WeakMap<Transaction, readonly NamedPayload[]>();

  function named(transaction: Transaction): readonly NamedPayload[] {
    const found = known.get(transaction) ?? payloadsNamed(transaction);
    if (found.length > 0) known.set(transaction, found);
    return found;
  }

  function lacking(transactions: readonly Transaction[], isPrepared = false): readonly NamedPayload[] {
    const absent = new Map<Digest, NamedPayload>();
    for (const transaction of transactions) {
      const missing = named(transaction).filter(
        (payload) => !isHere(payload) || (!isPrepared && isContradicted(payload)),
      );
      if (missing.length === 0 || isSkipped(transaction)) continue;
      for (const payload of missing) absent.set(payload.digest, payload);
    }
    return [...absent.values()];
  }

  const isHere = ({ digest, size }: NamedPayload): boolean =>
    payloads.size(digest) === size || isErased(digest);

  /** Somebody named in an event of his own what he saw on its way: it is never *here*, like what has another size. */
  const isContradicted = ({ digest, forGood }: NamedPayload): boolean =>
    forGood === true && payloads.saysErasable(digest) && !isErased(digest);

  const contradicted = (transaction: Transaction): Digest | undefined =>
    isSkipped(transaction) ? undefined : named(transaction).find(isContradicted)?.digest;

  const isErased = (digest: Digest): boolean => readPayload(state, digest)?.erased !== undefined;

  /** By what is certified here, so that everybody who executes the same comes to the same. */
  const isSkipped = ({ body: { sender, nonce, expiresAt } }: Transaction): boolean =>
    expiresAt <= blocks.tip().header.time || transactionOfPair(state, sender, nonce) !== undefined;

  return { named, lacking, contradicted, isErased };
}

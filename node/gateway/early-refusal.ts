/**
 * Refusals that are certain before ordering, so that a mistake costs no block space. What state may still turn
 * (a revision that is not reached yet, a balance) is left to execution, which records its reason (rule X3).
 */

import { isCborMap } from '../../shared/codec/structure.ts';
import { heightOf, type PublicKey } from '../../shared/types/brands.ts';
import type { Rejection, Transaction } from '../../shared/types/ledger.ts';
import { actions, moduleOfAction } from '../ledger/modules/all.ts';
import { type Identity, identityOfKey } from '../ledger/modules/identities.ts';
import type { StateView } from '../ledger/types.ts';

/** Judges transactions of one request; senders are looked up once. */
export function earlyRefusals(state: StateView): (transaction: Transaction) => Rejection | undefined {
  const senders = new Map<PublicKey, Identity | undefined>();
  const identityFor = (key: PublicKey): Identity | undefined => {
    if (!senders.has(key)) senders.set(key, identityOfKey(state, key));
    return senders.get(key);
  };
  return (transaction) => {
    const { sender, action, args } = transaction.body;
    const identity = identityFor(sender);
    if (identity === undefined) return { code: 'unknown-sender', facts: { sender } };
    if (identity.status !== 'active') {
      return { code: 'identity-not-active', facts: { identity: identity.id, status: identity.status } };
    }
    const form = moduleOfAction(action)?.actions[action];
    if (form === undefined) return { code: 'unknown-action', facts: { action, actions } };
    return form(args) ?? hopelessAppend(state, transaction, identity);
  };
}

/** Revisions only grow: one that the stream has passed will never be met, unless the append is a repetition. */
function hopelessAppend(
  state: StateView,
  { id, body }: Transaction,
  identity: Identity,
): Rejection | undefined {
  const { action, args, network, expiresAt } = body;
  if (action !== 'streams.append' || !isCborMap(args) || typeof args.expectedRevision !== 'number')
    return undefined;
  const context = {
    network,
    height: heightOf(0),
    time: expiresAt,
    transaction: id,
    identity: { id: identity.id, member: identity.member, roles: identity.roles },
  };
  const decision = moduleOfAction(action)?.decide(state, context, action, args);
  if (decision === undefined || decision.ok) return undefined;
  const { code, facts } = decision.rejection;
  if (code === 'wrong-expected-revision') {
    return Number(facts.expected) < Number(facts.actual) ? decision.rejection : undefined;
  }
  return decision.rejection;
}

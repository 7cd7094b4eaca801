/**
 * Auditors and readers write nothing, and yet say themselves to which key payloads for them are encrypted: nobody else
 * could say it without being able to read what is meant for them.
 */
import type { Role } from '../../../shared/types/ledger.ts';
import { access } from '../access.ts';
import { ProblemError } from '../http/problem-error.ts';
import type { Caller } from '../sessions/caller.ts';
import type { Submitted } from '../submission.ts';

const ownActions: readonly string[] = ['identities.set-encryption-key'];

/** Of callers without a role that writes, what is not their own is refused; each by itself. */
export function ownAlone(read: readonly Submitted[], caller: Caller): readonly Submitted[] {
  const needed: readonly Role[] = access.submit.writers;
  if (caller.roles.some((role) => needed.includes(role))) return read;
  return read.map((one) => {
    const body = one.transaction?.body;
    const isOwn = body !== undefined && ownActions.includes(body.action) && body.sender === caller.key;
    if (one.refusal !== undefined || isOwn) return one;
    const detail = `${caller.identity} has none of the roles ${needed.join(', ')}, and may send ${ownActions.join(', ')} of its own alone.`;
    return {
      ...(one.transaction && { transaction: one.transaction }),
      refusal: new ProblemError('role-missing', detail, { identity: caller.identity, needed }),
    };
  });
}

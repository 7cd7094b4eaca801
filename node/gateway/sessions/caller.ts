/** Who asks: a session, and what state says of its identity at this moment. */
import type { IdentityId, MemberId, PublicKey } from '../../../shared/types/brands.ts';
import type { Role } from '../../../shared/types/ledger.ts';
import { readIdentity } from '../../ledger/modules/identities.ts';
import type { StateView } from '../../ledger/types.ts';
import { type ReadScope, readableStreams } from './readable-streams.ts';
import type { Session } from './sessions.ts';

export interface Caller {
  readonly identity: IdentityId;
  readonly member: MemberId;
  readonly key: PublicKey;
  readonly roles: readonly Role[];
  readonly streams?: readonly string[];
  readonly reads: ReadScope;
  readonly session: Session;
}

/** Undefined: the identity is not active any more, or has another key. */
export function callerOf(state: StateView, session: Session): Caller | undefined {
  const identity = readIdentity(state, session.identity);
  if (identity?.status !== 'active' || identity.key !== session.key) return undefined;
  const { id, member, key, roles, streams } = identity;
  const reads = readableStreams(identity);
  return {
    identity: id,
    member,
    key,
    roles,
    ...(streams === undefined ? {} : { streams }),
    reads,
    session,
  };
}

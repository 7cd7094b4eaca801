/** Who may write, and who decides for its member. Auditors and readers only read. */
import type { Rejection, Role } from '../../../shared/types/ledger.ts';
import { type DecidedRejection, rejection } from '../rejections.ts';
import type { CommandContext } from '../types.ts';

const writers: readonly Role[] = ['submitter', 'operator', 'admin'];

export function requireWriter({ identity }: CommandContext): Rejection | undefined {
  if (identity.roles.some((role) => (writers as readonly string[]).includes(role))) return undefined;
  return rejection({ code: 'role-missing', facts: { identity: identity.id, needed: writers } });
}

export function requireAdmin({ identity }: CommandContext): DecidedRejection | undefined {
  if (identity.roles.includes('admin')) return undefined;
  return { code: 'role-missing', facts: { identity: identity.id, needed: ['admin'] } };
}

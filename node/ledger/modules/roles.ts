/** Who may write. Auditors and readers only read. */
import type { Rejection, Role } from '../../../shared/types/ledger.ts';
import { rejection } from '../rejections.ts';
import type { CommandContext } from '../types.ts';

const writers: readonly Role[] = ['submitter', 'operator', 'admin'];

export function requireWriter({ identity }: CommandContext): Rejection | undefined {
  if (identity.roles.some((role) => (writers as readonly string[]).includes(role))) return undefined;
  return rejection({ code: 'role-missing', facts: { identity: identity.id, needed: writers } });
}

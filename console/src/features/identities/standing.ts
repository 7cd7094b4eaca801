export type Standing = 'active' | 'revoked' | 'member-suspended' | 'member-removed';

/** An identity acts only while its member may; one that was revoked stays revoked. */
export function standingOf(own: 'active' | 'revoked', member: 'active' | 'suspended' | 'removed'): Standing {
  return own === 'revoked' || member === 'active' ? own : `member-${member}`;
}

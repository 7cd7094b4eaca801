/** How many members are active, counted once for each block: every submission asks. */
import { activeMembers } from '../../ledger/modules/members.ts';
import type { GatewayContext } from '../context.ts';

const counted = new WeakMap<GatewayContext, { readonly height: number; readonly members: number }>();

export function activeMemberCount(context: GatewayContext): number {
  const height = context.queries.certifiedHeight();
  const known = counted.get(context);
  if (known?.height === height) return known.members;
  const members = activeMembers(context.state).length;
  counted.set(context, { height, members });
  return members;
}

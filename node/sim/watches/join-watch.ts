/** Rule V5 between two events: nobody stays below f+1 others whose VIEW-CHANGEs he holds. */
import { weakQuorum } from '../../../shared/protocol/quorum.ts';
import type { ValidatorId } from '../../../shared/types/brands.ts';
import type { ConsensusView } from '../../consensus/types.ts';

/** undefined, or whom it should have joined. */
export function joinFault(
  id: ValidatorId,
  replicas: number,
  { mode, view, changingTo, viewChanges }: ConsensusView,
): string | undefined {
  const standing = changingTo ?? view;
  const above = viewChanges.filter((other) => other.validator !== id && other.view > standing);
  if (mode !== 'voting' || above.length < weakQuorum(replicas)) return undefined;
  return `${id} stays in view ${standing} while ${above.length} others ask for higher ones`;
}

/** What people call those whom state knows by id. */
import { readMember } from '../../ledger/modules/members.ts';
import type { StateView } from '../../ledger/types.ts';

export const memberName = (state: StateView, id: string): string => readMember(state, id)?.name ?? id;

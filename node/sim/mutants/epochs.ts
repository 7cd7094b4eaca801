/** Bugs that need a second epoch (rules E1–E4). With one epoch there is no place where they could be made. */
import type { Unwritten } from './types.ts';

export const unwrittenMutants: readonly Unwritten[] = [
  {
    name: 'one VIEW-CHANGE slot across epochs',
    rules: ['M3', 'E2'],
    reason:
      'before there is governance a validator has one epoch: a message of another one is refused by the runtime (isCurrent), by step (slotFault) and by viewChangeFault, so that no single change lets two epochs meet in one slot',
  },
];

/** What a break of the chain means, in the same words wherever it is shown. */
import type { RecoveryLoss } from '../types/recovery.ts';

export const lossInWords: { readonly [loss in RecoveryLoss]: string } = {
  none: 'no certified block can have been lost',
  'if-lied': 'no certified block was lost unless one of the validators that took part lied',
  possible: 'certified blocks may have been lost: too few validators could say what they sealed',
};

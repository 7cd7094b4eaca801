/** A break of the chain in words: nobody who looks at a proof may miss it. */
import { lossInWords } from '../../../shared/protocol/recovery-words.ts';
import type { RecoveryBreak } from '../../../shared/types/recovery.ts';
import { countOf } from '../../runtime/diagnosis/words.ts';
import { factLines } from '../io.ts';

export const breakLines = (happened: RecoveryBreak): readonly string[] => [
  `BREAK behind height ${happened.height}: no quorum leads on there. The members recovered the network.`,
  ...factLines({
    reason: happened.reason,
    signers: happened.signers.map(({ identity, member }) => `${identity} of ${member}`).join(', '),
    survivors: `${happened.survivors.join(', ')} of ${countOf(happened.of, 'validator')}`,
    fenced: happened.fenced.join(', '),
    'certified up to': happened.base,
    'kept without a quorum': happened.height - happened.base,
    'next epoch': happened.epoch,
    loss: lossInWords[happened.loss],
    recovery: happened.digest,
  }),
];

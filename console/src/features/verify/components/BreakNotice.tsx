import { lossInWords } from '../../../../../shared/protocol/recovery-words.ts';
import type { RecoveryBreak } from '../../../../../shared/types/recovery.ts';
import { Fact, Facts } from '../../../components/Facts.tsx';
import { Hash } from '../../../components/Hash.tsx';
import styles from './BreakNotice.module.css';

/** Places of the chain that no quorum proves. The checks hold, and yet nobody may take the chain for whole. */
export function BreakNotice({ breaks }: { readonly breaks: readonly RecoveryBreak[] }) {
  return breaks.map((happened) => (
    <section key={happened.digest} className={styles.notice} aria-label="Break of the chain">
      <p className={styles.title}>
        The chain has a break behind block {happened.height}: no quorum leads on there. The members recovered
        the network; {lossInWords[happened.loss]}.
      </p>
      <Facts>
        <Fact name="Reason">{happened.reason}</Fact>
        <Fact name="Signed by">
          {happened.signers.map(({ identity, member }) => `${identity} of ${member}`).join(', ')}
        </Fact>
        <Fact name="Took part">
          {happened.survivors.join(', ')} of {happened.of} validators
        </Fact>
        {happened.fenced.length > 0 && <Fact name="Fenced">{happened.fenced.join(', ')}</Fact>}
        <Fact name="Certified up to">{happened.base}</Fact>
        <Fact name="Kept without a quorum">{happened.height - happened.base} blocks</Fact>
        <Fact name="Next epoch">{happened.epoch}</Fact>
        <Fact name="Recovery">
          <Hash value={happened.digest} name="recovery" />
        </Fact>
      </Facts>
    </section>
  ));
}

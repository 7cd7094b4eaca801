import { useState } from 'react';
import { Page } from '../../components/Page.tsx';
import { pin } from '../../lib/pin.ts';
import { useStore } from '../../lib/store.ts';
import { openedKey } from './api/key-holder.ts';
import { CommandCard } from './components/CommandCard.tsx';
import { KeyCard } from './components/KeyCard.tsx';
import { ProgressCard } from './components/ProgressCard.tsx';
import { ReviewCard } from './components/ReviewCard.tsx';
import type { Prepared, Signed } from './key-protocol.ts';
import styles from './SubmitPage.module.css';

/** Key, command, review of the very bytes, and then what becomes of it. */
export default function SubmitPage() {
  const key = useStore(openedKey);
  const network = useStore(pin)?.network;
  const [prepared, setPrepared] = useState<Prepared | undefined>();
  const [signed, setSigned] = useState<Signed | undefined>();
  const review = (next: Prepared) => {
    setSigned(undefined);
    setPrepared(next);
  };
  return (
    <Page
      title="Submit"
      lead="The key stays in this browser: what you see decoded is what is signed, byte for byte."
    >
      <div className={styles.columns}>
        <div className={styles.column}>
          <KeyCard />
          <CommandCard
            canSign={key !== undefined && network !== undefined}
            network={network}
            isReviewed={prepared !== undefined}
            onPrepared={review}
          />
        </div>
        <div className={styles.column}>
          {prepared !== undefined && (
            <ReviewCard
              key={prepared.hex}
              prepared={prepared}
              isSigned={signed !== undefined}
              onSigned={setSigned}
            />
          )}
          {signed !== undefined && <ProgressCard key={signed.id} signed={signed} />}
          {prepared === undefined && <Steps hasKey={key !== undefined} />}
        </div>
      </div>
    </Page>
  );
}

function Steps({ hasKey }: { hasKey: boolean }) {
  const steps = [
    ['Open a key', 'An age file and its passphrase, or a new key.'],
    ['Say what happens', 'Append an event to a stream, transfer an asset, or write any action.'],
    ['Review and sign', 'The bytes, decoded again.'],
    ['Follow it', 'Submitted, ordered, executed, certified, and verified here.'],
  ] as const;
  return (
    <ol className={styles.steps} aria-label="Steps">
      {steps.map(([title, text], at) => (
        <li key={title} className={styles.step} aria-current={at === (hasKey ? 1 : 0) ? 'step' : undefined}>
          <span className={styles.number}>{at + 1}</span>
          <div>
            <p className={styles.title}>{title}</p>
            <p className={styles.muted}>{text}</p>
          </div>
        </li>
      ))}
    </ol>
  );
}

import { useState } from 'react';
import type { PayloadRecordJson } from '../../../../../shared/api.ts';
import { Button } from '../../../components/Button.tsx';
import { queryClient } from '../../../lib/queries.ts';
import { useStore } from '../../../lib/store.ts';
import { SigningCards, useSigning } from '../../proposals/components/useSigning.tsx';
import { useHolder } from '../../proposals/useHolder.ts';
import { openedKey, openedReader } from '../../submit/api/key-holder.ts';
import { KeyCard } from '../../submit/components/KeyCard.tsx';
import { readHere } from '../api/payloads.ts';
import { attachmentFor } from '../attachment.ts';
import styles from './Payloads.module.css';
import { RecipientPicker } from './RecipientPicker.tsx';

/** A reader gives it to others: decrypted and encrypted anew here, and appended to the same stream. */
export function GrantPayload({ record }: { record: PayloadRecordJson }) {
  const [isOpen, setOpen] = useState(false);
  if (!isOpen)
    return (
      <div className={styles.row}>
        <Button onPress={() => setOpen(true)}>Grant to others</Button>
        <span className={styles.muted}>A reader encrypts it for further readers. It is on the record.</span>
      </div>
    );
  return <GrantForm record={record} />;
}

function GrantForm({ record }: { record: PayloadRecordJson }) {
  const signing = useSigning();
  const holder = useHolder();
  const hasKeys = useBothKeys();
  const [names, setNames] = useState<readonly string[]>([]);
  const [isBusy, setBusy] = useState(false);
  const isReader = holder !== undefined && holder !== null && record.recipients.includes(holder.id);
  const review = async () => {
    const content = await readHere(record);
    const { digest, erasable, stream } = record;
    const { payload, bytes } = await attachmentFor({ content, names, erasable, grantOf: digest });
    const event = {
      eventId: crypto.randomUUID(),
      type: 'payload.granted',
      data: {},
      labels: {},
      references: [],
      payload,
    };
    signing.review('streams.append', { stream, expectedRevision: 'any', events: [event] }, [bytes]);
  };
  const start = () => {
    setBusy(true);
    review()
      .catch(signing.fail)
      .finally(() => setBusy(false));
  };
  return (
    <>
      {!hasKeys && <KeyCard wantsReader />}
      <RecipientPicker
        label="Grant it to"
        hint="They read the same content; what was granted cannot be taken back."
        chosen={names}
        onChange={setNames}
      />
      <div className={styles.row}>
        <Button isDisabled={!isReader || !hasKeys || names.length === 0 || isBusy} onPress={start}>
          {isBusy ? 'Encrypting…' : 'Review the grant'}
        </Button>
        <span className={styles.muted}>
          {hasKeys
            ? isReader
              ? `Signs as ${holder.id}.`
              : 'Only one of its readers can grant it: open the key of one.'
            : 'It takes both keys of a reader: one decrypts, one signs.'}
        </span>
      </div>
      <SigningCards signing={signing} onCertified={refresh} />
    </>
  );
}

const refresh = (): void => void queryClient.invalidateQueries({ queryKey: ['stream'] });

function useBothKeys(): boolean {
  const key = useStore(openedKey);
  const reader = useStore(openedReader);
  return key !== undefined && reader !== undefined;
}

import { useState } from 'react';
import { Button } from '../../../components/Button.tsx';
import { ErrorPanel } from '../../../components/ErrorPanel.tsx';
import { formatBytes } from '../../../lib/format.ts';
import { sign } from '../api/key-holder.ts';
import type { Prepared, Signed } from '../key-protocol.ts';
import { EncodedCard } from './EncodedCard.tsx';
import styles from './ReviewCard.module.css';

export interface ReviewCardProps {
  readonly prepared: Prepared;
  readonly isSigned: boolean;
  readonly onSigned: (signed: Signed) => void;
}

/** The body, decoded from the bytes that the signature will cover. */
export function ReviewCard({ prepared, isSigned, onSigned }: ReviewCardProps) {
  const [error, setError] = useState<unknown>();
  return (
    <EncodedCard body={prepared} isSigned={isSigned}>
      {prepared.payloads.length > 0 && (
        <p className={styles.muted}>
          Beside it, encrypted: {prepared.payloads.map(({ length }) => formatBytes(length)).join(', ')}. The
          digest above names it.
        </p>
      )}
      {error !== undefined && <ErrorPanel error={error} />}
      {!isSigned && (
        <div className={styles.actions}>
          <Button look="primary" onPress={() => void sign(prepared).then(onSigned, setError)}>
            Sign and submit
          </Button>
          <span className={styles.muted}>It cannot be taken back once it is certified.</span>
        </div>
      )}
    </EncodedCard>
  );
}

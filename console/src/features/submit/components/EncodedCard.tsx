import type { ReactNode } from 'react';
import { Card } from '../../../components/Card.tsx';
import { CopyButton } from '../../../components/Hash.tsx';
import { JsonView } from '../../../components/JsonView.tsx';
import { formatBytes } from '../../../lib/format.ts';
import type { EncodedBody } from '../key-protocol.ts';
import { useShownInView } from '../useShownInView.ts';
import styles from './ReviewCard.module.css';

export interface EncodedCardProps {
  readonly body: EncodedBody;
  readonly isSigned?: boolean;
  readonly children: ReactNode;
}

/** What a signature will cover, decoded from its own bytes. */
export function EncodedCard({ body, isSigned = false, children }: EncodedCardProps) {
  const top = useShownInView();
  return (
    <div ref={top}>
      <Card
        title={isSigned ? 'What was signed' : 'What will be signed'}
        aside={
          <span className={styles.bytes}>
            {formatBytes(body.bytes)} of DAG-CBOR
            <CopyButton value={body.hex} name="bytes as hex" />
          </span>
        }
      >
        <JsonView value={body.decoded} />
        {children}
      </Card>
    </div>
  );
}

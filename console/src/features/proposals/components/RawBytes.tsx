import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import type { ProposalJson } from '../../../../../shared/api.ts';
import { fromBase64Url, toHex } from '../../../../../shared/codec/hex.ts';
import { Card } from '../../../components/Card.tsx';
import { CopyButton } from '../../../components/Hash.tsx';
import { formatBytes } from '../../../lib/format.ts';
import { transactionQuery } from '../../transactions/api/transactions.ts';
import { originQuery } from '../api/proposals.ts';
import styles from '../Proposals.module.css';

/** The very envelope that proposed it, body and signature, as the ledger holds it. */
export function RawBytes({ proposal }: { proposal: ProposalJson }) {
  const origin = useQuery(originQuery(proposal)).data ?? '';
  const { data } = useQuery({ ...transactionQuery(origin), enabled: origin !== '' });
  if (data?.status !== 'certified') return null;
  const hex = toHex(fromBase64Url(data.envelope));
  return (
    <Card title="Raw bytes" aside={<CopyButton value={hex} name="envelope as hex" />}>
      <p className={styles.muted}>
        The envelope that proposed it, {formatBytes(hex.length / 2)} of DAG-CBOR.{' '}
        <Link to={`/tx/${origin}`}>Verify the transaction</Link>
      </p>
      <details className={styles.raw}>
        <summary>Show as hex</summary>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and scrolling needs the keyboard */}
        <pre className={styles.hex} tabIndex={0}>
          {hex}
        </pre>
      </details>
    </Card>
  );
}

import { Download, PenLine } from 'lucide-react';
import { useState } from 'react';
import {
  encodeChainReport,
  type ChainReport as Report,
} from '../../../../../../shared/protocol/chain-report.ts';
import { Button } from '../../../../components/Button.tsx';
import { ErrorPanel } from '../../../../components/ErrorPanel.tsx';
import { Hash } from '../../../../components/Hash.tsx';
import { downloadBytes } from '../../../../lib/download.ts';
import { useStore } from '../../../../lib/store.ts';
import { openedKey, signReport } from '../../../submit/api/key-holder.ts';
import { KeyCard } from '../../../submit/components/KeyCard.tsx';
import { reportFile } from '../report.ts';
import styles from './Chain.module.css';

/** Files what was found: signed by the reader's key, which is opened here, or by nobody. */
export function ChainReport({ report }: { report: Report }) {
  const key = useStore(openedKey);
  const [opening, setOpening] = useState(false);
  const [error, setError] = useState<unknown>();
  const save = (text: string) =>
    downloadBytes(
      `chain-report-${report.network.slice(0, 8)}-${report.height}.json`,
      text,
      'application/json',
    );
  const sign = (publicKey: string) => {
    setError(undefined);
    signReport({ report: encodeChainReport(report), network: report.network })
      .then((signature) => save(reportFile(report, { key: publicKey, signature })))
      .catch(setError);
  };
  return (
    <section className={styles.report} aria-label="Report">
      <p className={styles.muted}>
        The report says what was verified, when, and up to which block. Signed, it says by whom; anyone can
        check it on the Verify page.
      </p>
      <div className={styles.actions}>
        {key === undefined ? (
          <Button aria-expanded={opening} onPress={() => setOpening(!opening)}>
            <PenLine size={16} aria-hidden />
            Sign the report…
          </Button>
        ) : (
          <Button look="primary" onPress={() => sign(key.publicKey)}>
            <PenLine size={16} aria-hidden />
            Sign and download
          </Button>
        )}
        <Button onPress={() => save(reportFile(report))}>
          <Download size={16} aria-hidden />
          Download unsigned
        </Button>
        {key !== undefined && (
          <span className={styles.muted}>
            Signs with <Hash value={key.publicKey} name="public key" copy={false} />
          </span>
        )}
      </div>
      {opening && key === undefined && <KeyCard />}
      {error !== undefined && <ErrorPanel error={error} />}
    </section>
  );
}

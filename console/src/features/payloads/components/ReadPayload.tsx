import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { ClientError } from '../../../../../shared/client/client-error.ts';
import { Button } from '../../../components/Button.tsx';
import { ErrorPanel } from '../../../components/ErrorPanel.tsx';
import { announce } from '../../../lib/announce.ts';
import { downloadBytes } from '../../../lib/download.ts';
import { formatBytes } from '../../../lib/format.ts';
import { useStore } from '../../../lib/store.ts';
import { openedReader } from '../../submit/api/key-holder.ts';
import { KeyCard } from '../../submit/components/KeyCard.tsx';
import { contentQuery } from '../api/payloads.ts';
import { shownContent } from '../content.ts';
import type { EventPayload } from '../shown-payloads.ts';
import styles from './Payloads.module.css';

/** Fetched, checked against its digest and decrypted in this browser; gone again when the key is closed. */
export function ReadPayload({ payload }: { payload: Pick<EventPayload, 'digest' | 'recipients'> }) {
  const reader = useStore(openedReader);
  const [isWanted, setWanted] = useState(false);
  const isSealed = payload.recipients.length > 0;
  const needsKey = isSealed && reader === undefined;
  const content = useQuery({
    ...contentQuery(payload, isSealed ? reader?.encryptionKey : 'none'),
    enabled: isWanted && !needsKey,
  });
  useEffect(() => {
    if (content.data !== undefined) announce('The payload is shown');
  }, [content.data]);
  if (content.data !== undefined) return <Content content={content.data} digest={payload.digest} />;
  return (
    <>
      <div className={styles.row}>
        <Button isDisabled={content.isFetching} onPress={() => setWanted(true)}>
          {content.isFetching ? 'Reading…' : 'Read here'}
        </Button>
        <span className={styles.muted}>
          {isSealed
            ? 'Decrypted in this browser, with the encryption key of one of its readers.'
            : 'Checked against its digest in this browser.'}
        </span>
      </div>
      {content.error !== null && <ErrorPanel error={content.error} onRetry={() => void content.refetch()} />}
      {isWanted && (needsKey || isOtherKey(content.error)) && <KeyCard wantsReader />}
    </>
  );
}

const isOtherKey = (error: Error | null): boolean =>
  error instanceof ClientError && error.code === 'not-a-recipient';

function Content({ content, digest }: { content: Uint8Array<ArrayBuffer>; digest: string }) {
  const text = shownContent(content);
  const name = `payload-${digest.slice(0, 8)}${text === undefined ? '' : '.txt'}`;
  return (
    <>
      {text === undefined ? (
        <p>{formatBytes(content.length)} that are no text.</p>
      ) : (
        // biome-ignore lint/a11y/useSemanticElements: a fieldset is for what is filled in
        <div role="group" aria-label="Content of the payload">
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: long content scrolls, and scrolling needs the keyboard */}
          <pre className={styles.content} tabIndex={0}>
            {text}
          </pre>
        </div>
      )}
      <div className={styles.row}>
        <Button onPress={() => downloadBytes(name, content, 'application/octet-stream')}>
          Save as a file
        </Button>
        <span className={styles.muted}>{formatBytes(content.length)}, decrypted. A saved file is not.</span>
      </div>
    </>
  );
}

import { ClientError } from '../../../shared/client/client-error.ts';
import { GatewayError } from '../lib/gateway-error.ts';
import { Button } from './Button.tsx';
import styles from './ErrorPanel.module.css';
import { StatusIcon } from './Status.tsx';

/** What went wrong, what to do, and what support needs to know. */
export function ErrorPanel({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const { title, detail, next, code, requestId } = describe(error);
  // Nothing went wrong: it is not for this reader, and asking again changes nothing.
  const isClosed = code === 'role-missing';
  return (
    <div className={styles.panel} role="alert" data-closed={isClosed || undefined}>
      <StatusIcon kind={isClosed ? 'unknown' : 'failed'} size={20} />
      <div className={styles.text}>
        <p className={styles.title}>{title}</p>
        {detail !== `${title}.` && <p>{detail}</p>}
        {next !== '' && <p className={styles.muted}>{next}</p>}
        <p className={styles.codes}>
          <code>{code}</code>
          {requestId !== undefined && (
            <>
              {' '}
              · request <code>{requestId}</code>
            </>
          )}
        </p>
      </div>
      {onRetry !== undefined && !isClosed && <Button onPress={onRetry}>Try again</Button>}
    </div>
  );
}

function describe(error: unknown) {
  if (error instanceof GatewayError) {
    const { message: title, detail, next, code } = error;
    return { title, detail, next, code, requestId: error.problemBody?.requestId };
  }
  if (error instanceof ClientError) {
    const { message: title, code, next } = error;
    return { title, detail: factsText(error.facts), next, code, requestId: undefined };
  }
  const detail = error instanceof Error ? error.message : String(error);
  return {
    title: 'This page could not finish its work',
    detail,
    next: 'Reload the page; if it happens again, report the text above.',
    code: 'console-error',
    requestId: undefined,
  };
}

const factsText = (facts: ClientError['facts']): string =>
  Object.entries(facts)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}: ${String(value)}`)
    .join(' · ');

import { Download, ShieldCheck } from 'lucide-react';
import { useState } from 'react';
import { checkIds } from '../../../../../shared/protocol/checks.ts';
import { Button } from '../../../components/Button.tsx';
import { ErrorPanel } from '../../../components/ErrorPanel.tsx';
import { StatusIcon, type StatusKind } from '../../../components/Status.tsx';
import { formatCount, shortenHash } from '../../../lib/format.ts';
import { useHotkeys } from '../../../lib/hotkeys.ts';
import { checkTitles, firstFailure, isKeptByRecovery, sentenceOf } from '../checks.ts';
import type { Verification } from '../useVerification.ts';
import { BreakNotice } from './BreakNotice.tsx';
import { CheckList } from './CheckList.tsx';
import { FailureHelp } from './FailureHelp.tsx';
import styles from './VerifyPanel.module.css';

export interface VerifyPanelProps {
  readonly verification: Verification;
  readonly subject: 'block' | 'transaction';
  /** Path of the same thing at another node. */
  readonly retryPath: string;
}

/** What is known of the page's subject: reported by a node, or verified here. */
export function VerifyPanel({ verification, subject, retryPath }: VerifyPanelProps) {
  const { state, checks, run, download } = verification;
  const [opened, setOpened] = useState(false);
  const verify = () => {
    setOpened(true);
    run();
  };
  useHotkeys({ v: verify, V: verify });
  const failure = firstFailure(checks);
  return (
    <section className={styles.panel} aria-label="Verification">
      <div className={styles.head}>
        <Headline verification={verification} subject={subject} />
        <div className={styles.actions}>
          {download !== undefined && (
            <Button onPress={download.save}>
              <Download size={16} aria-hidden />
              {download.label}
            </Button>
          )}
          <Button
            look={verification.proven === undefined ? 'primary' : 'secondary'}
            onPress={verify}
            isDisabled={state === 'running'}
          >
            <ShieldCheck size={16} aria-hidden />
            {state === 'idle' ? 'Verify' : 'Verify again'}
            <kbd className={styles.key}>V</kbd>
          </Button>
        </div>
      </div>
      {verification.error !== undefined && <ErrorPanel error={verification.error} onRetry={verify} />}
      {(opened || checks.length > 0) && verification.error === undefined && (
        <CheckList checks={checks} running={state === 'running'} />
      )}
      <BreakNotice breaks={verification.proven?.breaks ?? []} />
      {failure !== undefined && <FailureHelp failure={failure} retryPath={retryPath} download={download} />}
    </section>
  );
}

function Headline({ verification: { state, checks, proven, reportedBy }, subject }: HeadlineProps) {
  const failure = firstFailure(checks);
  const passed = checks.filter((check) => check.ok).length;
  if (proven !== undefined) {
    return (
      <Lines kind="verified" title="Verified in this browser">
        {subject === 'block' ? 'Block' : 'It is in block'} {formatCount(proven.height)}
        {subject === 'block' ? ' is' : ','}{' '}
        {isKeptByRecovery(proven) ? 'kept by a recovery' : 'sealed by a quorum'} of the network{' '}
        <code>{shortenHash(proven.network)}</code> that this browser has pinned.
      </Lines>
    );
  }
  if (failure !== undefined) {
    return (
      <Lines kind="failed" title={`Not proven: “${checkTitles[failure.id]}” failed`}>
        {sentenceOf(failure)}
      </Lines>
    );
  }
  if (state === 'running') {
    return (
      <Lines kind="pending" title="Checking in this browser">
        {passed} of {checkIds.length} checks done
      </Lines>
    );
  }
  return (
    <Lines kind="reported" title={`Committed (reported by ${reportedBy ?? 'the node'})`}>
      Not checked yet. Six checks prove it here, without trusting the node.
    </Lines>
  );
}

interface HeadlineProps {
  readonly verification: Verification;
  readonly subject: string;
}

function Lines({ kind, title, children }: { kind: StatusKind; title: string; children: React.ReactNode }) {
  return (
    <div className={styles.headline} role="status">
      <StatusIcon kind={kind} size={28} />
      <div>
        <p className={styles.title} data-kind={kind}>
          {title}
        </p>
        <p className={styles.muted}>{children}</p>
      </div>
    </div>
  );
}

import type { CheckId } from '../../../../../shared/protocol/checks.ts';
import { ErrorPanel } from '../../../components/ErrorPanel.tsx';
import { shortenHash } from '../../../lib/format.ts';
import {
  type CheckTitles,
  checkTitles,
  firstFailure,
  isKeptByRecovery,
  type Proven,
  sentenceOf,
} from '../checks.ts';
import type { Proof } from '../useProof.ts';
import { BreakNotice } from './BreakNotice.tsx';
import { ResultPanel } from './ResultPanel.tsx';

export interface ProofResultProps {
  readonly proof: Proof;
  /** The checks of this kind of subject, in order. */
  readonly ids: readonly CheckId[];
  readonly titles?: CheckTitles;
  /** What is known if all of them passed: a sentence without its end, which says who sealed it. */
  readonly claimOf: (proven: Proven) => string;
  readonly children?: React.ReactNode;
}

/** Nothing before the first attempt; then what is done, or what came of it. */
export function ProofResult({
  proof: { state, step, report, error },
  ids,
  titles = {},
  claimOf,
  children,
}: ProofResultProps) {
  if (error !== undefined) return <ErrorPanel error={error} />;
  if (state === 'running')
    return <ResultPanel kind="pending" title="Checking in this browser" text={`${step}…`} />;
  if (report === undefined) return null;
  const { checks, proven } = report;
  const failure = firstFailure(checks);
  if (proven === undefined) {
    const title =
      failure === undefined
        ? 'Not proven'
        : `Not proven: “${titles[failure.id] ?? checkTitles[failure.id]}” failed`;
    const text =
      failure === undefined
        ? 'There was nothing to check.'
        : `${sentenceOf(failure)}. Do not rely on what this node says; ask another one.`;
    return <ResultPanel kind="failed" title={title} text={text} checks={checks} ids={ids} titles={titles} />;
  }
  return (
    <>
      <ResultPanel
        kind="verified"
        title="Verified in this browser"
        text={`${claimOf(proven)}: ${isKeptByRecovery(proven) ? 'kept by a recovery' : 'sealed by a quorum'} of network ${shortenHash(proven.network)}.`}
        checks={checks}
        ids={ids}
        titles={titles}
      >
        <BreakNotice breaks={proven.breaks ?? []} />
      </ResultPanel>
      {children}
    </>
  );
}

import { type CheckId, checkIds } from '../../../../../shared/protocol/checks.ts';
import { formatBytes, shortenHash } from '../../../lib/format.ts';
import {
  type CheckTitles,
  checkTitles,
  firstFailure,
  reportTitles,
  sentenceOf,
  type VerificationReport,
} from '../checks.ts';
import { BreakNotice } from '../components/BreakNotice.tsx';
import { ResultPanel, type ResultPanelProps } from '../components/ResultPanel.tsx';
import { ProvenRecord } from './ProvenRecord.tsx';
import { ReportContent } from './ReportContent.tsx';
import type { FileResult as Result } from './useFileVerification.ts';

type Shown = Exclude<Result, { kind: 'error' }>;

/** The verdict on a file, its checks, and what the file says, as far as it is proven. */
export function FileResult({ result, linked }: { result: Shown; linked: boolean }) {
  return (
    <>
      <ResultPanel {...panelOf(result)}>
        {result.kind === 'report' && <BreakNotice breaks={result.report.proven?.breaks ?? []} />}
      </ResultPanel>
      {result.kind === 'report' && result.report.proven !== undefined && (
        <ProvenRecord proven={result.report.proven} linked={linked} />
      )}
      {result.kind === 'chain-report' && result.content !== undefined && (
        <ReportContent
          report={result.content}
          {...(result.key === undefined ? {} : { signer: result.key })}
        />
      )}
    </>
  );
}

function panelOf(result: Shown): ResultPanelProps {
  switch (result.kind) {
    case 'running':
      return { kind: 'pending', title: 'Checking in this browser', text: result.name };
    case 'unreadable':
      return { kind: 'failed', title: `Nothing to verify in ${result.name}`, text: result.why };
    case 'genesis':
      return genesisPanel(result);
    case 'chain-report':
      return chainReportPanel(result);
    case 'report':
      return proofPanel(result);
  }
}

function proofPanel({ name, form, bytes, report, network }: Shown & { kind: 'report' }): ResultPanelProps {
  const what = `${form === 'pack' ? 'Proof pack' : 'Receipt'} ${name}, ${formatBytes(bytes)}`;
  const { checks } = report;
  if (firstFailure(checks) !== undefined) return failedPanel(what, report);
  return {
    kind: 'verified',
    title: 'Verified in this browser',
    text: `${what}, against network ${shortenHash(network)}.`,
    checks,
  };
}

function genesisPanel({ name, report, network }: Shown & { kind: 'genesis' }): ResultPanelProps {
  if (firstFailure(report.checks) !== undefined) return failedPanel(`Genesis ${name}`, report, ['history']);
  return {
    kind: 'verified',
    title: 'This is the genesis of the network',
    text: `${name} hashes to network ${shortenHash(network)}. Receipts can be verified now.`,
    checks: report.checks,
    ids: ['history'],
  };
}

const reportChecks = ['decode', 'header', 'leaf'] as const;

/** Its signature may hold, and yet it is somebody's word: it is never shown as verified. */
function chainReportPanel({ name, report }: Shown & { kind: 'chain-report' }): ResultPanelProps {
  const { checks } = report;
  if (firstFailure(checks) !== undefined)
    return failedPanel(`Report ${name}`, report, reportChecks, reportTitles);
  return {
    kind: 'reported',
    title: 'Signed, and unchanged since',
    text: `${name} says who verified the chain, and what came of it. It proves no block: to know for yourself, verify the chain.`,
    checks,
    ids: reportChecks,
    titles: reportTitles,
  };
}

function failedPanel(
  what: string,
  { checks }: VerificationReport,
  ids: readonly CheckId[] = checkIds,
  titles: CheckTitles = {},
): ResultPanelProps {
  const failure = firstFailure(checks);
  if (failure === undefined) return { kind: 'failed', title: 'Not proven', text: `${what}.`, checks, ids };
  const title = `Not proven: “${titles[failure.id] ?? checkTitles[failure.id]}” failed`;
  return { kind: 'failed', title, text: `${what}: ${sentenceOf(failure)}.`, checks, ids, titles };
}

import { useQuery } from '@tanstack/react-query';
import type { RecoveryBreak } from '../../../../shared/types/recovery.ts';
import { Button } from '../../components/Button.tsx';
import { ErrorPanel } from '../../components/ErrorPanel.tsx';
import { StatusIcon, type StatusKind } from '../../components/Status.tsx';
import { formatCount, plural, shortenHash } from '../../lib/format.ts';
import { gatewayOrigin } from '../../lib/gateway.ts';
import { pin } from '../../lib/pin.ts';
import { statusQuery } from '../../lib/queries.ts';
import { useStore } from '../../lib/store.ts';
import styles from './chain/components/Chain.module.css';
import { ChainFailureView } from './chain/components/ChainFailureView.tsx';
import { ChainProgressView } from './chain/components/ChainProgressView.tsx';
import { ChainReport } from './chain/components/ChainReport.tsx';
import { reportOf } from './chain/report.ts';
import { type Chain, type ChainState, useChain } from './chain/useChain.ts';
import { chainTitles, checkTitles, firstFailure, sentenceOf } from './checks.ts';
import { BreakNotice } from './components/BreakNotice.tsx';
import { VerifyFrame } from './components/VerifyFrame.tsx';

/** Every block since genesis: its link to the one before, its history, and its quorum of seals. */
export default function VerifyChainPage() {
  const network = useStore(pin)?.network ?? '';
  const chain = useChain(network);
  const { data: status } = useQuery(statusQuery);
  const target = Math.max(status?.height ?? 0, chain.progress?.height ?? 0);
  const report = reportOf(chain, network, gatewayOrigin());
  return (
    <VerifyFrame
      title="Verify the whole chain"
      lead="From the pinned genesis block to the newest one: every header, every link, every seal, in this browser. It can be left and taken up again."
    >
      <section
        className={styles.panel}
        aria-label="Chain"
        data-phase={chain.phase}
        data-run-blocks={chain.progress?.runBlocks}
        data-run-ms={chain.progress?.runMs}
      >
        <div className={styles.head}>
          <Headline state={chain} target={target} network={network} />
          <Actions chain={chain} target={target} />
        </div>
        {chain.progress !== undefined && (
          <ChainProgressView
            progress={chain.progress}
            target={target}
            kind={kindOf(chain)}
            running={chain.phase === 'running'}
          />
        )}
        <BreakNotice breaks={chain.progress?.breaks ?? []} />
        {chain.failure !== undefined && <ChainFailureView failure={chain.failure} />}
        {report !== undefined && <ChainReport report={report} />}
      </section>
      {chain.error !== undefined && <ErrorPanel error={chain.error} onRetry={() => chain.run(target)} />}
    </VerifyFrame>
  );
}

const kinds: { readonly [phase in ChainState['phase']]: StatusKind } = {
  reading: 'unknown',
  idle: 'unknown',
  running: 'pending',
  stopping: 'pending',
  paused: 'unknown',
  verified: 'verified',
  failed: 'failed',
};
const kindOf = ({ phase }: ChainState): StatusKind => kinds[phase];

function Headline({ state, target, network }: { state: ChainState; target: number; network: string }) {
  const kind = kindOf(state);
  const [title, text] = wordsOf(state, target, network);
  return (
    <div className={styles.headline}>
      <StatusIcon kind={kind} size={28} />
      <div role="status">
        <p className={styles.title} data-kind={kind}>
          {title}
        </p>
        <p className={styles.muted}>{text}</p>
      </div>
    </div>
  );
}

function wordsOf(
  { phase, progress, failure }: ChainState,
  target: number,
  network: string,
): readonly [title: string, text: string] {
  const height = formatCount(progress?.height ?? 0);
  switch (phase) {
    case 'reading':
      return ['Looking for what was verified before', 'Kept in this browser.'];
    case 'idle':
      return ['Not verified yet', `${formatCount(target)} blocks are to be checked, none of them on trust.`];
    case 'running':
    case 'stopping':
      return [
        'Checking in this browser',
        `Against network ${shortenHash(network)}, which this browser has pinned.`,
      ];
    case 'paused':
      return [`Paused: verified up to block ${height}`, 'Kept in this browser; it goes on from there.'];
    case 'verified':
      return [
        `Verified in this browser: blocks 0 to ${height}`,
        verifiedText(progress?.breaks ?? [], network),
      ];
    case 'failed':
      return [
        `Not proven: block ${formatCount(failure?.height ?? 0)} failed`,
        failureText(failure?.checks ?? []),
      ];
  }
}

function verifiedText(breaks: readonly RecoveryBreak[], network: string): string {
  const id = shortenHash(network);
  if (breaks.length === 0)
    return `Nothing is missing, nothing was changed, and a quorum sealed every block of network ${id}.`;
  const places = breaks.map(({ height }) => formatCount(height)).join(', ');
  return (
    `Nothing was changed, and each block of network ${id} follows from the one before. ` +
    `But the chain has ${plural(breaks.length, 'break')}, behind block ${places}: no quorum leads on there.`
  );
}

function failureText(checks: Parameters<typeof firstFailure>[0]): string {
  const check = firstFailure(checks);
  return check === undefined
    ? 'A check failed.'
    : `${chainTitles[check.id] ?? checkTitles[check.id]}: ${sentenceOf(check)}.`;
}

function Actions({
  chain: { phase, progress, run, pause, startOver },
  target,
}: {
  chain: Chain;
  target: number;
}) {
  if (phase === 'reading') return null;
  if (phase === 'running' || phase === 'stopping') {
    return (
      <Button onPress={pause} isDisabled={phase === 'stopping'}>
        Pause
      </Button>
    );
  }
  const behind = target - (progress?.height ?? 0);
  return (
    <div className={styles.actions}>
      {progress !== undefined && <Button onPress={startOver}>Start over</Button>}
      {(phase !== 'verified' || behind > 0) && (
        <Button look="primary" onPress={() => run(target)}>
          {runWord(phase, behind)}
        </Button>
      )}
    </div>
  );
}

function runWord(phase: ChainState['phase'], behind: number): string {
  if (phase === 'idle') return 'Verify the chain';
  if (phase === 'failed') return 'Try again';
  return phase === 'verified' ? `Verify ${formatCount(behind)} more` : 'Go on';
}

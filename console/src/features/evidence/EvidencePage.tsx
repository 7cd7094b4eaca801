import { useInfiniteQuery } from '@tanstack/react-query';
import { Button } from '../../components/Button.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { ErrorPanel } from '../../components/ErrorPanel.tsx';
import { Page } from '../../components/Page.tsx';
import { Panel } from '../../components/Panel.tsx';
import { Skeleton } from '../../components/Skeleton.tsx';
import { evidenceQuery } from './api/evidence.ts';
import { EvidenceCard } from './components/EvidenceCard.tsx';

export default function EvidencePage() {
  const pages = useInfiniteQuery(evidenceQuery);
  const records = pages.data?.pages.flatMap((page) => page.rows) ?? [];
  return (
    <Page
      title="Evidence"
      lead="Two signed messages that no honest validator would both sign. The accused goes on voting; its member owes an answer."
    >
      {pages.error !== null && <ErrorPanel error={pages.error} onRetry={() => void pages.refetch()} />}
      {pages.isPending && <Skeleton lines={8} label="evidence" />}
      {pages.data !== undefined && records.length === 0 && (
        <Panel>
          <EmptyState
            title="No evidence"
            why="No validator was caught signing two messages for one slot. Validators look for it all the time, and record what they find by themselves."
          />
        </Panel>
      )}
      {records.map((record) => (
        <EvidenceCard key={record.number} record={record} />
      ))}
      {pages.hasNextPage && (
        <div>
          <Button onPress={() => void pages.fetchNextPage()} isDisabled={pages.isFetchingNextPage}>
            Show older evidence
          </Button>
        </div>
      )}
    </Page>
  );
}

import { useInfiniteQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { Link, useParams } from 'react-router';
import { Button, buttonClass } from '../../components/Button.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { ErrorPanel } from '../../components/ErrorPanel.tsx';
import { NewPill } from '../../components/NewPill.tsx';
import { Page } from '../../components/Page.tsx';
import { Segmented } from '../../components/Segmented.tsx';
import { Skeleton } from '../../components/Skeleton.tsx';
import { TailButton } from '../../components/TailButton.tsx';
import { useAsOf } from '../../lib/as-of.ts';
import { useEventTail } from '../../lib/event-tail.ts';
import { formatCount, plural } from '../../lib/format.ts';
import { useHeld } from '../../lib/held.ts';
import { useScrolled } from '../../lib/scrolled.ts';
import { useSearchState } from '../../lib/search-state.ts';
import { HeightSlider } from '../blocks/components/HeightSlider.tsx';
import { streamQuery } from './api/streams.ts';
import { ProvenanceGraph } from './components/ProvenanceGraph.tsx';
import { Timeline } from './components/Timeline.tsx';
import { mergeEvents } from './merge-events.ts';
import styles from './StreamPage.module.css';

export default function StreamPage() {
  const { name = '' } = useParams();
  return <Stream key={name} name={name} />;
}

const looks = [
  { value: 'timeline', label: 'Timeline' },
  { value: 'provenance', label: 'Provenance' },
] as const;

function Stream({ name }: { name: string }) {
  const { asOf, setAsOf, highest } = useAsOf();
  const [look, setLook] = useSearchState('view');
  const [chosen] = useSearchState('event');
  const [isPaused, setPaused] = useState(false);
  const pages = useInfiniteQuery(streamQuery(name, asOf));
  const tail = useEventTail({ stream: name }, asOf === undefined ? 'now' : undefined, isPaused);
  useAgainOnce(tail.next !== undefined, () => void pages.refetch());
  const events = mergeEvents(pages.data?.pages.flatMap((page) => page.events) ?? [], tail.events);
  const { shown, waiting, release } = useHeld(events, useScrolled(160), ({ revision }) => revision);
  const length = (events[0]?.revision ?? -1) + 1;
  const revision = /^\d{1,15}$/.test(chosen) ? Number(chosen) : length - 1;
  const goToTop = () => {
    window.scrollTo({ top: 0 });
    release();
  };
  return (
    <Page
      title={name}
      lead={leadOf(length, asOf)}
      actions={
        <>
          <Link to={`/verify/stream?name=${encodeURIComponent(name)}`} className={buttonClass('secondary')}>
            Verify the stream
          </Link>
          <Segmented
            label="Look"
            value={look === 'provenance' ? 'provenance' : 'timeline'}
            options={looks}
            onChange={setLook}
          />
          {asOf === undefined && <TailButton isPaused={isPaused} onChange={setPaused} />}
          <Link
            to={`/export?of=events&stream=${encodeURIComponent(name)}`}
            className={buttonClass('secondary')}
          >
            Export
          </Link>
          <Link to={`/submit?stream=${encodeURIComponent(name)}`} className={buttonClass('primary')}>
            Append an event
          </Link>
        </>
      }
    >
      <HeightSlider highest={highest} value={asOf} onChange={setAsOf} what="Events" />
      {pages.error !== null && events.length === 0 && (
        <ErrorPanel error={pages.error} onRetry={() => void pages.refetch()} />
      )}
      {pages.isPending && <Skeleton lines={8} label="events" />}
      {pages.isSuccess && events.length === 0 && (
        <EmptyState title="No events" why="Nothing certified has been appended to this stream." />
      )}
      {look === 'provenance' && length > 0 && <ProvenanceGraph stream={name} revision={revision} />}
      {look !== 'provenance' && shown.length > 0 && (
        <div>
          <NewPill count={waiting} what="event" onPress={goToTop} />
          <Timeline events={shown} />
          {pages.hasNextPage && (
            <div className={styles.more}>
              <Button isDisabled={pages.isFetchingNextPage} onPress={() => void pages.fetchNextPage()}>
                {pages.isFetchingNextPage ? 'Loading…' : 'Older events'}
              </Button>
            </div>
          )}
        </div>
      )}
    </Page>
  );
}

/** What came between the first answer and the beginning of the tail is in neither. */
function useAgainOnce(hasBegun: boolean, askAgain: () => void): void {
  const asked = useRef(false);
  useEffect(() => {
    if (!hasBegun || asked.current) return;
    asked.current = true;
    askAgain();
  });
}

function leadOf(length: number, asOf: number | undefined): string {
  if (length === 0) return 'Stream';
  const events = `Stream of ${plural(length, 'event')}, newest first`;
  return asOf === undefined
    ? `${events}; new ones appear by themselves.`
    : `${events}, as it was after block ${formatCount(asOf)}.`;
}

import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useParams } from 'react-router';
import { Button, buttonClass } from '../../components/Button.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { ErrorPanel } from '../../components/ErrorPanel.tsx';
import { NewPill } from '../../components/NewPill.tsx';
import { Page } from '../../components/Page.tsx';
import { Skeleton } from '../../components/Skeleton.tsx';
import { plural } from '../../lib/format.ts';
import { useHeld } from '../../lib/held.ts';
import { useScrolled } from '../../lib/scrolled.ts';
import { streamQuery } from './api/streams.ts';
import { Timeline } from './components/Timeline.tsx';
import { mergeEvents } from './merge-events.ts';
import styles from './StreamPage.module.css';
import { useTail } from './useTail.ts';

export default function StreamPage() {
  const { name = '' } = useParams();
  return <Stream key={name} name={name} />;
}

function Stream({ name }: { name: string }) {
  const pages = useInfiniteQuery(streamQuery(name));
  const tail = useTail(name);
  const events = mergeEvents(pages.data?.pages.flatMap((page) => page.events) ?? [], tail);
  const { shown, waiting, release } = useHeld(events, useScrolled(160), ({ revision }) => revision);
  const length = (events[0]?.revision ?? -1) + 1;
  const goToTop = () => {
    window.scrollTo({ top: 0 });
    release();
  };
  return (
    <Page
      title={name}
      lead={
        length > 0
          ? `Stream of ${plural(length, 'event')}, newest first; new ones appear by themselves.`
          : 'Stream'
      }
      actions={
        <>
          <Link to={`/verify/stream?name=${encodeURIComponent(name)}`} className={buttonClass('secondary')}>
            Verify the stream
          </Link>
          <Link to={`/submit?stream=${encodeURIComponent(name)}`} className={buttonClass('primary')}>
            Append an event
          </Link>
        </>
      }
    >
      {pages.error !== null && events.length === 0 && (
        <ErrorPanel error={pages.error} onRetry={() => void pages.refetch()} />
      )}
      {pages.isPending && <Skeleton lines={8} label="events" />}
      {pages.isSuccess && events.length === 0 && (
        <EmptyState title="No events" why="Nothing certified has been appended to this stream." />
      )}
      {shown.length > 0 && (
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

import { useInfiniteQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { Link, useSearchParams } from 'react-router';
import type { EventsQuery, StreamEventJson } from '../../../../shared/api.ts';
import { Button, buttonClass } from '../../components/Button.tsx';
import { Card } from '../../components/Card.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { ErrorPanel } from '../../components/ErrorPanel.tsx';
import { FilterField } from '../../components/FilterField.tsx';
import { NewPill } from '../../components/NewPill.tsx';
import { Page } from '../../components/Page.tsx';
import { Panel } from '../../components/Panel.tsx';
import { Skeleton } from '../../components/Skeleton.tsx';
import { TailButton } from '../../components/TailButton.tsx';
import { useEventTail } from '../../lib/event-tail.ts';
import { formatCount } from '../../lib/format.ts';
import { useHeld } from '../../lib/held.ts';
import { footerOf, nextPageOf } from '../../lib/pages-as-you-scroll.ts';
import { useScrolled } from '../../lib/scrolled.ts';
import { useSearchState } from '../../lib/search-state.ts';
import { eventsQuery } from './api/events.ts';
import { EventTable } from './components/EventTable.tsx';
import { OpenEvent } from './components/OpenEvent.tsx';
import styles from './EventsPage.module.css';
import {
  clientCode,
  commandLine,
  type FilterName,
  filterLabels,
  filterNames,
  filterOf,
  subscriptionFilter,
} from './filter.ts';

/** Events of all streams: those that were, by filter, and those that come. */
export default function EventsPage() {
  const [params] = useSearchParams();
  const [open, setOpen] = useSearchState('open');
  const [isPaused, setPaused] = useState(false);
  const values = Object.fromEntries(filterNames.map((name) => [name, params.get(name) ?? ''])) as {
    readonly [name in FilterName]: string;
  };
  const filter = filterOf(values);
  return (
    <Page
      title="Events"
      lead="Events of all streams in the order of the ledger, newest first; new ones appear by themselves."
      actions={
        <>
          <TailButton isPaused={isPaused} onChange={setPaused} />
          <Link to={`/export?of=events&${exportText(filter)}`} className={buttonClass('secondary')}>
            Export
          </Link>
        </>
      }
    >
      <Panel>
        <search aria-label="Filters">
          {filterNames.map((name) => (
            <Filter key={name} name={name} />
          ))}
        </search>
      </Panel>
      {filter === undefined ? (
        <EmptyState
          title="A filter is not complete"
          why="Labels look like name=value, such as port=Antwerp."
        />
      ) : (
        <Events key={JSON.stringify(filter)} filter={filter} isPaused={isPaused} />
      )}
      {/^\d{1,15}$/.test(open) && (
        <OpenEvent key={open} position={Number(open)} onClose={() => setOpen('')} />
      )}
    </Page>
  );
}

const exportText = (filter: EventsQuery | undefined): string =>
  new URLSearchParams((filter ?? {}) as Record<string, string>).toString();

function Filter({ name }: { name: FilterName }) {
  const [value, setValue] = useSearchState(name);
  return <FilterField label={filterLabels[name]} value={value} onChange={setValue} />;
}

function Events({ filter, isPaused }: { filter: EventsQuery; isPaused: boolean }) {
  const pages = useInfiniteQuery(eventsQuery(filter));
  const head = pages.data?.pages[0]?.head;
  const tail = useEventTail(subscriptionFilter(filter), head, isPaused);
  const all = useMemo(
    () => joined(tail.events, pages.data?.pages.flatMap((page) => page.rows) ?? []),
    [tail.events, pages.data],
  );
  const { shown, waiting, release } = useHeld(all, useScrolled(160), ({ position }) => position);
  const last = pages.data?.pages.at(-1);
  const goToTop = () => {
    window.scrollTo({ top: 0 });
    release();
  };
  if (pages.error !== null && all.length === 0)
    return <ErrorPanel error={pages.error} onRetry={() => void pages.refetch()} />;
  if (pages.isPending || last === undefined) return <Skeleton lines={10} label="events" />;
  const isEnd = !pages.hasNextPage;
  const more = nextPageOf(pages);
  return (
    <>
      {pages.error !== null && <ErrorPanel error={pages.error} onRetry={() => void pages.fetchNextPage()} />}
      {tail.isFull && <FullNote count={tail.events.length} onReload={() => void pages.refetch()} />}
      <Panel>
        <NewPill count={waiting} what="event" onPress={goToTop} />
        {shown.length === 0 ? (
          <EmptyState
            title={isEnd ? 'No event matches' : 'No event matches so far'}
            why={
              isEnd
                ? 'No stream has an event with all of these. One that comes will appear by itself.'
                : `Looked at the events from position ${formatCount(last.searchedFrom)} on.`
            }
            next={!isEnd && <Button onPress={more}>Look further back</Button>}
          />
        ) : (
          <EventTable
            rows={shown}
            // Where little matches, a whole ledger would be searched for one screen: that is for the reader to ask.
            {...(last.rows.length > 0 && { onNearEnd: more })}
            footer={
              isEnd || last.rows.length > 0 ? (
                footerOf(pages, 'older events', 'These are all that match.')
              ) : (
                <>
                  Looked at all events from position {formatCount(last.searchedFrom)} on.{' '}
                  <Button onPress={more}>Look further back</Button>
                </>
              )
            }
          />
        )}
      </Panel>
      <AsCode filter={filter} from={tail.next ?? last.head} />
    </>
  );
}

/** Newest first, each position once. */
function joined(
  tail: readonly StreamEventJson[],
  pages: readonly StreamEventJson[],
): readonly StreamEventJson[] {
  const newest = pages[0]?.position ?? -1;
  return [...tail.filter(({ position }) => position > newest).toReversed(), ...pages];
}

function FullNote({ count, onReload }: { count: number; onReload: () => void }) {
  return (
    <div className={styles.note} role="status">
      <p>
        {formatCount(count)} events came since this page was opened. The tail rests, so that the browser keeps
        up.
      </p>
      <Button onPress={onReload}>Begin anew with the newest</Button>
    </div>
  );
}

function AsCode({ filter, from }: { filter: EventsQuery; from: number }) {
  const command = commandLine(filter);
  return (
    <Card title="The same query elsewhere">
      <div className={styles.code}>
        <p>As client code; the position is where this page stands now:</p>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: long lines scroll, and scrolling needs the keyboard */}
        <pre tabIndex={0}>{clientCode(filter, from)}</pre>
        {command !== undefined && (
          <>
            <p>As a command line:</p>
            {/* biome-ignore lint/a11y/noNoninteractiveTabindex: long lines scroll, and scrolling needs the keyboard */}
            <pre tabIndex={0}>{command}</pre>
          </>
        )}
      </div>
    </Card>
  );
}

import { Link } from 'react-router';
import type { StreamEventJson } from '../../../../../shared/api.ts';
import { Hash } from '../../../components/Hash.tsx';
import { RecordView } from '../../../components/RecordView.tsx';
import { Time } from '../../../components/Time.tsx';
import { formatCount } from '../../../lib/format.ts';
import { PayloadNote } from '../../payloads/components/PayloadNote.tsx';
import styles from './Timeline.module.css';

/** Events on a line, newest on top; long data opens on demand. */
export function Timeline({ events }: { events: readonly StreamEventJson[] }) {
  return (
    <ol className={styles.timeline} aria-label="Events, newest first">
      {events.map((event) => (
        <Entry key={event.revision} event={event} />
      ))}
    </ol>
  );
}

function Entry({ event }: { event: StreamEventJson }) {
  return (
    <li className={styles.entry} data-revision={event.revision}>
      <span className={styles.dot} aria-hidden="true" />
      <EventCard event={event} />
    </li>
  );
}

/** One event with all that belongs to it. */
export function EventCard({ event }: { event: StreamEventJson }) {
  const labels = Object.entries(event.labels);
  return (
    <article className={styles.card}>
      <header className={styles.header}>
        <span className={styles.revision}>{formatCount(event.revision)}</span>
        <h2 className={styles.type}>{event.type}</h2>
        <span className={styles.time}>
          <Time value={event.time} />
        </span>
      </header>
      <div className={styles.data}>
        <RecordView value={event.data} />
      </div>
      <footer className={styles.footer}>
        <span>
          Event <code>{event.eventId}</code>
        </span>
        <span>
          Block <Link to={`/blocks/${event.height}`}>{formatCount(event.height)}</Link>
        </span>
        <span className={styles.pair}>
          Transaction
          <Hash value={event.transaction} name="transaction id" to={`/tx/${event.transaction}`} />
        </span>
        {labels.map(([name, value]) => (
          <Link
            key={name}
            className={styles.label}
            to={`/transactions?label=${encodeURIComponent(`${name}=${value}`)}`}
          >
            {name}={value}
          </Link>
        ))}
        {event.references.length > 0 && (
          <span>
            Refers to {event.references.join(', ')}:{' '}
            <Link to={`/streams/${encodeURIComponent(event.stream)}?view=provenance&event=${event.revision}`}>
              provenance
            </Link>
          </span>
        )}
      </footer>
      {event.payload !== undefined && <PayloadNote payload={event.payload} />}
    </article>
  );
}

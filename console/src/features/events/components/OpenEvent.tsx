import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import type { StreamEventJson } from '../../../../../shared/api.ts';
import { Answer } from '../../../components/Answer.tsx';
import { EmptyState } from '../../../components/EmptyState.tsx';
import { Overlay } from '../../../components/Overlay.tsx';
import { formatCount } from '../../../lib/format.ts';
import { EventCard } from '../../streams/components/Timeline.tsx';
import { eventAtQuery } from '../api/events.ts';
import styles from './OpenEvent.module.css';

/** One event over the list, which stays where it is; the address leads to it. */
export function OpenEvent({ position, onClose }: { position: number; onClose: () => void }) {
  const event = useQuery(eventAtQuery(position));
  return (
    <Overlay label={`Event ${formatCount(position)}`} onClose={onClose}>
      <div className={styles.body}>
        <Answer query={event} label="event" lines={5}>
          {(data) =>
            data === null ? (
              <EmptyState
                title="No such event"
                why={`The ledger has no event at position ${formatCount(position)}.`}
              />
            ) : (
              <EventDetails event={data} />
            )
          }
        </Answer>
      </div>
    </Overlay>
  );
}

/** One event with the way to what it comes from. */
export function EventDetails({ event }: { event: StreamEventJson }) {
  return (
    <div className={styles.details}>
      <EventCard event={event} />
      <Link to={`/streams/${encodeURIComponent(event.stream)}?event=${event.revision}&view=provenance`}>
        Stream {event.stream}, revision {formatCount(event.revision)}: where it comes from
      </Link>
    </div>
  );
}

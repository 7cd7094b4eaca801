import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
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
              <>
                <EventCard event={data} />
                <Link
                  to={`/streams/${encodeURIComponent(data.stream)}?event=${data.revision}&view=provenance`}
                >
                  Stream {data.stream}, revision {formatCount(data.revision)}: where it comes from
                </Link>
              </>
            )
          }
        </Answer>
      </div>
    </Overlay>
  );
}

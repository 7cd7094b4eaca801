import { useEffect, useRef, useState } from 'react';
import type { EventFilter, StreamEventJson } from '../../../shared/api.ts';
import { useLivePaused } from './live.ts';
import { subscribe } from './subscription.ts';

export interface EventTail {
  /** In the order of the ledger. */
  readonly events: readonly StreamEventJson[];
  /** Where it goes on: everything before it was seen. Undefined before the first answer. */
  readonly next: number | undefined;
  readonly isFull: boolean;
}

/** More than these are not held; the tail then rests, and begins anew where the page does. */
const keptMax = 5_000;
/** A render for each of hundreds of events a second would freeze the page. */
const flushMs = 200;

const empty: EventTail = { events: [], next: undefined, isFull: false };

/**
 * Events from a position on, as they come. A pause, here or of the whole page, ends the subscription; afterwards it
 * goes on from where it stopped, so that nothing is missed.
 * @param from undefined: the page does not know yet, or wants no tail
 */
export function useEventTail(
  filter: EventFilter,
  from: number | 'now' | undefined,
  isPaused = false,
): EventTail {
  const paused = useLivePaused();
  const [tail, setTail] = useState(empty);
  const position = useRef<number | undefined>(undefined);
  const key = JSON.stringify([filter, from]);
  const started = useRef(key);
  if (started.current !== key) {
    started.current = key;
    position.current = undefined;
    setTail(empty);
  }
  const rests = paused || isPaused || from === undefined || tail.isFull;

  // biome-ignore lint/correctness/useExhaustiveDependencies: the key stands for filter and start
  useEffect(() => {
    if (rests || from === undefined) return;
    let waiting: StreamEventJson[] = [];
    let timer: ReturnType<typeof setTimeout> | undefined;
    const flush = () => {
      timer = undefined;
      const added = waiting;
      waiting = [];
      const next = position.current;
      setTail(({ events }) => {
        const all = added.length === 0 ? events : [...events, ...added];
        return { events: all, next, isFull: all.length >= keptMax };
      });
    };
    const stop = subscribe(
      { type: 'subscribe', topic: 'events', from: position.current ?? from, filter },
      {
        onState: () => undefined,
        onMessage: (message) => {
          if (!('next' in message)) return;
          if (message.type === 'event') waiting.push(message.event);
          position.current = message.next;
          timer ??= setTimeout(flush, flushMs);
        },
      },
    );
    return () => {
      stop();
      clearTimeout(timer);
      // What came before the pause is shown: the position is beyond it already.
      if (waiting.length > 0) flush();
    };
  }, [key, rests]);
  return tail;
}

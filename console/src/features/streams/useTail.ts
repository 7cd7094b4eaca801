import { useEffect, useState } from 'react';
import type { StreamEventJson } from '../../../../shared/api.ts';
import { useLive } from '../../lib/live.ts';
import { subscribe } from '../../lib/subscription.ts';

/** Events appended to a stream since the page opened; after a pause it goes on where it stopped. */
export function useTail(stream: string): readonly StreamEventJson[] {
  const { paused } = useLive();
  const [tail, setTail] = useState<{ readonly events: readonly StreamEventJson[]; readonly next?: number }>({
    events: [],
  });
  const from = tail.next ?? 'now';
  // biome-ignore lint/correctness/useExhaustiveDependencies: the position moves with every event; only a pause starts anew
  useEffect(() => {
    if (paused) return;
    return subscribe(
      { type: 'subscribe', topic: 'events', from, filter: { stream } },
      {
        onState: () => undefined,
        onMessage: (message) => {
          if (message.type === 'event') {
            setTail(({ events }) => ({ events: [...events, message.event], next: message.next }));
          } else if ('next' in message) {
            setTail(({ events }) => ({ events, next: message.next }));
          }
        },
      },
    );
  }, [stream, paused]);
  return tail.events;
}

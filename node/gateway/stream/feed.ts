/**
 * Where a subscription reads: always from the index, by position. New blocks only wake it. Hence there is no seam
 * between what was and what comes, and nothing is lost or sent twice.
 */
import type { BlockFilter, EventFilter, ServerMessage, SubscribeMessage } from '../../../shared/api.ts';
import { heightOf } from '../../../shared/types/brands.ts';
import type { BlockSummary, LedgerQueries } from '../../runtime/queries.ts';
import { eventCount, matchesEvent } from '../events.ts';
import { blockSummary } from '../handlers/blocks.ts';
import { streamEvent } from '../handlers/records.ts';
import { canRead, type ReadScope } from '../sessions/readable-streams.ts';

/** `next` is the position after everything that was looked at, matching or not. */
interface FeedChunk {
  readonly messages: readonly ServerMessage[];
  readonly next: number;
}

export interface Feed {
  /** Position of the next item to come. */
  head(): number;
  /** Reads on; `next` equal to `position` means that there is nothing yet. */
  read(position: number): FeedChunk;
}

/** Read in one turn of the event loop. */
const chunkSize = 50;

/** `reads` is asked for each event: what the subscriber may read can change while it listens. */
export function feedOf(queries: LedgerQueries, message: SubscribeMessage, reads: () => ReadScope): Feed {
  return message.topic === 'blocks'
    ? blockFeed(queries, message.filter ?? {}, message.include?.includes('transactionIds') === true)
    : eventFeed(queries, message.filter ?? {}, reads);
}

function blockFeed(queries: LedgerQueries, filter: BlockFilter, withIds: boolean): Feed {
  const head = (): number => queries.certifiedHeight() + 1;
  return {
    head,
    read: (position) => {
      const end = Math.min(head(), position + chunkSize);
      const messages: ServerMessage[] = [];
      for (let height = position; height < end; height++) {
        const block = queries.block(heightOf(height));
        if (block === undefined) return { messages, next: height };
        if (matchesBlock(block, filter)) {
          const message = { position: height, next: height + 1, block: blockSummary(block) };
          const ids = withIds ? { transactionIds: [...queries.blockTransactionIds(block.height)] } : {};
          messages.push({ type: 'block', ...message, ...ids });
        }
      }
      return { messages, next: Math.max(position, end) };
    },
  };
}

const matchesBlock = (block: BlockSummary, { nonEmpty, proposer }: BlockFilter): boolean =>
  (nonEmpty !== true || block.transactionCount > 0) &&
  (proposer === undefined || block.header.proposer === proposer);

function eventFeed(queries: LedgerQueries, filter: EventFilter, reads: () => ReadScope): Feed {
  return {
    head: () => eventCount(queries),
    read: (position) => {
      const events = queries.events(position, chunkSize);
      const messages = events
        .filter((event) => matchesEvent(event, filter) && canRead(reads(), event.stream))
        .map((event): ServerMessage => {
          const { position: at } = event;
          return { type: 'event', position: at, next: at + 1, event: streamEvent(event) };
        });
      const last = events.at(-1);
      return { messages, next: last === undefined ? position : last.position + 1 };
    },
  };
}

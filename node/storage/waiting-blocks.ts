/**
 * Durable blocks that wait for the index, as execution left them. What the index says of them is worked out when it is
 * written: made before, it would live through several collections of garbage for nothing.
 */
import type { TransactionId } from '../../shared/types/brands.ts';
import type { ExecutedBlock } from '../ledger/types.ts';

/** What the index needs of a block. */
export type IndexableBlock = Pick<ExecutedBlock, 'height' | 'hash' | 'header' | 'ran'>;

export interface WaitingBlock {
  readonly block: IndexableBlock;
  /** Number of its first transaction. */
  readonly first: number;
}

export interface WaitingBlocks {
  add(block: IndexableBlock, first: number): void;
  readonly blocks: number;
  readonly transactions: number;
  /** The oldest blocks, of at most so many transactions together; one block at least, if any waits. */
  slice(transactionsMax: number): readonly WaitingBlock[];
  /** These many of the oldest are in the index now. */
  drop(blocks: number): void;
  numberOf(id: TransactionId): number | undefined;
  ranAs(senderKey: string, nonce: string): TransactionId | undefined;
}

/** Made for a block when it is searched for the first time, which most blocks are not. */
interface Finder {
  readonly numbers: ReadonlyMap<TransactionId, number>;
  readonly pairs: ReadonlyMap<string, TransactionId>;
}

export function waitingBlocks(): WaitingBlocks {
  let queue: readonly WaitingBlock[] = [];
  let transactions = 0;
  const finders = new WeakMap<WaitingBlock, Finder>();

  function finderOf(waiting: WaitingBlock): Finder {
    const known = finders.get(waiting);
    if (known !== undefined) return known;
    const { block, first } = waiting;
    const made = {
      numbers: new Map(block.ran.map(({ transaction }, index) => [transaction.id, first + index])),
      pairs: new Map(block.ran.map(({ transaction: { id, body } }) => [body.sender + body.nonce, id])),
    };
    finders.set(waiting, made);
    return made;
  }

  function find<Found>(inBlock: (finder: Finder) => Found | undefined): Found | undefined {
    for (const waiting of queue) {
      const found = inBlock(finderOf(waiting));
      if (found !== undefined) return found;
    }
    return undefined;
  }

  return {
    add({ height, hash, header, ran }, first) {
      // Not the block itself: its changes of state are large and not asked for.
      queue = [...queue, { block: { height, hash, header, ran }, first }];
      transactions += ran.length;
    },
    get blocks() {
      return queue.length;
    },
    get transactions() {
      return transactions;
    },
    slice(transactionsMax) {
      let count = 0;
      const end = queue.findIndex(({ block }, index) => {
        count += block.ran.length;
        return index > 0 && count > transactionsMax;
      });
      return end < 0 ? queue : queue.slice(0, end);
    },
    drop(blocks) {
      for (const { block } of queue.slice(0, blocks)) transactions -= block.ran.length;
      queue = queue.slice(blocks);
    },
    numberOf: (id) => find(({ numbers }) => numbers.get(id)),
    ranAs: (senderKey, nonce) => find(({ pairs }) => pairs.get(senderKey + nonce)),
  };
}

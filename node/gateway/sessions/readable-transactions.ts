/** Which transactions a reader of named streams sees: its own, and appends to a stream that it reads. */
import { isCborMap } from '../../../shared/codec/structure.ts';
import type { TransactionBody } from '../../../shared/types/ledger.ts';
import type { Caller } from './caller.ts';
import { canRead } from './readable-streams.ts';

export function canSeeTransaction(
  { reads, key }: Pick<Caller, 'reads' | 'key'>,
  { sender, action, args }: Pick<TransactionBody, 'sender' | 'action' | 'args'>,
): boolean {
  if (reads === 'everything' || sender === key) return true;
  const stream = action === 'streams.append' && isCborMap(args) ? args.stream : undefined;
  return typeof stream === 'string' && canRead(reads, stream.normalize('NFC'));
}

/** Leaves out half of all transactions: it never learns of them, neither from those who spread them nor from those who hand them over (F1). */
import { transactionId } from '../../../shared/codec/ledger.ts';
import type { LinkMessage } from '../../runtime/wire.ts';
import type { CreateLiar } from './liar.ts';

const isDisliked = (id: string): boolean => id.charCodeAt(0) % 2 === 0;

export const createCensor: CreateLiar = () => ({
  says: (_to, message) => [{ message }],
  hears: (_from, message) => !tellsOfDisliked(message),
});

function tellsOfDisliked(message: LinkMessage): boolean {
  switch (message.type) {
    case 'transactions':
      return message.envelopes.some((envelope) => isDisliked(transactionId(envelope)));
    case 'hand-over':
    case 'pass-on':
      return message.ids.some(isDisliked);
    default:
      return false;
  }
}

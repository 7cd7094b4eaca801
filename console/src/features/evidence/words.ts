import type { EvidenceRecordJson, SlotMessageJson } from '../../../../shared/api.ts';
import type { EvidenceCheckId } from '../../../../shared/protocol/verify-evidence.ts';
import { messageNames } from '../../lib/message-names.ts';

/** `delta signed two COMMITs for one slot` */
export const sentenceOf = ({ validator, kind }: EvidenceRecordJson): string =>
  `${validator} signed two ${messageNames[kind]}s for one slot`;

/** Where only one message may be, in words. */
export function slotWords(message: SlotMessageJson): string {
  if (message.kind === 'seal') return `height ${message.height}, in any view or epoch`;
  const view = `view ${message.view} of epoch ${message.epoch}`;
  return message.kind === 'view-change' || message.kind === 'new-view'
    ? view
    : `sequence ${message.sequence} in ${view}`;
}

/** What the two messages say differently: the digest that each signs. */
export const signedDigest = (message: SlotMessageJson): string =>
  message.kind === 'seal' ? message.block : message.content;

export const digestName = (message: SlotMessageJson): string =>
  message.kind === 'seal'
    ? 'Block'
    : message.kind === 'view-change' || message.kind === 'new-view'
      ? 'Content'
      : 'Batch';

export const checkTitles: { readonly [id in EvidenceCheckId]: string } = {
  validator: 'Accused',
  conflict: 'Same slot',
  first: 'First signature',
  second: 'Second signature',
};

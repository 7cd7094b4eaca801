/**
 * When two signed messages of one validator conflict (rule W1): they take the same slot, and what was signed
 * differs. Slots, and why an honest validator never fills one twice:
 * - PRE-PREPARE, PREPARE, COMMIT: (epoch, view, sequence). The vote is on disk before it is signed (rule D1), and
 *   after a restart the same vote is signed again, byte for byte (rule N6).
 * - VIEW-CHANGE, NEW-VIEW: (epoch, view). Views are asked for in rising order, the whole message is on disk (D1).
 * - seal: the height alone, across views and epochs (rule D2); a recovery opens the heights that it does not keep anew
 *   for who gave no word in it, see `isGivenUp`.
 * Never a conflict: votes of two views, sequences, epochs or kinds, a VIEW-CHANGE with any vote (the order of
 * signing is not signed), and heartbeats, which have no slot.
 */
import type { Evidence, EvidenceKind, SlotContent, SlotMessage } from '../types/messages.ts';

export const evidenceKinds: readonly EvidenceKind[] = [
  'pre-prepare',
  'prepare',
  'commit',
  'seal',
  'view-change',
  'new-view',
];

/** Why two messages are no evidence. Stable. */
export type NoConflict = 'different-senders' | 'different-kinds' | 'different-slots' | 'same-content';

/** undefined if they conflict, whatever their signatures are worth. */
export const noConflict = (one: SlotMessage, other: SlotMessage): NoConflict | undefined => {
  if (one.sender !== other.sender) return 'different-senders';
  if (one.kind !== other.kind) return 'different-kinds';
  if (slotOf(one) !== slotOf(other)) return 'different-slots';
  return signedText(one) === signedText(other) ? 'same-content' : undefined;
};

/** What a recovery (docs/recovery.md) did to the heights above the last block that it keeps. */
export interface GivenUpHeights {
  /** The epoch that it began. */
  readonly epoch: number;
  /** Of the last block that was kept. */
  readonly height: number;
  /** Validators that gave their signed word on what they had sealed: none of them above `height`. */
  readonly survivors: readonly string[];
}

/**
 * Two seals on both sides of a recovery: the members gave up what the first one sealed, and with lost votes its sender
 * could not know of it, so that the second one is no lie. Who gave its word that it had sealed nothing above is held to
 * it: then the two are a conflict like any.
 */
export const isGivenUp = (
  sender: string,
  one: SlotContent,
  other: SlotContent,
  { epoch, height, survivors }: GivenUpHeights,
): boolean =>
  one.kind === 'seal' &&
  other.kind === 'seal' &&
  Math.min(one.epoch, other.epoch) < epoch &&
  Math.max(one.epoch, other.epoch) >= epoch &&
  one.height > height &&
  !survivors.includes(sender);

/** The slot as text, equal for messages that exclude one another. The sender and the kind are not in it. */
export const slotOf = (message: SlotContent): string => {
  switch (message.kind) {
    case 'seal':
      return `height ${message.height}`;
    case 'view-change':
    case 'new-view':
      return `epoch ${message.epoch} view ${message.view}`;
    default:
      return `epoch ${message.epoch} view ${message.view} sequence ${message.sequence}`;
  }
};

/** What the signature covers, as text of fixed width, so that its order is the order of the numbers. */
export const signedText = (message: SlotContent): string =>
  message.kind === 'seal'
    ? `${padded(message.epoch)} ${padded(message.height)} ${message.block}`
    : `${padded(message.epoch)} ${padded(message.sequence)} ${message.content}`;

const padded = (value: number): string => String(value).padStart(16, '0');

/** In the one fixed order, so that whoever finds the same two messages has the same evidence, byte for byte. */
export const evidenceOf = (one: SlotMessage, other: SlotMessage): Evidence | undefined => {
  if (noConflict(one, other) !== undefined) return undefined;
  const [first, second] = signedText(one) < signedText(other) ? [one, other] : [other, one];
  return { validator: first.sender, epoch: first.epoch, kind: first.kind, first, second };
};

/** Refusals about payloads, and what to tell people (rejections.ts). */
import type { Named, RejectionText } from './rejections.ts';

/** `by`: the member whose proposal it was; `time` in milliseconds since 1970. */
type Erasure = {
  digest: string;
  by: string;
  reason: string;
  proposal: number;
  height: number;
  time: number;
};

/** Recorded on the ledger. */
export type PayloadRejection =
  | Named<'payload-in-use', { digest: string; stream: string; eventId: string }>
  | Named<'payload-unknown', { digest: string }>
  | Named<'payload-erased', Erasure>
  | Named<'payload-not-erasable', { digest: string }>
  | Named<'grant-not-recipient', { digest: string; identity: string }>
  | Named<'grant-other-stream', { digest: string; stream: string }>
  | Named<'grant-not-erasable', { digest: string }>
  | Named<'grants-full', { digest: string; countMax: number }>;

/** Given before a transaction is pooled. */
export type PayloadArrivalRejection =
  | Named<'payload-missing', { digest: string }>
  | Named<'payload-digest-mismatch', { digest: string; actual: string }>
  | Named<'payload-size-mismatch', { digest: string; bytes: number; named: number }>
  | Named<'payload-unreferenced', { digest: string }>
  | Named<'payload-must-be-erasable', { digest: string }>
  | Named<'payload-too-large', { bytes: number; bytesMax: number }>
  /** `share`: `member:ID`, or `node`. */
  | Named<'payload-share-full', { share: string; bytes: number; bytesMax: number }>;

export const payloadTexts: {
  readonly [Code in (PayloadRejection | PayloadArrivalRejection)['code']]: RejectionText;
} = {
  'payload-in-use': {
    headline: 'Another event has this very payload.',
    nextStep: 'Encrypt it anew, which gives it another digest, or refer to the event shown.',
  },
  'payload-unknown': {
    headline: 'No event on this ledger has a payload of this digest.',
    nextStep: 'Check the digest; a grant names a payload that was appended before.',
  },
  'payload-erased': {
    headline: 'The members have erased this payload.',
    nextStep: 'Nothing brings it back; the facts say who asked for it, when and why.',
  },
  'payload-not-erasable': {
    headline: 'The event with this payload does not allow erasing it.',
    nextStep: 'Leave it out of the proposal: only what was appended as erasable can be erased.',
  },
  'grant-not-recipient': {
    headline: 'Only a recipient of a payload grants it to others.',
    nextStep: 'Let one of the recipients of the payload append the grant.',
  },
  'grant-other-stream': {
    headline: 'A grant belongs to the stream of the payload that it grants.',
    nextStep: 'Append it to the stream shown.',
  },
  'grant-not-erasable': {
    headline: 'The payload is erasable, so a grant of it must be.',
    nextStep: 'Append the grant with a payload that is erasable.',
  },
  'grants-full': {
    headline: 'This payload was granted as often as one may be.',
    nextStep: 'Append the content as a new payload for all who are to read it.',
  },
  'payload-missing': {
    headline: 'An event names a payload that did not come along and is not on this node.',
    nextStep: 'Send the bytes beside the envelope, under payloads.',
  },
  'payload-digest-mismatch': {
    headline: 'The bytes of a payload are not those that the event names.',
    nextStep: 'Send the bytes whose digest the event names, or sign an event that names these.',
  },
  'payload-size-mismatch': {
    headline: 'The event names another size than the payload has.',
    nextStep: 'Sign an event with the size of the bytes.',
  },
  'payload-unreferenced': {
    headline: 'A payload came along that no event of the envelope names.',
    nextStep: 'Leave it out, or name it in an event.',
  },
  'payload-must-be-erasable': {
    headline: 'The bytes of a payload say that it may be erased, and the event that it may not.',
    nextStep: 'Append it as erasable, or encrypt it anew.',
  },
  'payload-too-large': {
    headline: 'A payload, or all those of one envelope together, have more bytes than they may have.',
    nextStep: 'Split the content over several events, and those over several envelopes.',
  },
  'payload-share-full': {
    headline:
      'As many bytes of payloads as one member may have on this node wait for the ledger to name them.',
    nextStep: 'Wait until events with earlier payloads are certified, then send the same bytes again.',
  },
};

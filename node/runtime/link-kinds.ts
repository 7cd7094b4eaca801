/** What a link was opened as, and which messages it may carry (rule C1): votes travel between validators alone. */
import type { LinkMessage } from './wire.ts';

/** What the address book says of a peer. The ids of all four share one namespace. */
export type PeerKind =
  /** Of the set of this epoch, or of the scheduled next one, whose votes are held until then (rule M3). */
  | 'validator'
  /** Of a change that is approved and not scheduled yet. */
  | 'pending'
  | 'observer'
  /** A validator of an earlier epoch: it follows like an observer. */
  | 'former';

/** `server`: answers under a key that no book here knows. It is asked, and believed only what proves itself. */
export type LinkKind = PeerKind | 'server';

type LinkMessageType = LinkMessage['type'];
type Use = 'status' | 'submission' | 'request' | 'answer' | 'agreement';

const useOf: { readonly [type in LinkMessageType]: Use } = {
  status: 'status',
  transactions: 'submission',
  'get-bodies': 'request',
  'get-batch': 'request',
  'get-payloads': 'request',
  'get-blocks': 'request',
  'get-decided': 'request',
  'get-snapshots': 'request',
  'get-manifest': 'request',
  'get-part': 'request',
  'get-headers': 'request',
  payloads: 'answer',
  blocks: 'answer',
  decided: 'answer',
  snapshots: 'answer',
  manifest: 'answer',
  part: 'answer',
  headers: 'answer',
  certificate: 'answer',
  recovery: 'answer',
  'ask-presence': 'request',
  presence: 'answer',
  consensus: 'agreement',
  'ask-newest': 'agreement',
  newest: 'agreement',
  'hand-over': 'agreement',
  'pass-on': 'agreement',
  bodies: 'agreement',
  batch: 'agreement',
  evidence: 'agreement',
};

const takenFrom: { readonly [kind in LinkKind]: readonly Use[] } = {
  validator: ['status', 'submission', 'request', 'answer', 'agreement'],
  pending: ['status', 'submission', 'request', 'answer'],
  observer: ['status', 'submission', 'request', 'answer'],
  former: ['status', 'submission', 'request', 'answer'],
  server: ['status', 'answer'],
};
/** The server knows us as a peer of its book: it is told where we stand and asked, nothing else. */
const givenToServer: readonly Use[] = ['status', 'request'];

const isType = (type: string): type is LinkMessageType => Object.hasOwn(useOf, type);

/** Whether a message of this type counts when it comes from such a peer; no unknown type does. */
export const mayTake = (kind: LinkKind, type: string): boolean =>
  isType(type) && takenFrom[kind].includes(useOf[type]);

/** Whether a message of this type is sent to a server under an unknown key; peers may be sent anything. */
export const mayGiveServer = (type: string): boolean => isType(type) && givenToServer.includes(useOf[type]);

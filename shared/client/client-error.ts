/** Everything that can go wrong for a caller: a code, the facts, what to do next. */
import type { Problem, ProblemCode } from '../api/problems.ts';

export type ClientErrorCode =
  | ProblemCode
  /** No gateway answered. */
  | 'unreachable'
  /** A gateway answered what no gateway of this version says. */
  | 'invalid-answer'
  /** Waited long enough; the transaction may still be certified. */
  | 'not-certified-in-time'
  /** The genesis is not the one whose hash was pinned. */
  | 'genesis-refused'
  /** An epoch's end does not hand over to the set that came with it. */
  | 'epoch-refused'
  /** No hand-over to this epoch is known here or there. */
  | 'epoch-unknown'
  /** What was filed about a network's epochs does not prove itself. */
  | 'remembered-refused'
  /** A header that the validators of its epoch did not certify, or not at this height. */
  | 'header-refused'
  /** Of state, what does not follow from a certified header. */
  | 'state-unproven'
  /** Of state, what is proven and older than a block that was seen certified before. */
  | 'state-outdated'
  /** Of a stream, what no receipt proves at its place. */
  | 'event-unproven'
  /** Two certified blocks of one height. */
  | 'contradiction'
  | RecipientErrorCode
  /** Not of the node to which a key is to be handed over. */
  | 'recipient-unproven'
  /** The node does not prove that it holds the key that was handed over. */
  | 'possession-unproven'
  /** Not encrypted for the key that was tried. */
  | 'not-a-recipient'
  /** Not the bytes that the event names, or none that decrypt. */
  | 'payload-damaged';

/** Why nothing is encrypted for those that were named. */
type RecipientErrorCode =
  | 'recipients-missing'
  | 'too-many-recipients'
  | 'recipient-unknown'
  | 'recipient-not-active'
  | 'recipient-without-key'
  | 'recipient-key-unusable';

export class ClientError extends Error {
  override readonly name = 'ClientError';
  readonly code: ClientErrorCode;
  readonly facts: Readonly<Record<string, unknown>>;
  readonly next: string;

  constructor(
    code: ClientErrorCode,
    headline: string,
    facts: Readonly<Record<string, unknown>>,
    next: string,
  ) {
    super(headline);
    this.code = code;
    this.facts = facts;
    this.next = next;
  }
}

export const errorOfProblem = ({ code, detail, facts, next, requestId }: Problem): ClientError =>
  new ClientError(code, detail, { ...facts, requestId }, next);

export const unreachable = (gateways: readonly string[], reason: string): ClientError =>
  new ClientError(
    'unreachable',
    'No gateway answered.',
    { gateways: gateways.join(', '), reason },
    'Check that a node runs at one of these addresses, or name others.',
  );

export const invalidAnswer = (gateway: string, reason: string): ClientError =>
  new ClientError(
    'invalid-answer',
    'The answer does not have the form that this version expects.',
    { gateway, reason },
    'Check that the address is a Concordat gateway of the same version.',
  );

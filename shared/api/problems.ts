/** Errors as `application/problem+json` (RFC 9457): a closed list of codes, each with its status and next step. */
import * as z from 'zod/mini';
import { factsJson } from './scalars.ts';

interface ProblemKind {
  readonly status: number;
  readonly title: string;
  /** What to do about it, for people. */
  readonly next: string;
}

export const problemKinds = {
  'malformed-json': {
    status: 400,
    title: 'The body is not valid JSON',
    next: 'Correct the JSON where the reason in the facts says that it breaks, and send it again.',
  },
  'malformed-cbor': {
    status: 400,
    title: 'The bytes are not an envelope in strict DAG-CBOR',
    next: 'Encode {body, signature} as canonical DAG-CBOR (docs/data-formats.md) and send it again.',
  },
  'invalid-request': {
    status: 400,
    title: 'A parameter or member of the body has the wrong form',
    next: 'Compare the named member with /api/v1/openapi.json.',
  },
  'invalid-cursor': {
    status: 400,
    title: 'The cursor was not issued by this API',
    next: 'Start again without a cursor.',
  },
  'unsupported-media-type': {
    status: 415,
    title: 'The body is in a format that is not read here',
    next: 'Send application/json or application/cbor.',
  },
  'wrong-network': {
    status: 400,
    title: 'The transaction is for another network',
    next: 'Sign it again with the network id of GET /api/v1/status.',
  },
  'bad-signature': {
    status: 400,
    title: "The signature does not verify with the sender's key",
    next: 'Sign the domain, network id and body bytes as sent, with the key named as sender.',
  },
  'sign-in-required': {
    status: 401,
    title: 'Nobody is signed in, or the session has ended',
    next: 'Sign in: POST /api/v1/session/challenge, sign what it answers with the key of an identity, POST /api/v1/session.',
  },
  'sign-in-refused': {
    status: 401,
    title: 'The challenge or code does not open a session',
    next: 'Ask for another challenge or code: each is good once, at the gateway that gave it, and not for long.',
  },
  'origin-not-allowed': {
    status: 403,
    title: 'This gateway is not known under this origin',
    next: 'Use one of the origins in the facts; an operator adds others under gateway.origins of node.yaml.',
  },
  'unknown-sender': {
    status: 403,
    title: 'No identity of this network has this key',
    next: 'Use a registered key (GET /api/v1/identities), or have an admin register this one.',
  },
  'role-missing': {
    status: 403,
    title: 'The identity has none of the roles that this needs',
    next: 'Sign with an identity that has one of them, or ask an admin of your member for the role.',
  },
  'not-own-member': {
    status: 403,
    title: "Only who belongs to the node's own member may do this",
    next: "Ask the gateway of your own member's node, or an admin or operator of the member in the facts.",
  },
  'rotation-refused': {
    status: 409,
    title: 'The key cannot be rotated now',
    next: 'Look at `reason` in the facts and at GET /api/v1/keys/plan (docs/operations/rotating-keys.md).',
  },
  'key-import-refused': {
    status: 409,
    title: 'The node does not take this key',
    next: 'Do what the detail says; `reason` in the facts names why (docs/operations/rotating-keys.md).',
  },
  'identity-not-active': {
    status: 403,
    title: 'The identity is registered but not active',
    next: 'Ask an admin of its member to restore it, or use another identity.',
  },
  'malformed-transaction': {
    status: 400,
    title: 'The transaction does not have the form that the protocol fixes',
    next: 'Correct the field named in the facts, sign again, and submit that.',
  },
  expired: {
    status: 400,
    title: 'The transaction has expired',
    next: 'Set a later expiresAt and sign it again.',
  },
  'lifetime-too-long': {
    status: 400,
    title: 'The transaction expires later than the network allows',
    next: 'Set expiresAt within the lifetime named in the facts and sign it again.',
  },
  duplicate: {
    status: 409,
    title: 'The same transaction was accepted before',
    next: 'Nothing is lost: follow it at GET /api/v1/transactions/{id}.',
  },
  superseded: {
    status: 409,
    title: 'Another transaction of the same sender and nonce ran',
    next: 'Look at the transaction named in the facts; sign with a new nonce if both were meant.',
  },
  'too-large': {
    status: 413,
    title: 'The body or envelope exceeds the limit',
    next: 'Split it, or reference large data by digest as a detached payload.',
  },
  'unknown-action': {
    status: 400,
    title: 'No module has this action',
    next: 'Use an action that this network has, such as streams.append or assets.transfer: docs/api.md lists them.',
  },
  'malformed-args': {
    status: 400,
    title: 'An argument of the action is missing or of the wrong type',
    next: 'Correct the value at the path named in the facts and sign the new transaction.',
  },
  'wrong-expected-revision': {
    status: 409,
    title: 'The stream is not at the expected revision',
    next: 'Read the stream, decide again on what is new, and append with the current revision.',
  },
  'insufficient-balance': {
    status: 409,
    title: 'The balance is smaller than the amount',
    next: 'Use a smaller amount, or receive more of the asset first.',
  },
  'event-id-conflict': {
    status: 409,
    title: 'The stream has an event with this eventId that is not the same append',
    next: 'Give new events new eventIds; to repeat an append, send exactly the same events.',
  },
  'schema-violation': {
    status: 409,
    title: 'The event is not what the schema of its stream asks for',
    next: 'Correct the event at the path in the facts (GET /api/v1/schemas/{name} shows the schema), and sign the new transaction.',
  },
  'schema-steps-exceeded': {
    status: 409,
    title: 'Checking the events of this append against the schema of their stream takes too many steps',
    next: 'Append fewer or smaller events at once, or let the members simplify the schema.',
  },
  'schema-block-steps-exceeded': {
    status: 409,
    title: 'Checking the events of this append takes more steps than others of its block left over',
    next: 'Sign a new transaction and submit that: the next block has its own steps.',
  },
  'asset-exists': {
    status: 409,
    title: 'An asset with this id is defined already',
    next: 'Choose another id, or use the asset as it is defined.',
  },
  'unknown-asset': {
    status: 409,
    title: 'No asset with this id is defined',
    next: 'Check the id, or define the asset first.',
  },
  'not-asset-issuer': {
    status: 403,
    title: 'Only the definer, or an admin or operator of its member, issues this asset',
    next: 'Ask the definer or its member to issue.',
  },
  'unknown-identity': {
    status: 409,
    title: 'The receiver is not an identity of this ledger',
    next: 'Check the identity id (GET /api/v1/identities); balances belong to identities, not to keys.',
  },
  'amount-overflow': {
    status: 409,
    title: 'The supply would exceed the largest amount, 2^64−1',
    next: 'Issue less, or define an asset with fewer decimals.',
  },
  'payload-missing': {
    status: 400,
    title: 'An event names a payload that did not come along and is not on this node',
    next: 'Send the bytes beside the envelope, under payloads.',
  },
  'payload-digest-mismatch': {
    status: 400,
    title: 'The bytes of a payload are not those that the event names',
    next: 'Send the bytes whose digest the event names, or sign an event that names these.',
  },
  'payload-size-mismatch': {
    status: 400,
    title: 'The event names another size than the payload has',
    next: 'Sign an event with the size of the bytes.',
  },
  'payload-unreferenced': {
    status: 400,
    title: 'A payload came along that no event of the envelope names',
    next: 'Leave it out, or name it in an event.',
  },
  'payload-must-be-erasable': {
    status: 400,
    title: 'The bytes of a payload say that it may be erased, and the event that it may not',
    next: 'Append it as erasable, or encrypt it anew.',
  },
  'payload-share-full': {
    status: 429,
    title: 'The payloads of this member that no certified event names yet fill its share of this node',
    next: 'Send the same bytes again after Retry-After seconds, once earlier ones are certified, or to another node.',
  },
  'payload-too-large': {
    status: 413,
    title: 'A payload, or all those of one envelope, exceed the limit',
    next: 'Split the content over several events, and those over several envelopes.',
  },
  'payload-in-use': {
    status: 409,
    title: 'Another event has this very payload',
    next: 'Encrypt it anew, which gives it another digest, or refer to the event in the facts.',
  },
  'payload-unknown': {
    status: 404,
    title: 'No event that you may read has a payload of this digest',
    next: 'Check the digest (GET /api/v1/streams/{name} shows those of a stream); it is known once its event is certified.',
  },
  'payload-erased': {
    status: 410,
    title: 'The members have erased this payload',
    next: 'Nothing brings it back; the facts say who asked for it, when and why.',
  },
  'payload-not-here': {
    status: 503,
    title: 'This node has not fetched the payload yet',
    next: 'Ask again after Retry-After seconds, or ask another node.',
  },
  'grant-not-recipient': {
    status: 403,
    title: 'Only a recipient of a payload grants it to others',
    next: 'Let one of the recipients of the payload append the grant.',
  },
  'grant-other-stream': {
    status: 409,
    title: 'A grant belongs to the stream of the payload that it grants',
    next: 'Append it to the stream in the facts.',
  },
  'grant-not-erasable': {
    status: 409,
    title: 'The payload is erasable, so a grant of it must be',
    next: 'Append the grant with a payload that is erasable.',
  },
  'grants-full': {
    status: 409,
    title: 'This payload was granted as often as one may be',
    next: 'Append the content as a new payload for all who are to read it.',
  },
  rejected: {
    status: 409,
    title: 'The transaction ran and was refused',
    next: 'The facts name the rule; the refusal is recorded with a receipt.',
  },
  'all-refused': {
    status: 422,
    title: 'None of the transactions was accepted',
    next: 'Each entry of results names its own reason.',
  },
  'pool-full': {
    status: 429,
    title: 'The pool of waiting transactions is full',
    next: 'Send the same bytes again after Retry-After seconds, here or to another node.',
  },
  'backlog-full': {
    status: 429,
    title: 'More transactions wait than the network certifies in a few seconds',
    next: 'Send the same bytes again after Retry-After seconds; send more slowly if it happens often.',
  },
  'sender-share-full': {
    status: 429,
    title: 'This sender has as many waiting transactions as one sender may have',
    next: 'Wait for receipts, then send the same bytes again.',
  },
  'member-share-full': {
    status: 429,
    title: 'The member of this identity has as many waiting transactions as one member may have here',
    next: 'Wait for receipts, then send the same bytes again, here or to another node.',
  },
  'rate-limited': {
    status: 429,
    title: 'Too many requests from this address or identity',
    next: 'Wait Retry-After seconds; send many transactions in one request.',
  },
  'not-ready': {
    status: 503,
    title: 'This node cannot take transactions now',
    next: 'Send the same bytes to another node, or here after Retry-After seconds.',
  },
  'not-found': {
    status: 404,
    title: 'Nothing is known under this name',
    next: 'Check the name; certified data only is served.',
  },
  'unknown-transaction': {
    status: 404,
    title: 'This node knows no transaction of this id',
    next: 'Send the same bytes again; ask with sender, nonce and expiresAt to learn whether it can still run.',
  },
  'not-certified': {
    status: 409,
    title: 'The transaction is not certified yet',
    next: 'Ask again, or submit with ?wait=certified.',
  },
  'height-not-reached': {
    status: 404,
    title: 'This height is above the highest certified block',
    next: 'Ask for a height up to the one in the facts, or wait.',
  },
  pruned: {
    status: 410,
    title: 'This node does not keep the bodies of blocks as old as that',
    next: 'Ask a node that keeps all blocks (GET /api/v1/validators); from facts.bodiesFrom on they are here. Headers, certificates and history proofs are here for every height.',
  },
  misdirected: {
    status: 421,
    title: 'The Host header names another server',
    next: 'Ask by IP address, as localhost, or by the gateway address in network.yaml; let a proxy send one of these as Host.',
  },
  'client-closed-request': {
    status: 499,
    title: 'The client hung up before it was answered',
    next: 'Ask again, and wait for the answer.',
  },
  'method-not-allowed': {
    status: 405,
    title: 'This method is not offered here',
    next: 'Use one of the methods named in the facts.',
  },
  'data-damaged': {
    status: 500,
    title: 'What this node has stored does not match its digest',
    next: 'Ask another node, and report the facts to the operator of this one.',
  },
  internal: {
    status: 500,
    title: 'The node failed to answer',
    next: "Report the requestId to the node's operator.",
  },
} as const satisfies Record<string, ProblemKind>;

export type ProblemCode = keyof typeof problemKinds;
export const problemCodes = Object.keys(problemKinds) as [ProblemCode, ...ProblemCode[]];

export const problemSchema = z.object({
  /** `urn:concordat:problem:` and the code. */
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.enum(problemCodes),
  detail: z.string(),
  facts: factsJson,
  next: z.string(),
  requestId: z.string(),
});
/** An error as the gateway sends it. */
export type Problem = z.infer<typeof problemSchema>;

/** Fills what the code alone decides. `detail` is one sentence with the facts in it. */
export function problemOf(
  code: ProblemCode,
  detail: string,
  facts: Readonly<Record<string, unknown>>,
  requestId: string,
): Problem {
  const { status, title, next } = problemKinds[code];
  return { type: `urn:concordat:problem:${code}`, title, status, code, detail, facts, next, requestId };
}

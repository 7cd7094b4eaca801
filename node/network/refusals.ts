/**
 * Why a connection goes no further. The refused side learns the code: from the header of an HTTP answer before
 * the upgrade, from the close reason after it.
 */
export type RefusalCode =
  | 'link-refused-unknown-key'
  | 'link-refused-resumed-session'
  | 'link-refused-wrong-identity'
  | 'link-refused-wrong-network'
  | 'link-refused-protocol-version'
  | 'link-refused-bad-hello'
  | 'link-refused-no-hello';

/** WebSocket close codes of private use (RFC 6455, section 7.4.2). */
const closeCodes: { readonly [code in RefusalCode]: number } = {
  'link-refused-unknown-key': 4001,
  'link-refused-resumed-session': 4002,
  'link-refused-wrong-identity': 4003,
  'link-refused-wrong-network': 4004,
  'link-refused-protocol-version': 4005,
  'link-refused-bad-hello': 4006,
  'link-refused-no-hello': 4007,
};
/** Not refusals: the ordinary ends of a link. */
export const closeCodeReplaced = 4010;
export const closeCodeBadFrame = 4011;
/** The peer left our book, or the key that it had proven did. */
export const closeCodeRemoved = 4012;
export const closeCodeKeyRetired = 4013;
/** A read-only link that is needed no longer. */
export const closeCodeReadOnlyOver = 4014;
export const closeCodeStopping = 1001;

export const refusalHeader = 'x-concordat-refusal';

export const closeCodeOf = (code: RefusalCode): number => closeCodes[code];

/** @returns undefined for text that is not one of our codes: a stranger may send anything */
export function parseRefusal(text: string | undefined): RefusalCode | undefined {
  return text !== undefined && Object.hasOwn(closeCodes, text) ? (text as RefusalCode) : undefined;
}

/** What operators should do about a refusal, for logs. */
const nextSteps: { readonly [code in RefusalCode]: string } = {
  'link-refused-unknown-key':
    'compare the node key that the ledger names with the key file that the other node was started with',
  'link-refused-resumed-session': 'nothing: the other side must make a full TLS handshake and will',
  'link-refused-wrong-identity': 'check the addresses in the ledger: another node answers at this one',
  'link-refused-wrong-network':
    'compare the network ids: the two nodes were started from different genesis files',
  'link-refused-protocol-version': 'run the same or neighbouring versions on both nodes',
  'link-refused-bad-hello': 'check what software answers at this address',
  'link-refused-no-hello': 'check that the other node is not overloaded or stopped',
};
export const nextStepOf = (code: RefusalCode): string => nextSteps[code];

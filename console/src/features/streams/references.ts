/**
 * What an event's reference names. References are free text; these forms are followed: `stream@revision`, the id of a
 * transaction (64 hex digits), the name of a stream. Anything else stays as it is.
 */
export type Reference =
  | { readonly kind: 'event'; readonly stream: string; readonly revision: number }
  | { readonly kind: 'transaction'; readonly id: string }
  /** Nobody on this ledger: an address of the web, for example. */
  | { readonly kind: 'outside'; readonly text: string }
  /** A stream, if there is one of this name. */
  | { readonly kind: 'stream'; readonly stream: string };

export function referenceOf(text: string): Reference {
  if (/^[0-9a-f]{64}$/.test(text)) return { kind: 'transaction', id: text };
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return { kind: 'outside', text };
  const event = /^(.+)@(0|[1-9][0-9]{0,14})$/s.exec(text);
  if (event !== null) return { kind: 'event', stream: event[1] ?? '', revision: Number(event[2]) };
  return { kind: 'stream', stream: text };
}

/** Equal for references to the same thing. */
export function keyOf(reference: Reference): string {
  switch (reference.kind) {
    case 'event':
      return `${reference.stream}@${reference.revision}`;
    case 'transaction':
      return reference.id;
    case 'outside':
      return reference.text;
    case 'stream':
      return reference.stream;
  }
}

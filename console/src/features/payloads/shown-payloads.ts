import type { CertifiedTransactionJson, StreamEventJson } from '../../../../shared/api.ts';
import { fromBase64Url, toHex } from '../../../../shared/codec/hex.ts';

export type EventPayload = NonNullable<StreamEventJson['payload']>;

/** What the events of a successful append name, in the form that streams show; none of any other transaction. */
export function payloadsOf({
  action,
  args,
  outcome,
}: Pick<CertifiedTransactionJson, 'action' | 'args' | 'outcome'>): readonly EventPayload[] {
  if (action !== 'streams.append' || outcome.status !== 'succeeded') return [];
  // The ledger takes no arguments of another form.
  const { events } = args as { readonly events: readonly ShownEvent[] };
  return events.flatMap(({ payload }) => (payload ? [payloadShown(payload)] : []));
}

/** Bytes are base64url there. */
type ShownEvent = { readonly payload?: EventPayload };

const payloadShown = ({ digest, grantOf, ...payload }: EventPayload): EventPayload => ({
  ...payload,
  digest: toHex(fromBase64Url(digest)),
  ...(grantOf !== undefined && { grantOf: toHex(fromBase64Url(grantOf)) }),
});

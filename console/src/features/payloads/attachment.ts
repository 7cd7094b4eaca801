/** From what was chosen in a form to the payload of an event. */
import { fromHex } from '../../../../shared/codec/hex.ts';
import type { CborValue } from '../../../../shared/types/ledger.ts';
import { sealPayload } from '../submit/api/key-holder.ts';
import { proveRecipients } from './api/recipients.ts';
import { contentOf, type PayloadForm } from './payload-form.ts';

export interface Attachment {
  /** As an event in CBOR has it. */
  readonly payload: CborValue;
  /** Encrypted, to be sent beside the envelope. */
  readonly bytes: Uint8Array;
}

/** Proves the recipients' keys, and encrypts in the worker. @throws ClientError, GatewayError */
export const attachmentOf = (form: PayloadForm): Promise<Attachment> =>
  attachmentFor({ content: contentOf(form), names: form.recipients, erasable: form.erasable });

export interface Sealing {
  readonly content: Uint8Array;
  readonly names: readonly string[];
  readonly erasable: boolean;
  /** The payload that it gives further recipients. */
  readonly grantOf?: string;
}

export async function attachmentFor({ content, names, erasable, grantOf }: Sealing): Promise<Attachment> {
  const { recipients } = await proveRecipients(names);
  const { payload, bytes } = await sealPayload({ content, recipients, erasable });
  return {
    payload: {
      digest: fromHex(payload.digest),
      size: payload.size,
      erasable,
      recipients: payload.recipients,
      ...(grantOf !== undefined && { grantOf: fromHex(grantOf) }),
    },
    bytes,
  };
}

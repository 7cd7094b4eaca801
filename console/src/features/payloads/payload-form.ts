/** What was chosen in a form for the payload of an event, and what is wrong with it. */
import { payloadBytesMax } from '../../../../shared/codec/payload.ts';
import { formatBytes } from '../../lib/format.ts';

export interface PayloadForm {
  readonly kind: 'none' | 'confidential';
  /** What is typed; a file goes before it. */
  readonly text: string;
  readonly file?: { readonly name: string; readonly bytes: Uint8Array } | undefined;
  /** Identity ids. */
  readonly recipients: readonly string[];
  readonly erasable: boolean;
}

export const emptyPayload: PayloadForm = {
  kind: 'none',
  text: '',
  recipients: [],
  erasable: true,
};

export type PayloadProblems = { readonly content?: string; readonly recipients?: string };

/** What keeps it from being encrypted; empty if nothing does. */
export function problemsOf(form: PayloadForm): PayloadProblems {
  if (form.kind === 'none') return {};
  const size = contentOf(form).length;
  return {
    ...(size === 0 && { content: 'Write something, or choose a file.' }),
    ...(size > payloadBytesMax && {
      content: `${formatBytes(size)} are more than the ${formatBytes(payloadBytesMax)} that a payload may have.`,
    }),
    ...(form.recipients.length === 0 && { recipients: 'Choose who may read it.' }),
  };
}

export const contentOf = ({ file, text }: PayloadForm): Uint8Array =>
  file?.bytes ?? new TextEncoder().encode(text);

/** The payload of an event that is to be appended: for whom it is has to be said, whatever that is. */
import { type Command, Option } from 'commander';
import type { Client } from '../../../shared/client/client.ts';
import { encryptPayload, openPayload, type SealedPayload } from '../../../shared/client/payload.ts';
import { recipientsOf } from '../../../shared/client/recipients.ts';
import type { DetachedPayload } from '../../../shared/types/ledger.ts';
import { usageError } from '../cli-error.ts';
import { collectListOption, type SignerOptions } from '../options.ts';
import type { Beside } from '../submit-command.ts';
import { readContent } from './content.ts';
import { requireProver } from './network-pin.ts';

export interface PayloadOptions extends SignerOptions {
  readonly payload?: string;
  readonly confidentialTo: readonly string[];
  readonly inClear?: true;
  readonly erasable?: true;
}

export const payloadOptions = (command: Command): Command =>
  command
    .option('--payload <file>', 'content beside the event, up to 1 MiB; - for standard input')
    .addOption(
      collectListOption(
        '--confidential-to <ids>',
        'encrypt the payload for these identities, or member:ID for all of a member; yourself included if you want to read it again',
      ),
    )
    .addOption(
      new Option(
        '--in-clear',
        'do not encrypt the payload: everybody who reads the stream reads it',
      ).conflicts('confidentialTo'),
    )
    .option(
      '--erasable',
      'members may decide to erase the payload; what the event itself says stays for ever',
    );

export interface Attached {
  readonly payload: DetachedPayload;
  readonly beside: Beside;
}

/** undefined: the event has none. @throws CliError, ClientError */
export async function attached(
  connected: () => Client,
  options: PayloadOptions,
): Promise<Attached | undefined> {
  const { payload, confidentialTo, inClear, erasable = false } = options;
  if (payload === undefined) return withoutPayload(options);
  if (confidentialTo.length === 0 && inClear !== true) {
    const next =
      'Say for whom it is with --confidential-to ID, or that it is for all readers with --in-clear.';
    throw usageError('readers-unsaid', 'Who may read the payload?', {}, next);
  }
  const content = await readContent(payload);
  if (inClear === true) return attachedTo({ ...openPayload(content), erasable });
  return sealFor(connected(), options, { content, names: confidentialTo, erasable });
}

/** @throws CliError `payload-unsaid` */
function withoutPayload({ confidentialTo, inClear, erasable }: PayloadOptions): undefined {
  if (confidentialTo.length === 0 && inClear !== true && erasable !== true) return undefined;
  const next = 'Name the content with --payload FILE; what --event-data says is public and stays for ever.';
  throw usageError('payload-unsaid', 'There is no payload to encrypt or to erase.', {}, next);
}

export interface Sealing {
  readonly content: Uint8Array;
  /** Identities, or `member:ID`. */
  readonly names: readonly string[];
  readonly erasable: boolean;
  readonly grantOf?: DetachedPayload['grantOf'];
}

/** Encrypted to keys that are proven. @throws CliError, ClientError */
export async function sealFor(
  client: Client,
  options: SignerOptions,
  { content, names, erasable, grantOf }: Sealing,
): Promise<Attached> {
  const prove = await requireProver(client, options);
  const { recipients, asOf } = await recipientsOf(names, prove);
  const sealed = await encryptPayload(content, recipients, { erasable });
  return attachedTo({ ...sealed, erasable, ...(grantOf && { grantOf }) }, { keysAsOfBlock: asOf.height });
}

function attachedTo(
  { payload, bytes, erasable, grantOf }: SealedPayload & Pick<Sealing, 'erasable' | 'grantOf'>,
  proof: { readonly keysAsOfBlock?: number } = {},
): Attached {
  const recipients = payload.recipients.length === 0 ? 'all readers' : payload.recipients.join(', ');
  return {
    payload: { ...payload, erasable, ...(grantOf !== undefined && { grantOf }) },
    beside: { payloads: [bytes], facts: { payload: payload.digest, for: recipients, ...proof } },
  };
}

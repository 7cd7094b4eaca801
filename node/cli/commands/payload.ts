/** `payload get|show|grant|erase`: content beside events, for its recipients alone. */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import type { Client } from '../../../shared/client/client.ts';
import { ClientError } from '../../../shared/client/client-error.ts';
import type { PayloadRecord } from '../../../shared/client/payload-records.ts';
import { append } from '../../../shared/client/transaction-builder.ts';
import type { Digest } from '../../../shared/types/brands.ts';
import { identityKeyFileOf } from '../../config/data-layout.ts';
import { countOf } from '../../runtime/diagnosis/words.ts';
import { usageError } from '../cli-error.ts';
import { noun, verb } from '../command.ts';
import { connect } from '../connect.ts';
import { type ProposeOptions, propose, proposeOptions } from '../governance/propose.ts';
import { type CliIo, factLines, oneLine, report } from '../io.ts';
import { cborArgument } from '../json-argument.ts';
import { collectListOption, gatewayOption, payloadDigest, signerOptions } from '../options.ts';
import { sealFor } from '../payload/attach.ts';
import { contentJson, printContent, requireFree, writeContent } from '../payload/content.ts';
import {
  type DecryptionOptions,
  decryptionOptions,
  readPlain,
  recipientHere,
} from '../payload/decryption-key.ts';
import {
  type Found,
  fetchPayload,
  findPayload,
  type TargetOptions,
  targetOptions,
} from '../payload/lookup.ts';
import { submitCommand, type WriteOptions } from '../submit-command.ts';
import { writeOptions } from '../write-options.ts';

interface ReadOptions extends TargetOptions, DecryptionOptions {
  readonly json?: boolean;
}
interface GetOptions extends ReadOptions {
  readonly out?: string;
  readonly force?: true;
  readonly sealed?: true;
}
interface GrantOptions extends WriteOptions, DecryptionOptions {
  readonly to: readonly string[];
  readonly type: string;
  readonly eventData: string;
}

export function payloadCommands(io: CliIo): Command {
  const get = verb('get', 'read a payload, decrypted here with the key of a recipient', [
    'payload get 5c1e… --identity beta.submitter',
    'payload get --stream orders/42 --revision 3 --out price.txt',
    'payload get 5c1e… --encryption-key beta.encryption.age --encryption-passphrase-file passphrase',
  ]);
  const show = verb('show', 'who can read a payload, and whether it was erased', ['payload show 5c1e…']);
  const grant = verb('grant', 'let others read a payload that you can read', [
    'payload grant 5c1e… --to gamma.auditor --identity beta.submitter',
  ])
    .argument('<digest>', 'digest of the payload', payloadDigest)
    .addOption(collectListOption('--to <ids>', 'identities, or member:ID for all of a member'))
    .option('--type <type>', 'type of the event that grants it', 'payload.granted')
    .option('--event-data <json>', 'its data, if the schema of the stream asks for some', '{}');
  const erase = verb('erase', 'propose to erase payloads from every node, for good', [
    'payload erase 5c1e… --reason "The customer asked for it"',
  ]).argument('<digests...>', 'digests of the payloads', (value, previous: readonly string[] | undefined) => [
    ...(previous ?? []),
    payloadDigest(value),
  ]);
  return noun('payload', 'content beside events, for its recipients alone (docs/payloads.md)')
    .addCommand(
      decryptionOptions(targetOptions(signerOptions(gatewayOption(get))))
        .option('--out <file>', 'write it here (default: standard output)')
        .option('--force', 'write over a file that is there')
        .option('--sealed', 'as it is kept, not decrypted: for `age -d -i`')
        .action((digest: string | undefined, options: GetOptions) => getPayload(io, digest, options)),
    )
    .addCommand(
      targetOptions(signerOptions(gatewayOption(show))).action(
        (digest: string | undefined, options: ReadOptions) => showPayload(io, digest, options),
      ),
    )
    .addCommand(
      decryptionOptions(writeOptions(grant)).action((digest: string, options: GrantOptions) =>
        grantPayload(io, digest, options),
      ),
    )
    .addCommand(
      proposeOptions(erase).action((digests: readonly string[], options: ProposeOptions) =>
        erasePayloads(io, digests, options),
      ),
    );
}

async function getPayload(io: CliIo, digest: string | undefined, options: GetOptions): Promise<void> {
  const { out, force = false, sealed = false, json = false } = options;
  requireFree(out, force);
  const client = connect(options);
  const found = await findPayload(client, digest, options, io);
  const bytes = await fetchPayload(client, found.record);
  const content = sealed ? bytes : await readPlain(bytes, found, options);
  const told = { ...factsOf(found), bytes: content.length };
  if (out !== undefined) {
    writeContent(out, content, force);
    report(io, json, { ...told, file: out }, [`Wrote ${out} (${countOf(content.length, 'byte')}).`]);
  } else if (json) report(io, true, { ...told, ...contentJson(content) }, []);
  else printContent(io, content);
}

/** `proven`: from the pinned network id, else as the gateway says. */
const factsOf = ({ record, asOf }: Found) => ({
  ...record,
  proven: asOf !== undefined,
  ...(asOf !== undefined && { asOfBlock: asOf.height }),
});

async function showPayload(io: CliIo, digest: string | undefined, options: ReadOptions): Promise<void> {
  const client = connect(options);
  const found = await findPayload(client, digest, options, io);
  const isKept = found.record.erased === undefined;
  const here = isKept && (await isHere(connect(options, { rounds: 1 }), found.record.digest));
  report(io, options.json ?? false, { ...factsOf(found), here, related: found.related }, [
    standingLine(found.record, here),
    ...recordLines(found.record),
    ...(found.related.length === 0 ? [] : ['Granted on:']),
    ...found.related.map(
      (one) => `  ${one.digest}  ${readersOf(one)}${one.erased === undefined ? '' : '  erased'}`,
    ),
    found.asOf === undefined
      ? 'As the gateway says; give --network ID to have it proven.'
      : `Proven by the state after block ${found.asOf.height} (${new Date(found.asOf.time).toISOString()}).`,
  ]);
}

async function isHere(client: Client, digest: string): Promise<boolean> {
  try {
    await client.get('payload', { digest });
    return true;
  } catch (error) {
    if (error instanceof ClientError && error.code === 'payload-not-here') return false;
    throw error;
  }
}

function standingLine({ digest, erased }: PayloadRecord, here: boolean): string {
  if (erased !== undefined)
    return `${digest} was erased: proposal ${erased.proposal} of ${erased.by}, block ${erased.height}.`;
  return here ? `${digest} is here.` : `${digest} is on the ledger, and its bytes are not on this node yet.`;
}

function recordLines({
  stream,
  eventId,
  size,
  erasable,
  grantOf,
  erased,
  ...record
}: PayloadRecord): string[] {
  return factLines({
    stream: oneLine(stream),
    event: oneLine(eventId),
    bytes: size,
    readers: readersOf({ recipients: record.recipients }),
    erasable: erasable ? 'yes, if the members decide so' : 'no',
    'granted from': grantOf,
    ...(erased !== undefined && {
      erased: new Date(erased.time).toISOString(),
      reason: oneLine(erased.reason),
    }),
  });
}

const readersOf = ({ recipients }: Pick<PayloadRecord, 'recipients'>): string =>
  recipients.length === 0 ? 'everybody who reads the stream' : recipients.join(', ');

async function grantPayload(io: CliIo, digest: string, given: GrantOptions): Promise<void> {
  const data = cborArgument('--event-data', given.eventData);
  const found = await findPayload(connect(given), digest, given);
  const options = asRecipient(found.record, given);
  const client = connect(options, { purpose: 'write' });
  const content = await readPlain(await fetchPayload(client, found.record), found, options);
  const { stream, erasable } = found.record;
  const { payload, beside } = await sealFor(client, options, {
    content,
    names: options.to,
    erasable,
    grantOf: digest as Digest,
  });
  const event = {
    eventId: randomUUID(),
    type: options.type,
    data,
    labels: {},
    references: [],
    payload,
  };
  const done = `Granted to ${payload.recipients.join(', ')}.`;
  await submitCommand(io, options, append(stream, [event]), done, 'write', beside);
}

/** Only a recipient grants: of those whose keys are here, the first one signs unless somebody is named. */
function asRecipient(record: PayloadRecord, options: GrantOptions): GrantOptions {
  if (record.recipients.length === 0) {
    const next = 'There is nothing to grant.';
    const facts = { digest: record.digest, stream: record.stream };
    throw usageError('not-confidential', 'Everybody who reads the stream reads it.', facts, next);
  }
  if (options.identity !== undefined || options.key !== undefined) return options;
  const identity = recipientHere(record, options);
  const canSign = identity !== undefined && existsSync(identityKeyFileOf(options.data, identity));
  return canSign ? { ...options, identity } : options;
}

function erasePayloads(io: CliIo, digests: readonly string[], options: ProposeOptions): Promise<void> {
  const { reason } = options;
  if (reason === undefined) {
    const next = 'Say it with --reason TEXT: it stands beside the event for ever.';
    throw usageError('reason-missing', 'Why shall it be erased?', {}, next);
  }
  const args = { digests: [...digests], reason: reason.normalize('NFC') };
  return propose(io, options, [{ kind: 'payloads.erase', args }]);
}

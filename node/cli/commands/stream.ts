/** `stream append`, `stream read` and `stream schema`. */
import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import type { StreamEventJson } from '../../../shared/api.ts';
import type { Client } from '../../../shared/client/client.ts';
import { append } from '../../../shared/client/transaction-builder.ts';
import { usageError } from '../cli-error.ts';
import { noun, verb } from '../command.ts';
import { connect } from '../connect.ts';
import { type CliIo, oneLine, printable, report } from '../io.ts';
import { cborArgument } from '../json-argument.ts';
import {
  collectOption,
  expectedRevision,
  type GatewayOptions,
  gatewayOption,
  streamName,
  wholeNumber,
} from '../options.ts';
import { attached, type PayloadOptions, payloadOptions } from '../payload/attach.ts';
import { submitCommand, type WriteOptions } from '../submit-command.ts';
import { writeOptions } from '../write-options.ts';

interface AppendOptions extends WriteOptions, PayloadOptions {
  readonly type: string;
  readonly eventData: string;
  readonly eventId?: string;
  readonly expectedRevision: number | 'any';
  readonly label: readonly string[];
  readonly reference: readonly string[];
}

interface ReadOptions extends GatewayOptions {
  readonly json?: boolean;
  readonly from: number;
  readonly to?: number;
  readonly asOf?: number;
  readonly follow?: true;
}

interface SchemaOptions extends GatewayOptions {
  readonly json?: boolean;
}

export function streamCommands(io: CliIo): Command {
  const appending = verb('append', 'append one event', [
    `stream append orders/42 --type created --event-data '{"quantity": 7}'`,
    `stream append orders/42 --type shipped --event-data '{}' --expected-revision 0 --label carrier=sea`,
    `stream append orders/42 --type priced --event-data '{}' --payload price.txt --confidential-to beta.submitter,member:gamma`,
  ])
    .argument('<stream>', 'name of the stream', streamName)
    .requiredOption('--type <type>', 'type of the event')
    .requiredOption('--event-data <json>', 'its data')
    .option('--event-id <id>', 'makes the append idempotent (default: random)')
    .option(
      '--expected-revision <n>',
      'revision of the last event, `none` if there must be none, or `any`',
      expectedRevision,
      'any' as const,
    )
    .addOption(collectOption('--label <name=value>', 'label to find it by; may be repeated'))
    .addOption(collectOption('--reference <text>', 'reference to something else; may be repeated'));
  const reading = verb('read', 'read events', [
    'stream read orders/42 --from 10',
    'stream read orders/42 --follow --json',
  ])
    .argument('<stream>', 'name of the stream', streamName)
    .option('--from <revision>', 'first revision', wholeNumber, 0)
    .option('--to <revision>', 'last revision', wholeNumber)
    .option('--as-of <height>', 'as of this block', wholeNumber)
    .option('--follow', 'go on with new events until Ctrl-C');
  const describing = verb('schema', 'what the members ask of its events', [
    'stream schema orders/42',
    'stream schema orders/42 --json',
  ]).argument('<stream>', 'name of the stream', streamName);
  return noun('stream', 'ordered lists of events')
    .addCommand(
      writeOptions(payloadOptions(appending)).action((name: string, options: AppendOptions) =>
        appendEvent(io, name, options),
      ),
    )
    .addCommand(
      gatewayOption(reading).action((name: string, options: ReadOptions) => readStream(io, name, options)),
    )
    .addCommand(
      gatewayOption(describing).action((name: string, options: SchemaOptions) =>
        showSchema(io, name, options),
      ),
    );
}

async function appendEvent(io: CliIo, stream: string, options: AppendOptions): Promise<void> {
  const { type, eventData, eventId = randomUUID(), label, reference } = options;
  const data = cborArgument('--event-data', eventData);
  const beside = await attached(() => connect(options, { purpose: 'write' }), options);
  const payload = beside && { payload: beside.payload };
  const event = { eventId, type, data, labels: labelsOf(label), references: reference, ...payload };
  const command = append(stream, [event], options.expectedRevision);
  await submitCommand(io, options, command, `Appended to ${stream}.`, 'write', beside?.beside);
}

function labelsOf(labels: readonly string[]): Record<string, string> {
  const pairs = labels.map((label) => {
    const at = label.indexOf('=');
    if (at > 0) return [label.slice(0, at), label.slice(at + 1)];
    throw usageError('label-form', `${label} is no label.`, {}, 'Write --label name=value.');
  });
  return Object.fromEntries(pairs) as Record<string, string>;
}

async function readStream(io: CliIo, name: string, options: ReadOptions): Promise<void> {
  const client = connect(options);
  const json = options.json ?? false;
  const isList = json && options.follow !== true;
  const all: StreamEventJson[] = [];
  let position = 0;
  for await (const event of pagesOf(client, name, options)) {
    position = event.position + 1;
    if (isList) all.push(event);
    else print(io, json, event);
  }
  if (isList) report(io, true, all, []);
  if (options.follow !== true) return;
  for await (const item of client.subscribe({ topic: 'events', from: position, filter: { stream: name } })) {
    if (item.type === 'event') print(io, json, item.event);
  }
}

async function showSchema(io: CliIo, name: string, options: SchemaOptions): Promise<void> {
  const answer = await connect(options).get('eventSchema', { name });
  const { stream, since, schema } = answer;
  const lines = [
    `Every event of ${oneLine(stream)} from block ${since} on:`,
    printable(JSON.stringify(schema, null, 2)),
  ];
  report(io, options.json ?? false, answer, lines);
}

async function* pagesOf(
  client: Client,
  name: string,
  { from, to, asOf }: ReadOptions,
): AsyncGenerator<StreamEventJson> {
  const bounds = { ...(to === undefined ? {} : { to }), ...(asOf === undefined ? {} : { asOf }) };
  for (let next: number | undefined = from; next !== undefined; ) {
    const page: { events: StreamEventJson[]; nextFrom?: number } = await client.get('stream', {
      name,
      from: next,
      ...bounds,
    });
    yield* page.events;
    next = page.nextFrom;
  }
}

function print(io: CliIo, json: boolean, event: StreamEventJson): void {
  const { revision, type, data, height, time } = event;
  const line = `${revision}\t${oneLine(type)}\t${new Date(time).toISOString()}\tblock ${height}\t${JSON.stringify(data)}`;
  report(io, json, event, [line]);
}

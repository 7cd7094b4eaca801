/** `evidence list|show`: what the ledger records against validators, verified here. */
import type { Command } from 'commander';
import { type EvidenceRecordJson, type SlotMessageJson, slotMessageOfJson } from '../../../shared/api.ts';
import type { Client } from '../../../shared/client/client.ts';
import { slotOf } from '../../../shared/codec/conflict.ts';
import { knownEpoch, newestEpoch } from '../../../shared/protocol/known-epochs.ts';
import {
  type EvidenceCheck,
  verifyEvidence,
  wrongAccusation,
} from '../../../shared/protocol/verify-evidence.ts';
import type { Epoch } from '../../../shared/types/brands.ts';
import type { ValidatorSet } from '../../../shared/types/ledger.ts';
import { noun, verb } from '../command.ts';
import { connect } from '../connect.ts';
import { type CliIo, factLines, report } from '../io.ts';
import { lightClient, verifySignature } from '../light-client.ts';
import { type GatewayOptions, gatewayOption, networkId, positiveNumber, wholeNumber } from '../options.ts';
import { VerdictFailed } from '../verdict.ts';

interface ListOptions extends GatewayOptions {
  readonly json?: boolean;
  readonly limit: number;
}
interface ShowOptions extends GatewayOptions {
  readonly json?: boolean;
  readonly network?: string;
}

/** What the API gives in one answer. */
const pageRows = 200;

export function evidenceCommands(io: CliIo): Command {
  const list = verb('list', 'conflicting messages of validators, newest first', ['evidence list'])
    .option('--limit <count>', 'records at most', positiveNumber, 1_000)
    .action((options: ListOptions) => listRecords(io, options));
  const show = verb('show', 'one record with both messages, its signatures verified here', [
    'evidence show 0 --network 7f3a…',
  ])
    .argument('<number>', 'number of the record', wholeNumber)
    .option('--network <id>', 'network id that you trust (default: the one that the gateway says)', networkId)
    .action((number: number, options: ShowOptions) => showRecord(io, number, options));
  return noun('evidence', 'proof that a validator signed two messages that exclude one another')
    .addCommand(gatewayOption(list))
    .addCommand(gatewayOption(show));
}

async function listRecords(io: CliIo, options: ListOptions): Promise<void> {
  const records = await fetchRecords(connect(options), options.limit);
  const lines =
    records.length === 0
      ? ['No validator was ever caught signing two conflicting messages.']
      : records.map(recordLine);
  report(io, options.json ?? false, records, lines);
}

async function fetchRecords(client: Client, countMax: number): Promise<readonly EvidenceRecordJson[]> {
  const records: EvidenceRecordJson[] = [];
  let cursor: string | undefined;
  do {
    const limit = Math.min(pageRows, countMax - records.length);
    if (limit === 0) break;
    const page = await client.get('evidence', { limit, ...(cursor === undefined ? {} : { cursor }) });
    records.push(...page.rows);
    cursor = page.next;
  } while (cursor !== undefined);
  return records;
}

function recordLine({ number, validator, kind, first, height, time, reporter }: EvidenceRecordJson): string {
  const at = `height ${height}, ${new Date(time).toISOString()}`;
  return `${number}  ${validator}  two ${kind}s for ${slotOf(slotMessageOfJson(first))}  (recorded at ${at}, by ${reporter})`;
}

async function showRecord(io: CliIo, number: number, options: ShowOptions): Promise<void> {
  const client = connect(options);
  const record = await client.get('evidenceRecord', { number: String(number) });
  const light = await lightClient(client, options.network);
  const pair = { first: slotMessageOfJson(record.first), second: slotMessageOfJson(record.second) };
  if (Math.max(pair.first.epoch, pair.second.epoch) >= light.known.length) await light.follow();
  const { network } = newestEpoch(light.known);
  const setOf = (epoch: Epoch): ValidatorSet | undefined => knownEpoch(light.known, epoch)?.validators;
  const { epoch } = pair.first;
  const { ok, checks } =
    wrongAccusation(record, pair.first, setOf(epoch) ?? [], epoch) ??
    (await verifyEvidence(pair, setOf, network, verifySignature));
  const { validator, member, kind, key, reporter, transaction, height, time } = record;
  report(io, options.json ?? false, { ...record, network, ok, checks }, [
    `${validator} signed two ${kind}s for ${slotOf(pair.first)}.`,
    ...factLines({ member, key, reporter, transaction, height, time: new Date(time).toISOString() }),
    'First:',
    ...messageLines(record.first),
    'Second:',
    ...messageLines(record.second),
    ...checks.map(checkLine),
    ok
      ? `Verified against network ${network}: one key signed both. The validator goes on voting; its member owes an answer.`
      : 'NOT verified: this is no evidence, and the node that served it is to be asked why.',
  ]);
  if (!ok) throw new VerdictFailed();
}

function messageLines(message: SlotMessageJson): string[] {
  const { signature, sender: _sender, ...rest } = message;
  return factLines({ ...rest, signature });
}

const checkLine = ({ ok, id, expected, actual }: EvidenceCheck): string =>
  ok ? `ok       ${id}: ${actual}` : `FAILED   ${id}: expected ${expected}, found ${actual}`;

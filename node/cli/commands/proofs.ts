/**
 * `receipt get|verify` and `pack get|verify`. Verification needs no network, but for the epochs of a receipt that were
 * never followed here.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { proofPackOfJson, receiptOfJson } from '../../../shared/api/ledger-of-json.ts';
import { proofPackSchema, receiptSchema } from '../../../shared/api.ts';
import { ClientError } from '../../../shared/client/client-error.ts';
import { CodecError } from '../../../shared/codec/codec-error.ts';
import {
  decodeProofPack,
  decodeReceipt,
  encodeProofPack,
  encodeReceipt,
  transactionId as idOfEnvelope,
} from '../../../shared/codec/ledger.ts';
import type { Check } from '../../../shared/protocol/checks.ts';
import {
  foundedEpochs,
  type KnownEpoch,
  type KnownEpochs,
  knownEpoch,
  newestEpoch,
} from '../../../shared/protocol/known-epochs.ts';
import { verifyProofPack } from '../../../shared/protocol/verify-pack.ts';
import {
  opening,
  openReceipt,
  type ReceiptVerification,
  verifyReceipt,
} from '../../../shared/protocol/verify-receipt.ts';
import { epochOf, type NetworkId } from '../../../shared/types/brands.ts';
import type { RecoveryBreak } from '../../../shared/types/recovery.ts';
import { genesisFileOf } from '../../config/data-layout.ts';
import { readGenesis } from '../../config/genesis-file.ts';
import { countOf } from '../../runtime/diagnosis/words.ts';
import { CliError, fileExists, localError } from '../cli-error.ts';
import { followedEpochs, rememberedEpochs } from '../client-file.ts';
import { noun, verb } from '../command.ts';
import { connect } from '../connect.ts';
import { exitCodes } from '../exit-codes.ts';
import { type CliIo, factLines, report } from '../io.ts';
import { filedEpochs, verifySignature } from '../light-client.ts';
import { type GatewayOptions, gatewayOption, networkId, transactionId } from '../options.ts';
import { breakLines } from '../recovery/words.ts';
import { VerdictFailed } from '../verdict.ts';

interface GetOptions extends GatewayOptions {
  readonly json?: boolean;
  readonly out?: string;
  readonly force?: true;
}

interface ReceiptOptions extends GatewayOptions {
  readonly genesis?: string;
  readonly epochs?: string;
  readonly json?: boolean;
}
interface PackOptions {
  readonly network: string;
  readonly epochs?: string;
  readonly json?: boolean;
}

export function receiptCommands(io: CliIo): Command {
  return noun('receipt', 'proof that a transaction is in a certified block')
    .addCommand(getCommand(io, 'receipt'))
    .addCommand(verifyReceiptCommand(io));
}

function verifyReceiptCommand(io: CliIo): Command {
  const command = verb('verify <file>', 'verify a receipt with the validators of its epoch', [
    'receipt verify record.receipt --genesis data/genesis',
    'receipt verify record.receipt --gateway https://alpha.example:8101',
    'receipt verify record.receipt --epochs network.epochs',
  ])
    .option('--genesis <file>', 'genesis that you trust (default: the one in --data)')
    .option(
      '--epochs <file>',
      'what `epochs follow` filed: offline; without it, epochs that are not remembered in --data are followed over the gateway',
    );
  return gatewayOption(command).action(async (file: string, options: ReceiptOptions) => {
    const { network, validators } = readGenesis(options.genesis ?? genesisFileOf(options.data)).genesis;
    const bytes = receiptBytes(file);
    const founders = foundedEpochs({ network, epoch: epochOf(0), validators });
    const known = await epochsFor(io, bytes, founders, options);
    const verification = await verifyReceipt(bytes, epochOfReceipt(bytes, known), verifySignature);
    reportVerification(io, options.json ?? false, verification, network);
  });
}

/** From the file that is named, what is remembered, or a gateway: the first that knows the receipt's epoch. */
async function epochsFor(
  io: CliIo,
  receipt: Uint8Array,
  founders: KnownEpochs,
  options: ReceiptOptions,
): Promise<KnownEpochs> {
  const { network } = newestEpoch(founders);
  if (options.epochs !== undefined) return filedEpochs(options.epochs, network);
  const remembered = (await rememberedEpochs(options.data, network)) ?? founders;
  if (ownEpoch(receipt, remembered) !== undefined) return remembered;
  try {
    return await followedEpochs(options, network);
  } catch (error) {
    if (!(error instanceof ClientError || error instanceof CliError)) throw error;
    if (error.code !== 'unreachable' && error.code !== 'wrong-network') throw error;
    io.err(`Later epochs are not known: ${error.message} Name a gateway, or a file with --epochs.`);
    return remembered;
  }
}

export function packCommands(io: CliIo): Command {
  return noun('pack', 'proof packs: receipts that need nothing but the network id to be believed')
    .addCommand(getCommand(io, 'pack'))
    .addCommand(
      verb('verify <file>', 'verify a proof pack offline', ['pack verify record.pack --network 7f3a…'])
        .requiredOption('--network <id>', 'network id that you trust', networkId)
        .option('--epochs <file>', 'what `epochs follow` filed: a pack that contradicts it is refused')
        .action(async (file: string, options: PackOptions) => {
          const network = options.network as NetworkId;
          const known = options.epochs === undefined ? [] : await filedEpochs(options.epochs, network);
          const verification = await verifyProofPack(packBytes(file), network, verifySignature, known);
          reportVerification(io, options.json ?? false, verification, network);
        }),
    );
}

/** The newest that is known, if its own is not: then the check of the epoch says so. */
function epochOfReceipt(bytes: Uint8Array, known: KnownEpochs): KnownEpoch {
  return ownEpoch(bytes, known) ?? newestEpoch(known);
}

/** What does not open names no epoch: then the verification says why. */
function ownEpoch(bytes: Uint8Array, known: KnownEpochs): KnownEpoch | undefined {
  const opened = opening(() => openReceipt(decodeReceipt(bytes)));
  return opened instanceof CodecError ? newestEpoch(known) : knownEpoch(known, opened.header.epoch);
}

function getCommand(io: CliIo, kind: 'receipt' | 'pack'): Command {
  const command = verb('get', `fetch a ${kind === 'pack' ? 'proof pack' : 'receipt'}`, [
    `${kind} get 5c1e… --out record.${kind}`,
  ])
    .argument('<transaction>', 'transaction id', transactionId)
    .option(
      '--out <file>',
      'write it here: DAG-CBOR, or JSON if the name ends so (default: JSON to standard output)',
    )
    .option('--force', 'write over a file that is there');
  return gatewayOption(command).action((id: string, options: GetOptions) => get(io, kind, id, options));
}

async function get(io: CliIo, kind: 'receipt' | 'pack', id: string, options: GetOptions): Promise<void> {
  const client = connect(options);
  const { out, force, json = false } = options;
  if (out === undefined) {
    const text = JSON.stringify(await client.get(kind, { id }));
    requireAsked(kind, id, Buffer.from(text));
    io.out(text);
    return;
  }
  if (force !== true && existsSync(out)) throw fileExists(out);
  const isJson = out.endsWith('.json');
  const bytes = isJson
    ? Buffer.from(`${JSON.stringify(await client.get(kind, { id }))}\n`)
    : await client.getBytes(kind, { id });
  requireAsked(kind, id, bytes);
  writeProof(out, bytes, force === true);
  report(io, json, { id, file: out, bytes: bytes.length }, [
    `Wrote ${out} (${countOf(bytes.length, 'byte')}).`,
  ]);
}

/** A sound proof of something else is no answer. @throws CliError */
function requireAsked(kind: 'receipt' | 'pack', id: string, bytes: Uint8Array): void {
  const { envelope } =
    kind === 'pack' ? decodeProofPack(packOf(kind, bytes)).receipt : decodeReceipt(receiptOf(kind, bytes));
  const actual = idOfEnvelope(envelope);
  if (actual === id) return;
  throw new CliError(
    exitCodes.refused,
    'other-transaction',
    'The gateway sent the proof of another transaction.',
    { asked: id, sent: actual },
    'Ask another gateway, and the operator of this one why.',
  );
}

/** Another process may have made the file while this one was fetching. */
function writeProof(file: string, bytes: Uint8Array, force: boolean): void {
  try {
    writeFileSync(file, bytes, { flag: force ? 'w' : 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw fileExists(file);
    throw error;
  }
}

const looksLikeJson = (bytes: Uint8Array): boolean => bytes[0] === 0x7b;

const receiptBytes = (file: string): Uint8Array => receiptOf(file, new Uint8Array(readFileSync(file)));
const packBytes = (file: string): Uint8Array => packOf(file, new Uint8Array(readFileSync(file)));

function receiptOf(file: string, bytes: Uint8Array): Uint8Array {
  return looksLikeJson(bytes) ? encodeReceipt(receiptOfJson(parsed(file, bytes, receiptSchema))) : bytes;
}

function packOf(file: string, bytes: Uint8Array): Uint8Array {
  return looksLikeJson(bytes)
    ? encodeProofPack(proofPackOfJson(parsed(file, bytes, proofPackSchema)))
    : bytes;
}

interface Schema<Value> {
  parse(value: unknown): Value;
}

function parsed<Value>(file: string, bytes: Uint8Array, schema: Schema<Value>): Value {
  try {
    return schema.parse(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw localError(
      'malformed',
      `${file} does not have the form of the API.`,
      { reason },
      'Fetch it again.',
    );
  }
}

function reportVerification(
  io: CliIo,
  json: boolean,
  verification: ReceiptVerification & { readonly breaks?: readonly RecoveryBreak[] },
  network: string,
): void {
  const { ok, checks, opened, breaks = [] } = verification;
  const header = opened?.header;
  const summary = opened &&
    header && {
      transaction: opened.transaction.id,
      action: opened.transaction.body.action,
      sender: opened.transaction.body.sender,
      outcome: opened.outcome.status === 'succeeded' ? 'succeeded' : opened.outcome.rejection.code,
      height: header.height,
      block: opened.receipt.certificate.block,
      time: header.time,
    };
  const failing = checks.find((check) => !check.ok && check.reason !== 'not-reached');
  report(io, json, { ok, network, checks, ...summary, ...(breaks.length > 0 && { breaks }) }, [
    ...checks.map(checkLine),
    ...(failing ? factLines({ expected: failing.expected, actual: failing.actual }) : []),
    ...(failing ? wordsOf(failing) : []),
    ok ? `Verified against network ${network}.` : 'NOT verified: do not rely on this proof.',
    ...(ok && summary ? factLines({ ...summary, time: new Date(summary.time).toISOString() }) : []),
    // What was verified rests on them: nobody may take a whole chain for granted.
    ...(ok ? breaks.flatMap(breakLines) : []),
  ]);
  if (!ok) throw new VerdictFailed();
}

/** What a failure means where its name does not say it to somebody who only took the wrong file. */
function wordsOf({ id, reason }: Check): readonly string[] {
  if (id === 'decode') return ['The file is damaged, or no proof of this kind.'];
  if (reason === 'genesis-hash') return ['The proof is of another network than the one that you trust.'];
  return [];
}

function checkLine({ ok, id, reason }: Check): string {
  if (ok) return `ok       ${id}`;
  return reason === 'not-reached' ? `skipped  ${id}` : `FAILED   ${id}: ${reason}`;
}

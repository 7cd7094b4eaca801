/** `keys rotate`, `keys suspect`: the keys of a running node, and of whoever lost one. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { KeysRotateBodyJson, KeysRotateJson } from '../../../shared/api.ts';
import type { Client } from '../../../shared/client/client.ts';
import type { Command as LedgerCommand } from '../../../shared/client/transaction-builder.ts';
import { decode } from '../../../shared/codec/dag-cbor.ts';
import { fromBase64Url, fromHex } from '../../../shared/codec/hex.ts';
import type { PublicKey } from '../../../shared/types/brands.ts';
import { rotationAheadMax } from '../../../shared/types/epochs.ts';
import { passphraseVariable } from '../../config/passphrase.ts';
import { CliError, type Facts } from '../cli-error.ts';
import { verb } from '../command.ts';
import { connect } from '../connect.ts';
import { exitCodes } from '../exit-codes.ts';
import { durationOption } from '../governance/duration.ts';
import { type CliIo, factLines, report } from '../io.ts';
import { positiveNumber, publicKey, wholeNumber } from '../options.ts';
import { type NamedKey, namedKey, type UseOptions, useOf } from '../rotation/named-key.ts';
import { submitCommand, type WriteOptions } from '../submit-command.ts';
import { saysWhileWaiting } from '../waiting.ts';
import { writeOptions } from '../write-options.ts';

interface RotateOptions extends WriteOptions, UseOptions {
  readonly byBallots?: boolean;
  readonly notBefore?: number;
  readonly deadline?: number;
  readonly withdraw?: boolean;
  readonly reason: string;
  /** Milliseconds from now. */
  readonly expires?: number;
}
interface SuspectOptions extends WriteOptions {
  readonly since: { readonly height: number } | { readonly time: number };
  readonly reason: string;
}

export function rotateCommand(io: CliIo): Command {
  const command = verb(
    'rotate',
    "another key for the node behind the gateway, while it runs; ask your own node's gateway",
    [
      'keys rotate --gateway https://alpha.example:8101',
      'keys rotate --kind node',
      'keys rotate --use new.age',
      'keys rotate --by-ballots --reason "the old key was stolen"',
      'keys rotate --withdraw --reason "not today"',
    ],
  )
    .addOption(new Option('--kind <kind>', 'which key').choices(['consensus', 'node']).default('consensus'))
    .option(
      '--use <file|key>',
      'a key file, which is handed over to the node, encrypted (admins alone); or the public key of an unused one that is there, such as one of a signer. Repeated, it goes on where it stood',
      useOf,
    )
    .option(
      '--use-passphrase-file <file>',
      `passphrase of the key file of --use (default: ${passphraseVariable}, else it is asked for)`,
    )
    .option('--by-ballots', 'propose it to the members, because the old key is lost or suspected')
    .option(
      '--not-before <height>',
      `not in force before this height, at most ${rotationAheadMax} ahead unless by ballots`,
      wholeNumber,
    )
    .option('--deadline <seconds>', 'it lapses if it is not armed by then', positiveNumber)
    .option('--withdraw', 'withdraw the pending change; the new key is erased')
    .option('--reason <text>', 'why, for the ledger', 'rotation')
    .option(
      '--expires <duration>',
      'how long a proposal may wait for ballots, such as 12h or 7d (default: 1d)',
      durationOption,
    );
  return writeOptions(command).action((options: RotateOptions) =>
    options.withdraw === true ? withdraw(io, options) : rotate(io, options),
  );
}

async function rotate(io: CliIo, options: RotateOptions): Promise<void> {
  const client = connect(options, { purpose: 'govern', oneNode: true, rounds: 1, patienceMs: makingMs });
  const named = await namedKey(client, options);
  if (named?.here === 'in-use') {
    const { key } = named;
    report(io, options.json ?? false, { key, inUse: true }, ['This key is in use.', ...factLines({ key })]);
    return;
  }
  const answer = await client.rotateKey(requestOf(options, named));
  if (answer.underWay !== undefined) {
    const { key, underWay } = answer;
    report(io, options.json ?? false, answer, [
      'This key was asked for before, and is on its way.',
      ...factLines({ key, ...underWay }),
      'See `concordat keys plan`.',
    ]);
    return;
  }
  if (answer.transaction === undefined) {
    await propose(io, client, options, answer);
    return;
  }
  const { key, transaction } = answer;
  if (options.wait) {
    const result = decidedOn(client, transaction);
    await saysWhileWaiting(io, client, result, { giveUpMs: options.timeout * 1_000 });
  }
  const lines = ['Asked for the new key; it lies encrypted beside the old one.'];
  const next = 'See `concordat keys plan`: the node switches by itself, and erases the old key.';
  report(io, options.json ?? false, { key, transaction }, [
    ...lines,
    ...factLines({ key, transaction }),
    next,
  ]);
}

/** To encrypt a key file is a second of computation, or many on a machine that does much else; asking twice helps nobody. */
const makingMs = 180_000;
const pollMs = 200;

/** The ledger may refuse what the node asked for, such as a young key. @throws CliError as it says */
async function decidedOn(client: Client, id: string): Promise<void> {
  for (;;) {
    const found = await client.get('transaction', { id });
    if (found.status === 'certified') {
      const { outcome } = found;
      if (outcome.status === 'succeeded') return;
      const { code, facts, headline = `The ledger refused the rotation: ${code}.` } = outcome;
      throw refused(code, headline, facts, `${outcome.next ?? 'Look at `concordat keys plan`.'} ${keptNext}`);
    }
    if (found.status !== 'pooled')
      throw refused(found.status, `The request is ${found.status}.`, { id }, 'Run the command again.');
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}

const keptNext = 'The new key lies beside the old one, and the next attempt takes it up.';

const refused = (code: string, headline: string, facts: Facts, next: string): CliError =>
  new CliError(exitCodes.refused, code, headline, facts, next);

function requestOf(
  { kind, byBallots, notBefore, deadline }: RotateOptions,
  named: NamedKey | undefined,
): KeysRotateBodyJson {
  return {
    kind,
    ...(named !== undefined && { key: named.key }),
    ...(byBallots === true && { byBallots }),
    ...(notBefore !== undefined && { notBefore }),
    ...(deadline !== undefined && { deadlineMs: deadline * 1_000 }),
  };
}

const defaultExpiresMs = 24 * 60 * 60 * 1_000;

/** The node has the key and its proof; the members decide. */
async function propose(
  io: CliIo,
  client: Client,
  options: RotateOptions,
  { action, key }: KeysRotateJson,
): Promise<void> {
  if (action === undefined) throw new Error('the node answers a transaction or an action');
  const proposed = await proposedBefore(client, action.kind, key);
  if (proposed !== undefined) {
    report(io, options.json ?? false, { key, proposal: proposed }, [
      'This key was proposed before, and waits for ballots.',
      ...factLines({ key, proposal: proposed }),
    ]);
    return;
  }
  const args = { kind: action.kind, args: decode(fromBase64Url(action.args)) };
  const expiresAt = io.nowMs() + (options.expires ?? defaultExpiresMs);
  const proposal: LedgerCommand = {
    action: 'governance.propose',
    args: { actions: [args], reason: options.reason, expiresAt },
  };
  const done = [
    `Proposed ${key}; it takes the ballots that \`${action.kind}\` needs.`,
    'Its number: `concordat proposal list`. Others vote with: concordat proposal vote NUMBER yes',
  ].join('\n');
  await submitCommand(io, options, proposal, done, 'govern');
}

/** Number of the proposal that waits and would bring this key, such as of a command whose answer was lost. */
async function proposedBefore(client: Client, kind: string, key: string): Promise<number | undefined> {
  const { rows } = await client.get('proposals', { status: 'waiting', limit: 100 });
  for (const row of rows) {
    if (!row.kinds.some((one) => one === kind)) continue;
    const { actions } = await client.get('proposal', { number: String(row.number) });
    if (actions.some((one) => one.kind === kind && one.args.key === key)) return row.number;
  }
  return undefined;
}

async function withdraw(io: CliIo, options: RotateOptions): Promise<void> {
  const plan = await connect(options, { purpose: 'govern', oneNode: true, rounds: 1 }).get('keysPlan');
  if (plan.activation === undefined)
    throw refused(
      'nothing-pending',
      'No activation is pending.',
      { node: plan.node },
      'Nothing is to be done.',
    );
  const { number } = plan.activation;
  const command: LedgerCommand = {
    action: 'activation.withdraw',
    args: { activation: number, reason: options.reason },
  };
  await submitCommand(io, options, command, `Withdrew activation ${number}.`, 'govern');
}

export function suspectCommand(io: CliIo): Command {
  const command = verb('suspect', 'say on the ledger that a key may have been in other hands', [
    'keys suspect PUBLIC_KEY --since 1200 --reason "laptop stolen"',
    'keys suspect PUBLIC_KEY --since 2026-01-31T12:00:00Z --reason "laptop stolen"',
  ])
    .argument('<key>', 'public key', publicKey)
    .requiredOption('--since <height|time>', 'since when: a height, or a time as RFC 3339', sinceOf)
    .requiredOption('--reason <text>', 'why, for the ledger');
  return writeOptions(command).action((key: PublicKey, { since, reason, ...options }: SuspectOptions) => {
    const args = { key: fromHex(key), since, reason };
    const done = `${key} is marked. \`concordat keys signed ${key.slice(0, 8)}…\` lists what it signed.`;
    return submitCommand(io, options as WriteOptions, { action: 'keys.suspect', args }, done, 'govern');
  });
}

function sinceOf(value: string): SuspectOptions['since'] {
  if (/^[0-9]{1,15}$/.test(value)) return { height: Number(value) };
  const time = Date.parse(value);
  if (!Number.isFinite(time) || !/^\d{4}-\d\d-\d\dT/.test(value))
    throw new InvalidArgumentError('Neither a height nor a time such as 2026-01-31T12:00:00Z.');
  return { time };
}

/** Commands that propose actions: print them for somebody else, try them, or sign and submit the proposal. */
import { type Command, Option } from 'commander';
import { stringify } from 'yaml';
import { governedArgsOfJson } from '../../../shared/api/governed-args.ts';
import type { GovernedActionJson, ProposalJson } from '../../../shared/api.ts';
import type { Client } from '../../../shared/client/client.ts';
import { ClientError } from '../../../shared/client/client-error.ts';
import { usageError } from '../cli-error.ts';
import { connect } from '../connect.ts';
import { type CliIo, factLines, report } from '../io.ts';
import { openSigner } from '../signer.ts';
import { sent, type WriteOptions } from '../submit-command.ts';
import { VerdictFailed } from '../verdict.ts';
import { writeOptions } from '../write-options.ts';
import { planLines, standingLines } from './describe.ts';
import { durationOption } from './duration.ts';

export interface ProposeOptions extends WriteOptions {
  readonly reason?: string;
  /** Milliseconds from now. */
  readonly expires?: number;
  readonly dryRun?: true;
  readonly print?: true;
}

const defaultExpiresMs = 7 * 24 * 60 * 60 * 1_000;
/** Newest proposals among which one's own is looked for. */
const newestMax = 100;

export const proposeOptions = (command: Command): Command =>
  writeOptions(command)
    .option('--reason <text>', 'why, for the other members and for ever')
    .option(
      '--expires <duration>',
      'how long it may wait for ballots, such as 12h or 7d (default: 7d)',
      durationOption,
    )
    .addOption(
      new Option('--dry-run', 'show what it would do, or why it is refused; change nothing').conflicts(
        'print',
      ),
    )
    .option('--print', 'print the actions as a file for `proposal create`, and propose nothing');

export async function propose(
  io: CliIo,
  options: ProposeOptions,
  actions: readonly GovernedActionJson[],
): Promise<void> {
  if (options.print)
    return report(io, options.json ?? false, { actions }, [stringify({ actions }).trimEnd()]);
  if (options.dryRun) return dryRun(io, options, actions);
  const { reason, expires = defaultExpiresMs } = options;
  if (reason === undefined) {
    const next = 'Say it with --reason TEXT; to try it first, add --dry-run.';
    throw usageError('reason-missing', 'Why shall the members agree?', {}, next);
  }
  const client = connect(options, { purpose: 'govern' });
  const args = {
    actions: actions.map(({ kind, args: given }) => ({ kind, args: governedArgsOfJson(given) })),
    reason: reason.normalize('NFC'),
    expiresAt: io.nowMs() + expires,
  };
  const done = await govern(client, io, options, { action: 'governance.propose', args });
  if (done === undefined) return;
  const proposal = await unlessShutOut(ownProposal(client, done.height));
  reportStanding(io, options, proposal, done);
}

export async function dryRun(
  io: CliIo,
  options: WriteOptions,
  actions: readonly GovernedActionJson[],
): Promise<void> {
  const plan = await connect(options, { purpose: 'operate' }).dryRun(actions);
  report(io, options.json ?? false, plan, planLines(plan));
  if (!plan.ok) throw new VerdictFailed();
}

interface Done {
  readonly id: string;
  readonly height: number;
}

/** Signs as an admin and waits; undefined with --no-wait, where nothing more is known. */
export async function govern(
  client: Client,
  io: CliIo,
  options: WriteOptions,
  command: Parameters<Awaited<ReturnType<typeof openSigner>>['sign']>[0],
): Promise<Done | undefined> {
  const signer = await openSigner(io, client, options, 'govern');
  const result = await sent(client, io, options, (await signer.sign(command)).envelope);
  if (!('status' in result)) return result;
  report(io, options.json ?? false, result, [
    'Accepted; not certified yet.',
    ...factLines({ id: result.id }),
  ]);
  return undefined;
}

/** The newest that this identity made in that block. */
async function ownProposal(client: Client, height: number): Promise<ProposalJson> {
  const { identity } = await client.get('session');
  const { rows } = await client.get('proposals', { limit: newestMax });
  const own = rows.find(
    ({ proposer, ballots }) =>
      proposer === identity &&
      ballots.some((ballot) => ballot.identity === identity && ballot.height === height),
  );
  if (own === undefined) throw new Error(`the proposal of ${identity} in block ${height} is in the list`);
  return client.get('proposal', { number: String(own.number) });
}

/** Codes of who is not let in any more: what was decided may have ended the one who asks. */
const shutOut: ReadonlySet<string> = new Set([
  'sign-in-required',
  'role-missing',
  'unknown-sender',
  'identity-not-active',
]);

/** Undefined for whom the transaction itself took the right to look. @throws ClientError */
export async function unlessShutOut<Answer>(asked: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof ClientError && shutOut.has(error.code)) return undefined;
    throw error;
  }
}

export function reportStanding(
  io: CliIo,
  { json = false }: Pick<WriteOptions, 'json'>,
  proposal: ProposalJson | undefined,
  { id, height }: Done,
): void {
  const standing =
    proposal === undefined
      ? ['Certified. This identity may not look at proposals any more: another one shows what became of it.']
      : standingLines(proposal);
  const lines = [...standing, ...factLines({ transaction: id, height })];
  report(io, json, { transaction: id, height, ...(proposal && { proposal }) }, lines);
}

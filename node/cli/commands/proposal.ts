/** `proposal create|dry-run|list|show|vote|withdraw|execute`: what members decide together (docs/operations/governance.md). */
import { type Command, InvalidArgumentError } from 'commander';
import type { GovernedActionJson, ProposalRowJson } from '../../../shared/api.ts';
import { everyMember } from '../../../shared/types/governance.ts';
import { usageError } from '../cli-error.ts';
import { noun, verb } from '../command.ts';
import { connect } from '../connect.ts';
import { readActionsFile } from '../governance/actions-file.ts';
import { proposalLines, proposalRowLine } from '../governance/describe.ts';
import {
  dryRun,
  govern,
  type ProposeOptions,
  propose,
  proposeOptions,
  reportStanding,
  unlessShutOut,
} from '../governance/propose.ts';
import { type CliIo, report } from '../io.ts';
import { collectOption, type GatewayOptions, gatewayOption, wholeNumber } from '../options.ts';
import type { WriteOptions } from '../submit-command.ts';
import { writeOptions } from '../write-options.ts';

interface ListOptions extends GatewayOptions {
  readonly json?: boolean;
  readonly all?: true;
}
/** Actions that are so short that a file would be longer. */
interface ActionFlags {
  readonly set: readonly string[];
  readonly threshold: readonly string[];
  readonly protocol?: number;
  readonly withdrawActivation?: number;
  readonly notBefore?: number;
}

const pageRows = 200;

export function proposalCommands(io: CliIo): Command {
  const number = ['<number>', 'number of the proposal', wholeNumber] as const;
  const create = verb('create [file]', 'propose the actions of a file, of the flags, or of both', [
    'proposal create actions.yaml --reason "Echo joins"',
    'proposal create --set window=16 --reason "Larger window" --dry-run',
    'proposal create --threshold members.remove=3/4 --reason "Harder to remove members"',
  ]);
  const tryOut = verb(
    'dry-run [file]',
    'show what actions would do, or why they are refused; nothing is changed',
    ['proposal dry-run actions.yaml', 'proposal dry-run --set window=16'],
  );
  const list = verb('list', 'proposals that wait, newest first', [
    'proposal list',
    'proposal list --all',
  ]).option('--all', 'those that are over, too');
  const show = verb('show', 'one proposal: ballots, and what it would do now', ['proposal show 3']).argument(
    ...number,
  );
  const vote = verb('vote', 'the ballot of your member; a later one replaces it', ['proposal vote 3 yes'])
    .argument(...number)
    .argument('<ballot>', 'yes or no', ballot);
  const withdraw = verb('withdraw', 'take back a proposal of your member', ['proposal withdraw 3']).argument(
    ...number,
  );
  const execute = verb('execute', 'try again to carry out a proposal that was accepted and refused', [
    'proposal execute 3',
  ]).argument(...number);

  return noun('proposal', 'what members decide together, by ballots')
    .addCommand(
      actionFlags(proposeOptions(create)).action(
        async (file: string | undefined, options: ProposeOptions & ActionFlags) => {
          const { actions, reason, expiresMs } = actionsOf(file, options);
          const wanted = {
            ...options,
            ...((options.reason ?? reason) !== undefined && { reason: options.reason ?? reason }),
            ...((options.expires ?? expiresMs) !== undefined && { expires: options.expires ?? expiresMs }),
          } as ProposeOptions;
          await propose(io, wanted, actions);
        },
      ),
    )
    .addCommand(
      actionFlags(writeOptions(tryOut)).action(
        (file: string | undefined, options: WriteOptions & ActionFlags) =>
          dryRun(io, options, actionsOf(file, options).actions),
      ),
    )
    .addCommand(gatewayOption(list).action((options: ListOptions) => listProposals(io, options)))
    .addCommand(
      gatewayOption(show).action(async (wanted: number, options: ListOptions) => {
        const proposal = await connect(options).get('proposal', { number: String(wanted) });
        report(io, options.json ?? false, proposal, proposalLines(proposal));
      }),
    )
    .addCommand(
      writeOptions(vote).action((wanted: number, approve: boolean, options: WriteOptions) =>
        actOn(io, options, wanted, 'governance.vote', { approve }),
      ),
    )
    .addCommand(
      writeOptions(withdraw).action((wanted: number, options: WriteOptions) =>
        actOn(io, options, wanted, 'governance.withdraw'),
      ),
    )
    .addCommand(
      writeOptions(execute).action((wanted: number, options: WriteOptions) =>
        actOn(io, options, wanted, 'governance.execute'),
      ),
    );
}

const actionFlags = (command: Command): Command =>
  command
    .addOption(collectOption('--set <name=value>', 'set a network parameter; may be repeated'))
    .addOption(
      collectOption(
        '--threshold <kind=part/of>',
        'more than this part of the members decide an action, or `all`',
      ),
    )
    .option('--protocol <version>', 'raise the protocol version', wholeNumber)
    .option('--withdraw-activation <number>', 'withdraw a change of the epoch', wholeNumber)
    .option('--not-before <height>', 'the epoch of --set or --protocol begins no earlier', wholeNumber);

function ballot(text: string): boolean {
  if (text === 'yes') return true;
  if (text === 'no') return false;
  throw new InvalidArgumentError('Not yes or no.');
}

interface Wanted {
  readonly actions: readonly GovernedActionJson[];
  readonly reason?: string;
  readonly expiresMs?: number;
}

/** @throws CliError, ConfigError */
function actionsOf(file: string | undefined, flags: ActionFlags & { readonly reason?: string }): Wanted {
  const written = file === undefined ? { actions: [] } : readActionsFile(file);
  const actions = [...written.actions, ...actionsOfFlags(flags)];
  if (actions.length > 0) return { ...written, actions };
  const next = 'Name a file with actions, or give --set, --threshold, --protocol or --withdraw-activation.';
  throw usageError('actions-missing', 'What shall be done?', {}, next);
}

function actionsOfFlags(flags: ActionFlags & { readonly reason?: string }): readonly GovernedActionJson[] {
  const { set, threshold, protocol, withdrawActivation, notBefore, reason } = flags;
  const timing = notBefore === undefined ? {} : { notBefore };
  const activation = withdrawActivation;
  return [
    ...(set.length === 0
      ? []
      : [{ kind: 'parameters.set', args: { set: parametersOf(set), ...timing } } as const]),
    ...threshold.map((text) => ({ kind: 'thresholds.set', args: thresholdOf(text) }) as const),
    ...(protocol === undefined
      ? []
      : [{ kind: 'protocol.raise', args: { version: protocol, ...timing } } as const]),
    ...(activation === undefined
      ? []
      : [{ kind: 'activation.withdraw', args: { activation, reason: reason ?? 'by ballots' } } as const]),
  ];
}

function parametersOf(texts: readonly string[]): Record<string, number> {
  const pairs = texts.map((text) => {
    const [, name, value] = /^([A-Za-z]+)=(0|[1-9][0-9]{0,15})$/.exec(text) ?? [];
    if (name !== undefined) return [name, Number(value)] as const;
    throw usageError(
      'parameter-form',
      `${text} sets no parameter.`,
      {},
      'Write --set name=value, such as window=16.',
    );
  });
  return Object.fromEntries(pairs);
}

function thresholdOf(text: string): { readonly kind: string; readonly more: readonly [number, number] } {
  const [, kind, part, of] =
    /^([a-z-]+\.[a-z-]+)=(?:(0|[1-9][0-9]{0,3})\/([1-9][0-9]{0,3})|all)$/.exec(text) ?? [];
  if (kind === undefined) {
    const next = 'Write --threshold kind=part/of, such as members.remove=2/3, or kind=all.';
    throw usageError('threshold-form', `${text} is no threshold.`, {}, next);
  }
  return { kind, more: part === undefined ? everyMember.more : [Number(part), Number(of)] };
}

async function listProposals(io: CliIo, options: ListOptions): Promise<void> {
  const client = connect(options);
  const rows: ProposalRowJson[] = [];
  let cursor: string | undefined;
  do {
    const page = await client.get('proposals', {
      limit: pageRows,
      ...(options.all === true ? {} : { status: 'waiting' as const }),
      ...(cursor === undefined ? {} : { cursor }),
    });
    rows.push(...page.rows);
    cursor = page.next;
  } while (cursor !== undefined);
  const none = options.all === true ? 'No proposal was ever made.' : 'No proposal waits.';
  report(io, options.json ?? false, rows, rows.length === 0 ? [none] : rows.map(proposalRowLine));
}

async function actOn(
  io: CliIo,
  options: WriteOptions,
  number: number,
  action: string,
  args: { readonly approve?: boolean } = {},
): Promise<void> {
  const client = connect(options, { purpose: 'govern' });
  const done = await govern(client, io, options, { action, args: { proposal: number, ...args } });
  if (done === undefined) return;
  const proposal = await unlessShutOut(client.get('proposal', { number: String(number) }));
  reportStanding(io, options, proposal, done);
}

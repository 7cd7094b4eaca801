/**
 * `identity list|show|add|replace-key|encryption-key|grant|revoke-role|revoke`. A member's admins decide about its identities and the
 * roles submitter and operator; other roles, and what concerns another member, are proposed to all.
 */
import { type Command, Option } from 'commander';
import { governedArgsOfJson } from '../../../shared/api/governed-args.ts';
import type { GovernedActionJson, IdentityDetailJson } from '../../../shared/api.ts';
import { roles } from '../../../shared/types/ledger.ts';
import { noun, verb } from '../command.ts';
import { connect } from '../connect.ts';
import { identitiesOf, identityLine } from '../governance/identities.ts';
import { memberOfIdentity, ownMember } from '../governance/member-of.ts';
import { type NewKeyOptions, newKeyOf, newKeyOptions } from '../governance/new-key.ts';
import { type ProposeOptions, propose, proposeOptions } from '../governance/propose.ts';
import { type CliIo, factLines, report } from '../io.ts';
import { collectOption, encryptionKey, type GatewayOptions, gatewayOption } from '../options.ts';
import { networkOf } from '../signer.ts';
import { submitCommand, type WriteOptions } from '../submit-command.ts';
import { writeOptions } from '../write-options.ts';
import { encryptionKeyCommand } from './identity-encryption-key.ts';

interface ListOptions extends GatewayOptions {
  readonly json?: boolean;
  readonly member?: string;
}
interface AddOptions extends WriteOptions, NewKeyOptions {
  readonly role: readonly string[];
  readonly encryptionKey?: string;
}
interface ReplaceOptions extends ProposeOptions, NewKeyOptions {
  readonly byBallots?: true;
}
interface RoleOptions extends ProposeOptions {
  readonly role: string;
  readonly stream: readonly string[];
  readonly byBallots?: true;
}

/** The ledger gives and takes all others by ballots. */
const ownRoles: readonly string[] = ['submitter', 'operator'];
const byBallots = ['--by-ballots', 'propose it to the members, whoever may decide it alone'] as const;

export function identityCommands(io: CliIo): Command {
  const list = verb('list', 'registered identities with status and roles', [
    'identity list --member alpha',
  ]).option('--member <id>', 'of this member alone');
  const show = verb('show <identity>', 'one identity, by its id or any key that it ever had', [
    'identity show alpha.submitter',
  ]);
  const add = verb('add <identity>', 'register an identity of your member', [
    'identity add alpha.robot --new-key robot.age --role submitter',
    'identity add alpha.robot --proof robot.json --role submitter --role operator',
  ])
    .addOption(collectOption('--role <role>', 'submitter or operator; may be repeated'))
    .option('--encryption-key <key>', 'X25519 key for confidential payloads, in hex or age1…', encryptionKey);
  const replace = verb(
    'replace-key <identity>',
    'another key for an identity of your member, or for yourself',
    [
      'identity replace-key alpha.submitter --new-key new.age',
      'identity replace-key delta.admin --proof delta.json --by-ballots --reason "Laptop lost"',
    ],
  ).option(...byBallots);
  const revoke = verb('revoke <identity>', 'end an identity of your member, for good', [
    'identity revoke alpha.robot --reason "Decommissioned"',
  ]).requiredOption('--reason <text>', 'why, for ever');
  return noun('identity', 'keys with roles under a member (docs/operations/governance.md)')
    .addCommand(gatewayOption(list).action((options: ListOptions) => listIdentities(io, options)))
    .addCommand(
      gatewayOption(show).action(async (id: string, options: ListOptions) => {
        const identity = await connect(options).get('identity', { id });
        report(io, options.json ?? false, identity, identityLines(identity));
      }),
    )
    .addCommand(
      newKeyOptions(writeOptions(add)).action((id: string, options: AddOptions) =>
        addIdentity(io, id, options),
      ),
    )
    .addCommand(
      newKeyOptions(proposeOptions(replace)).action((id: string, options: ReplaceOptions) =>
        replaceKey(io, id, options),
      ),
    )
    .addCommand(encryptionKeyCommand(io))
    .addCommand(
      roleOptions(verb('grant <identity>', 'give a role', grantExamples))
        .addOption(
          collectOption(
            '--stream <name>',
            'of a reader: a stream, or a beginning that ends in *; may be repeated',
          ),
        )
        .action((id: string, options: RoleOptions) => changeRole(io, id, options, 'identities.grant')),
    )
    .addCommand(
      roleOptions(
        verb('revoke-role <identity>', 'take a role', ['identity revoke-role alpha.robot --role operator']),
      ).action((id: string, options: RoleOptions) => changeRole(io, id, options, 'identities.revoke-role')),
    )
    .addCommand(
      writeOptions(revoke).action((id: string, options: WriteOptions & { readonly reason: string }) => {
        const args = { identity: id, reason: options.reason.normalize('NFC') };
        return submitCommand(
          io,
          options,
          { action: 'identities.revoke', args },
          `${id} is revoked.`,
          'govern',
        );
      }),
    );
}

const grantExamples = [
  'identity grant alpha.robot --role operator',
  'identity grant beta.eye --role reader --stream "orders/*" --reason "Auditing orders"',
];

const roleOptions = (command: Command): Command =>
  proposeOptions(command)
    .addOption(new Option('--role <role>', 'which').choices(roles).makeOptionMandatory())
    .option(...byBallots);

async function listIdentities(io: CliIo, options: ListOptions): Promise<void> {
  const identities = await identitiesOf(connect(options), options.member);
  report(io, options.json ?? false, identities, identities.map(identityLine));
}

function identityLines(identity: IdentityDetailJson): string[] {
  const { id, memberName, status, roles: held, streams, encryptionKey, keys } = identity;
  return [
    `${id} of ${memberName}: ${status}.`,
    ...factLines({ roles: held.join(', '), streams: streams?.join(', '), encryptionKey }),
    'Keys, the first one first:',
    ...keys.map(({ key, since, until, suspected }) => {
      const ended = until === undefined ? 'now' : `block ${until}`;
      return `  ${key}  block ${since} to ${ended}${suspected === undefined ? '' : `  suspected: ${suspected.reason}`}`;
    }),
  ];
}

async function addIdentity(io: CliIo, id: string, options: AddOptions): Promise<void> {
  const { role, encryptionKey } = options;
  const client = connect(options, { purpose: 'govern' });
  const network = await networkOf(client, options);
  const member = await ownMember(client);
  const key = await newKeyOf(options, { network, kind: 'identity', owner: id, member });
  const args = governedArgsOfJson({ id, ...key, ...(encryptionKey !== undefined && { encryptionKey }) });
  const command = { action: 'identities.add', args: { ...args, roles: [...role] } };
  await submitCommand(io, options, command, `${id} is registered.`, 'govern');
}

async function replaceKey(io: CliIo, identity: string, options: ReplaceOptions): Promise<void> {
  const client = connect(options, { purpose: 'govern' });
  const network = await networkOf(client, options);
  const member = await memberOfIdentity(client, identity);
  const key = await newKeyOf(options, { network, kind: 'identity', owner: identity, member });
  const args = { identity, ...key };
  const action = 'identities.replace-key';
  if (isProposed(options)) return propose(io, options, [{ kind: action, args }]);
  const done = `${identity} has the key ${args.key}.`;
  await submitCommand(io, options, { action, args: governedArgsOfJson(args) }, done, 'govern');
}

async function changeRole(
  io: CliIo,
  identity: string,
  options: RoleOptions,
  action: 'identities.grant' | 'identities.revoke-role',
): Promise<void> {
  const { role, stream = [] } = options;
  const args = { identity, role, ...(stream.length > 0 && { streams: [...stream] }) };
  if (isProposed(options) || !ownRoles.includes(role)) {
    const proposed: GovernedActionJson = { kind: action, args };
    return propose(io, options, [proposed]);
  }
  const done =
    action === 'identities.grant' ? `${identity} is ${role}.` : `${identity} is no ${role} any more.`;
  await submitCommand(io, options, { action, args }, done, 'govern');
}

const isProposed = ({ byBallots: asked, dryRun, print }: ReplaceOptions): boolean =>
  asked === true || dryRun === true || print === true;

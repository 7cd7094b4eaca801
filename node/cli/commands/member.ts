/** `member list|show|add|suspend|restore|remove`: organisations; all that changes them needs ballots. */
import type { Command } from 'commander';
import type { GovernedActionJson, IdentityRowJson, MemberJson } from '../../../shared/api.ts';
import { usageError } from '../cli-error.ts';
import { noun, verb } from '../command.ts';
import { connect } from '../connect.ts';
import { identitiesOf, identityLine } from '../governance/identities.ts';
import { type NewKeyOptions, newKeyOf, newKeyOptions } from '../governance/new-key.ts';
import { type ProposeOptions, propose, proposeOptions } from '../governance/propose.ts';
import { type CliIo, factLines, oneLine, report } from '../io.ts';
import { type GatewayOptions, gatewayOption } from '../options.ts';
import { networkOf } from '../signer.ts';

interface ReadOptions extends GatewayOptions {
  readonly json?: boolean;
}
interface AddOptions extends ProposeOptions, NewKeyOptions {
  readonly name: string;
  readonly admin: string;
}

export function memberCommands(io: CliIo): Command {
  const list = verb('list', 'members, their admins and nodes', ['member list']);
  const show = verb('show <member>', 'one member with its identities', ['member show alpha']);
  const add = verb('add <member>', 'propose a new member with its first admin', [
    'member add echo --name "Echo Bank" --admin echo.admin --proof echo-admin.json --reason "Echo joins"',
    'member add echo --name "Echo Bank" --admin echo.admin --new-key echo.admin.age --print --network NETWORK_ID',
  ])
    .requiredOption('--name <text>', 'name for people')
    .requiredOption('--admin <identity>', 'id of its first admin, such as echo.admin');
  return noun('member', 'organisations of the consortium (docs/operations/governance.md)')
    .addCommand(gatewayOption(list).action((options: ReadOptions) => listMembers(io, options)))
    .addCommand(
      gatewayOption(show).action((member: string, options: ReadOptions) => showMember(io, member, options)),
    )
    .addCommand(
      newKeyOptions(proposeOptions(add)).action((member: string, options: AddOptions) =>
        addMember(io, member, options),
      ),
    )
    .addCommand(changing(io, 'suspend', 'its identities are refused and its ballots do not count'))
    .addCommand(changing(io, 'restore', 'a suspended member is active again'))
    .addCommand(changing(io, 'remove', 'for good; its validators and observers are removed before'));
}

function changing(io: CliIo, word: 'suspend' | 'restore' | 'remove', what: string): Command {
  const command = verb(`${word} <member>`, `propose to ${word} a member: ${what}`, [
    `member ${word} delta --reason "Because of its audit"`,
  ]);
  return proposeOptions(command).action((member: string, options: ProposeOptions) => {
    const action: GovernedActionJson = { kind: `members.${word}`, args: { member } };
    return propose(io, options, [action]);
  });
}

async function listMembers(io: CliIo, options: ReadOptions): Promise<void> {
  const { members } = await connect(options).get('members');
  report(io, options.json ?? false, members, members.flatMap(memberLines));
}

const memberLines = ({ id, name, status, ...rest }: MemberJson): string[] => [
  `${id}  ${status}  ${oneLine(name)}`,
  ...factLines({
    admins: rest.admins.join(', '),
    validators: rest.validators.join(', '),
    observers: rest.observers.join(', '),
    identities: rest.identities,
  }),
];

async function showMember(io: CliIo, id: string, options: ReadOptions): Promise<void> {
  const client = connect(options);
  const { members } = await client.get('members');
  const member = members.find((one) => one.id === id);
  if (member === undefined) {
    const known = members.map((one) => one.id).join(', ');
    throw usageError('unknown-member', `No member is called ${id}.`, { known }, 'Name one of these.');
  }
  const identities: readonly IdentityRowJson[] = await identitiesOf(client, id);
  report(io, options.json ?? false, { ...member, identities }, [
    ...memberLines(member),
    'Identities:',
    ...identities.map(identityLine),
  ]);
}

async function addMember(io: CliIo, id: string, options: AddOptions): Promise<void> {
  const { name, admin } = options;
  const network = await networkOf(connect(options, { purpose: 'operate' }), options);
  const key = await newKeyOf(options, { network, kind: 'identity', owner: admin, member: id });
  await propose(io, options, [{ kind: 'members.add', args: { id, name, admin: { id: admin, ...key } } }]);
}

/** `validator list|add|remove|replace-consensus-key|replace-node-key|set-address|register-incarnation`: by ballots. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { GovernedActionJson } from '../../../shared/api.ts';
import { countOf } from '../../runtime/diagnosis/words.ts';
import { createStores } from '../../storage/storage.ts';
import { usageError } from '../cli-error.ts';
import { noun, verb } from '../command.ts';
import { connect } from '../connect.ts';
import { durationOption } from '../governance/duration.ts';
import { memberOfValidator } from '../governance/member-of.ts';
import { type NewKeyOptions, newKeyOf, newKeyOptions, proven } from '../governance/new-key.ts';
import { type ProposeOptions, propose, proposeOptions } from '../governance/propose.ts';
import { type CliIo, factLines, report } from '../io.ts';
import { type GatewayOptions, gatewayOption, wholeNumber } from '../options.ts';
import { networkOf } from '../signer.ts';

interface TimingOptions {
  readonly notBefore?: number;
  readonly deadline?: number;
}
interface StoreOptions {
  readonly store?: string;
  readonly incarnation?: string;
}
interface AddOptions extends ProposeOptions, TimingOptions, StoreOptions {
  readonly member: string;
  readonly address: string;
  readonly ownGateway: string;
  readonly consensusKey?: string;
  readonly consensusProof?: string;
  readonly nodeKey?: string;
  readonly nodeProof?: string;
  readonly newKeyPassphraseFile?: string;
}
type KeyOptions = ProposeOptions & NewKeyOptions & TimingOptions & StoreOptions;

export function validatorCommands(io: CliIo): Command {
  const list = verb('list', 'validators of the present epoch', ['validator list']);
  return noun('validator', 'voting nodes; who joins, leaves or changes is decided by ballots')
    .addCommand(
      gatewayOption(list).action((options: GatewayOptions & { readonly json?: boolean }) =>
        listAll(io, options),
      ),
    )
    .addCommand(addCommand(io))
    .addCommand(removeCommand(io))
    .addCommand(consensusKeyCommand(io))
    .addCommand(nodeKeyCommand(io))
    .addCommand(addressCommand(io))
    .addCommand(incarnationCommand(io));
}

const timingOptions = (command: Command): Command =>
  command
    .option('--not-before <height>', 'the next epoch begins no earlier', wholeNumber)
    .option(
      '--deadline <duration>',
      'it lapses unless it is armed so long after its approval (default: 24h)',
      durationOption,
    );

const timingOf = ({ notBefore, deadline }: TimingOptions) => ({
  ...(notBefore !== undefined && { notBefore }),
  ...(deadline !== undefined && { deadlineMs: deadline }),
});

const storeOptions = (command: Command): Command =>
  command
    .option(
      '--store <dir>',
      'directory of its votes, which is made if there is none: its incarnation is taken from there',
    )
    .addOption(
      new Option('--incarnation <hex>', 'incarnation of its vote store, if that is on another machine')
        .argParser(incarnation)
        .conflicts('store'),
    );

function incarnation(text: string): string {
  if (!/^[0-9a-f]{32}$/.test(text))
    throw new InvalidArgumentError('An incarnation has 32 lower-case hex digits.');
  return text;
}

/** @throws StorageError `directory-locked` while its node runs */
const incarnationOf = ({ store, incarnation: said }: StoreOptions): string | undefined =>
  store === undefined ? said : createStores(store);

function requiredIncarnation(options: StoreOptions, id: string): string {
  const found = incarnationOf(options);
  if (found !== undefined) return found;
  const next = 'Name its directory with --store, or the incarnation itself.';
  throw usageError('incarnation-missing', `Which vote store shall ${id} have?`, {}, next);
}

function addCommand(io: CliIo): Command {
  const command = verb('add <validator>', 'propose a validator', [
    'validator add echo --member echo --address wss://10.0.0.5:7101 --own-gateway https://echo.example:8101 --consensus-key echo.consensus.age --node-key echo.node.age --store data/echo --reason "Echo votes"',
    'validator add echo … --print > echo.yaml',
  ])
    .requiredOption('--member <id>', 'whose it is')
    .requiredOption('--address <url>', 'where peers reach it: wss://host:port')
    .requiredOption('--own-gateway <url>', 'where clients reach it: http(s)://host:port')
    .option('--consensus-key <file>', 'key file that votes')
    .addOption(
      new Option('--consensus-proof <file>', 'instead: what `keys prove` printed').conflicts('consensusKey'),
    )
    .option('--node-key <file>', 'key file of its links')
    .addOption(new Option('--node-proof <file>', 'instead: what `keys prove` printed').conflicts('nodeKey'))
    .option('--new-key-passphrase-file <file>', 'passphrase of both key files');
  return timingOptions(storeOptions(proposeOptions(command))).action(
    async (id: string, options: AddOptions) => {
      const network = await networkOf(connect(options, { purpose: 'operate' }), options);
      const { newKeyPassphraseFile: passphraseFile, member } = options;
      const consensus = await proven(
        { file: options.consensusKey, passphraseFile, proof: options.consensusProof },
        { network, kind: 'consensus', owner: id, member },
      );
      const node = await proven(
        { file: options.nodeKey, passphraseFile, proof: options.nodeProof },
        { network, kind: 'node', owner: id, member },
      );
      const args = {
        id,
        member,
        consensusKey: consensus.key,
        nodeKey: node.key,
        address: options.address,
        gateway: options.ownGateway,
        incarnation: requiredIncarnation(options, id),
        possession: { consensus: consensus.possession, node: node.possession },
        ...timingOf(options),
      };
      await propose(io, options, [{ kind: 'validators.add', args }]);
    },
  );
}

function removeCommand(io: CliIo): Command {
  const command = verb(
    'remove <validator>',
    'propose that a validator leaves; its node may go on following',
    ['validator remove delta --reason "Delta moves out" --dry-run'],
  );
  return timingOptions(proposeOptions(command)).action(
    (id: string, options: ProposeOptions & TimingOptions) =>
      propose(io, options, [{ kind: 'validators.remove', args: { id, ...timingOf(options) } }]),
  );
}

function consensusKeyCommand(io: CliIo): Command {
  const command = verb(
    'replace-consensus-key <validator>',
    'propose another consensus key: the old one is lost or stolen',
    [
      'validator replace-consensus-key delta --proof delta.json --reason "Key stolen"',
      'validator replace-consensus-key delta --new-key delta.consensus.age --store data/delta --reason "Machine lost"',
    ],
  );
  return timingOptions(storeOptions(newKeyOptions(proposeOptions(command)))).action(
    async (id: string, options: KeyOptions) => {
      const client = connect(options, { purpose: 'operate' });
      const network = await networkOf(client, options);
      const member = await memberOfValidator(client, id);
      const key = await newKeyOf(options, { network, kind: 'consensus', owner: id, member });
      const timing = timingOf(options);
      const store = incarnationOf(options);
      const actions: GovernedActionJson[] = [
        { kind: 'validators.replace-consensus-key', args: { id, ...key, ...timing } },
        ...(store === undefined ? [] : [registration(id, store, timing)]),
      ];
      await propose(io, options, actions);
    },
  );
}

const registration = (id: string, store: string, timing: object): GovernedActionJson => ({
  kind: 'validators.register-incarnation',
  args: { id, incarnation: store, ...timing },
});

function nodeKeyCommand(io: CliIo): Command {
  const command = verb(
    'replace-node-key <validator>',
    'propose another key for its links, at once when it is decided',
    ['validator replace-node-key delta --new-key delta.node.age --overlap 2h --reason "Yearly change"'],
  ).option(
    '--overlap <duration>',
    'how long links with the old key are admitted, too (default: 1h)',
    durationOption,
  );
  return newKeyOptions(proposeOptions(command)).action(
    async (id: string, options: ProposeOptions & NewKeyOptions & { readonly overlap?: number }) => {
      const client = connect(options, { purpose: 'operate' });
      const network = await networkOf(client, options);
      const member = await memberOfValidator(client, id);
      const key = await newKeyOf(options, { network, kind: 'node', owner: id, member });
      const overlap = options.overlap === undefined ? {} : { overlapMs: options.overlap };
      await propose(io, options, [{ kind: 'validators.replace-node-key', args: { id, ...key, ...overlap } }]);
    },
  );
}

function addressCommand(io: CliIo): Command {
  const command = verb('set-address <validator>', 'propose where it is reached, at once when it is decided', [
    'validator set-address delta --address wss://10.0.0.9:7101 --reason "Moved"',
  ])
    .option('--address <url>', 'where peers reach it: wss://host:port')
    .option('--own-gateway <url>', 'where clients reach it: http(s)://host:port');
  return proposeOptions(command).action(
    (id: string, options: ProposeOptions & { readonly address?: string; readonly ownGateway?: string }) => {
      const { address, ownGateway } = options;
      if (address === undefined && ownGateway === undefined) {
        const next = 'Give --address, --own-gateway or both.';
        throw usageError('address-missing', `Where shall ${id} be reached?`, {}, next);
      }
      const args = {
        id,
        ...(address !== undefined && { address }),
        ...(ownGateway !== undefined && { gateway: ownGateway }),
      };
      return propose(io, options, [{ kind: 'validators.set-address', args }]);
    },
  );
}

function incarnationCommand(io: CliIo): Command {
  const command = verb(
    'register-incarnation <validator>',
    'propose another vote store: the old one is lost',
    ['validator register-incarnation delta --store data/delta --reason "Disk lost"'],
  );
  return timingOptions(storeOptions(proposeOptions(command))).action(
    (id: string, options: ProposeOptions & TimingOptions & StoreOptions) =>
      propose(io, options, [registration(id, requiredIncarnation(options, id), timingOf(options))]),
  );
}

async function listAll(io: CliIo, options: GatewayOptions & { readonly json?: boolean }): Promise<void> {
  const answer = await connect(options).get('validators');
  const { epoch, n, f, q, validators } = answer;
  report(io, options.json ?? false, answer, [
    `Epoch ${epoch}: ${countOf(n, 'validator')}, ${f} of which may fail or lie; ${q} make a quorum.`,
    ...validators.flatMap(({ id, member, consensusKey, nodeKey, address, gateway, incarnation: store }) => [
      `${id} of ${member}`,
      ...factLines({ consensusKey, nodeKey, address, gateway, incarnation: store }),
    ]),
  ]);
}

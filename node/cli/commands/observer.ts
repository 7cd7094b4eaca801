/** `observer init|list|add|remove`: nodes that follow and serve and do not vote (docs/operations/observers.md). */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { stringify } from 'yaml';
import type { GovernedActionJson } from '../../../shared/api.ts';
import { validatorIdPattern } from '../../../shared/codec/ids.ts';
import { nodeKeyFileOf, validatorDirectoryOf } from '../../config/data-layout.ts';
import { readGenesis } from '../../config/genesis-file.ts';
import { parseHostPort } from '../../config/host-port.ts';
import { prepareObserver } from '../../config/observer-directory.ts';
import { passphraseOf } from '../../config/passphrase.ts';
import { writeWhole } from '../../config/write-whole.ts';
import { usageError } from '../cli-error.ts';
import { noun, verb } from '../command.ts';
import { connect } from '../connect.ts';
import { type NewKeyOptions, newKeyOf, newKeyOptions, proofBy } from '../governance/new-key.ts';
import { type ProposeOptions, propose, proposeOptions } from '../governance/propose.ts';
import { toType } from '../invocation.ts';
import { type CliIo, factLines, report } from '../io.ts';
import { collectOption, defaultDataDirectory, type GatewayOptions, gatewayOption } from '../options.ts';
import { shellQuoted } from '../shell-quoted.ts';
import { networkOf } from '../signer.ts';

/** Where others find it; both may be left out. */
interface PlaceOptions {
  readonly address?: string;
  readonly ownGateway?: string;
}
interface InitOptions extends PlaceOptions {
  readonly genesis: string;
  readonly member: string;
  readonly data: string;
  readonly linksListen: string;
  readonly gatewayListen: string;
  readonly bootstrap: readonly string[];
  readonly passphraseFile?: string;
  readonly json?: boolean;
}
interface AddOptions extends ProposeOptions, NewKeyOptions, PlaceOptions {
  readonly member: string;
}

export function observerCommands(io: CliIo): Command {
  return noun('observer', 'nodes that follow, serve and forward, and do not vote')
    .addCommand(initCommand(io))
    .addCommand(listCommand(io))
    .addCommand(addCommand(io))
    .addCommand(removeCommand(io));
}

const placeOptions = (command: Command): Command =>
  command
    .option('--address <url>', 'where peers may dial it: wss://host:port (default: it dials them)')
    .option('--own-gateway <url>', 'where clients and consoles reach it: http(s)://host:port');

function initCommand(io: CliIo): Command {
  const command = verb('init <observer>', 'make its key and node.yaml here, and what an admin proposes', [
    'observer init mirror --member alpha --genesis genesis --links-listen 10.0.0.7:7109 --gateway-listen 127.0.0.1:8109',
  ])
    .requiredOption('--member <id>', 'whose it is')
    .requiredOption('--genesis <file>', 'genesis of the network, from any member')
    .option('--data <dir>', 'data directory to fill', defaultDataDirectory)
    .addOption(listenOption('--links-listen <host:port>', 'where it listens for other nodes'))
    .addOption(listenOption('--gateway-listen <host:port>', 'where it listens for clients'))
    .addOption(
      collectOption(
        '--bootstrap <url>',
        'wss://host:port of a node that runs, if the addresses in the genesis are old; repeatable',
      ),
    )
    .option(
      '--passphrase-file <file>',
      'passphrase of its key, also at each start (default: CONCORDAT_PASSPHRASE, else it is asked for)',
    );
  return placeOptions(command).action((id: string, options: InitOptions) => init(io, id, options));
}

const listenOption = (flags: string, description: string): Option =>
  new Option(flags, description).argParser(hostPort).makeOptionMandatory();

function hostPort(text: string): string {
  if (parseHostPort(text) === undefined) throw new InvalidArgumentError('Not host:port.');
  return text;
}

async function init(io: CliIo, id: string, options: InitOptions): Promise<void> {
  const { data, member, passphraseFile, json = false } = options;
  requireFreeId(id, options.genesis);
  const prepared = await prepareObserver({
    id,
    dataDirectory: data,
    genesisFile: options.genesis,
    links: options.linksListen,
    gateway: options.gatewayListen,
    bootstrap: options.bootstrap,
    passphrase: await passphraseOf({
      file: passphraseFile,
      what: `the node key of ${id}`,
      twice: !existsSync(nodeKeyFileOf(data, id)),
    }),
    ...(passphraseFile !== undefined && { passphraseFile }),
    newKeys: io.newKeys,
  });
  const { genesis, nodeFile, nodeKey, isNew } = prepared;
  const proof = proofBy(nodeKey, { network: genesis.network, kind: 'node', owner: id, member });
  const actions = [addition(id, member, proof, options)];
  const proposal = join(validatorDirectoryOf(data, id), 'proposal.yaml');
  writeWhole(proposal, stringify({ actions }));
  report(
    io,
    json,
    { observer: id, network: genesis.network, nodeFile, nodeKey: proof.key, proposal, actions },
    [
      isNew ? `Prepared ${id} in ${data}.` : `${id} is here already; its key and node.yaml stay as they are.`,
      ...factLines({ network: genesis.network, nodeKey: proof.key, nodeFile, proposal }),
      `Compare the network id with another member. An admin proposes it, and the members vote:`,
      `  ${toType(`proposal create ${shellQuoted(proposal)} --reason TEXT`)}`,
      `Start it now or later; it is let in as soon as that is decided:`,
      `  ${toType(`node start ${shellQuoted(nodeFile)} --observer`)}`,
    ],
  );
}

function requireFreeId(id: string, genesisFile: string): void {
  if (!validatorIdPattern.test(id)) {
    const next = `Choose an id like ${validatorIdPattern.source}.`;
    throw usageError('invalid-id', `${id} is no id of a node.`, { observer: id }, next);
  }
  if (!readGenesis(genesisFile).document.validators.some((validator) => validator.id === id)) return;
  const next = 'Choose another id: validators and observers share them.';
  throw usageError('validator-exists', `${id} is a validator of this network.`, { validator: id }, next);
}

function addition(
  id: string,
  member: string,
  { key, possession }: { readonly key: string; readonly possession: string },
  { address, ownGateway }: PlaceOptions,
): GovernedActionJson {
  const place = {
    ...(address !== undefined && { address }),
    ...(ownGateway !== undefined && { gateway: ownGateway }),
  };
  return { kind: 'observers.add', args: { id, member, nodeKey: key, possession, ...place } };
}

function addCommand(io: CliIo): Command {
  const command = verb('add <observer>', 'propose an observer, at once when it is decided', [
    'observer add mirror --member alpha --proof mirror-node.json --own-gateway https://mirror.example:8109 --reason "Reads for the branch"',
    'observer add mirror --member alpha --new-key mirror.node.age --print > mirror.yaml',
  ]).requiredOption('--member <id>', 'whose it is');
  return placeOptions(newKeyOptions(proposeOptions(command))).action(
    async (id: string, options: AddOptions) => {
      const network = await networkOf(connect(options, { purpose: 'operate' }), options);
      const key = await newKeyOf(options, { network, kind: 'node', owner: id, member: options.member });
      await propose(io, options, [addition(id, options.member, key, options)]);
    },
  );
}

function removeCommand(io: CliIo): Command {
  const command = verb('remove <observer>', 'propose that an observer is let in no more', [
    'observer remove mirror --reason "Moved to another machine"',
  ]);
  return proposeOptions(command).action((id: string, options: ProposeOptions) =>
    propose(io, options, [{ kind: 'observers.remove', args: { id } }]),
  );
}

function listCommand(io: CliIo): Command {
  const command = verb('list', 'observers that the ledger names', ['observer list']);
  return gatewayOption(command).action(async (options: GatewayOptions & { readonly json?: boolean }) => {
    const { observers = [] } = await connect(options).get('validators');
    report(io, options.json ?? false, observers, [
      ...(observers.length === 0 ? ['The ledger names no observers.'] : []),
      ...observers.flatMap(({ id, member, nodeKey, address, gateway }) => [
        `${id} of ${member}`,
        ...factLines({ nodeKey, address: address ?? 'it dials the others', gateway: gateway ?? 'none' }),
      ]),
    ]);
  });
}

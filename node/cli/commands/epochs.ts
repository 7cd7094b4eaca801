/** `epochs list|follow|keys`: the chain of epochs, followed and proven here from the network id. */
import { existsSync, readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { certificateOfJson } from '../../../shared/api/ledger-of-json.ts';
import type { HeldKeyJson, KeyHolderJson } from '../../../shared/api.ts';
import type { Client } from '../../../shared/client/client.ts';
import { ClientError } from '../../../shared/client/client-error.ts';
import { type LightClient, resumeLightClient } from '../../../shared/client/light-client.ts';
import { fromBase64Url } from '../../../shared/codec/hex.ts';
import {
  breaksOf,
  heldConsensusKeys,
  type KnownEpoch,
  type KnownEpochs,
} from '../../../shared/protocol/known-epochs.ts';
import { faultsTolerated, quorum } from '../../../shared/protocol/quorum.ts';
import type { NetworkId } from '../../../shared/types/brands.ts';
import type { Certificate, ValidatorSet } from '../../../shared/types/ledger.ts';
import { CliError } from '../cli-error.ts';
import { fileChain } from '../client-file.ts';
import { noun, verb } from '../command.ts';
import { connect } from '../connect.ts';
import { exitCodes } from '../exit-codes.ts';
import { type CliIo, factLines, report } from '../io.ts';
import { lightClient, verifySignature } from '../light-client.ts';
import { type GatewayOptions, gatewayOption, networkId } from '../options.ts';
import { breakLines } from '../recovery/words.ts';
import { VerdictFailed } from '../verdict.ts';

interface Options extends GatewayOptions {
  readonly json?: boolean;
  readonly network?: string;
}

export function epochsCommands(io: CliIo): Command {
  const list = verb('list', 'who seals at which heights, proven from the network id', ['epochs list']).action(
    (options: Options) => listEpochs(io, options),
  );
  const follow = verb('follow <file>', 'file the chain of epochs, or bring a filed one up to date', [
    'epochs follow network.epochs --network 7f3a…',
  ]).action((file: string, options: Options) => followInto(io, file, options));
  const keys = verb('keys [node]', 'who held which consensus and node key, from which height to which', [
    'epochs keys alpha',
  ]).action((node: string | undefined, options: Options) => listKeys(io, node, options));
  const group = noun(
    'epochs',
    'runs of heights with one validator set, and what hands over from one to the next',
  );
  for (const command of [list, follow, keys]) {
    const description = 'network id that you trust (default: the one that the gateway says)';
    group.addCommand(gatewayOption(command).option('--network <id>', description, networkId));
  }
  return group;
}

async function listEpochs(io: CliIo, options: Options): Promise<void> {
  const light = await lightClient(connect(options), options.network);
  const known = await light.follow();
  const rows = known.map((epoch, index) => ({
    epoch: epoch.epoch,
    firstHeight: epoch.firstHeight,
    ...(epoch.lastHeight === undefined ? {} : { lastHeight: epoch.lastHeight }),
    n: epoch.validators.length,
    f: faultsTolerated(epoch.validators.length),
    q: quorum(epoch.validators.length),
    validators: epoch.validators,
    changes: changesTo(epoch.validators, known[index - 1]?.validators),
    ...(epoch.recovery && { recovery: epoch.recovery }),
  }));
  const { network } = known[0]!;
  report(io, options.json ?? false, { network, epochs: rows }, [
    ...rows.map(({ epoch, n, f, q, changes }) => {
      const heights = heightsOf(known[epoch]!);
      return `${epoch}  ${heights.padEnd(16)}n ${n}, f ${f}, Q ${q}  ${changes.join(', ')}`;
    }),
    ...breaksOf(known).flatMap(breakLines),
    `Every epoch is proven from network ${network}.`,
  ]);
}

const heightsOf = ({ firstHeight, lastHeight }: KnownEpoch): string => `${firstHeight}–${lastHeight ?? ''}`;

/** In words. The sets are proven; parameters and rules, which may be all that changed, are not in them. */
function changesTo(set: ValidatorSet, before: ValidatorSet | undefined): readonly string[] {
  if (before === undefined) return ['genesis'];
  const was = new Map(before.map((validator) => [validator.id, validator]));
  const is = new Set(set.map(({ id }) => id));
  const changes = [
    ...set.flatMap(({ id, consensusKey }) => {
      const known = was.get(id);
      if (known === undefined) return [`${id} joins`];
      return known.consensusKey === consensusKey ? [] : [`${id} gets a key`];
    }),
    ...before.filter(({ id }) => !is.has(id)).map(({ id }) => `${id} leaves`),
  ];
  return changes.length === 0 ? ['the same validators'] : changes;
}

async function followInto(io: CliIo, file: string, options: Options): Promise<void> {
  const client = connect(options);
  const light = await openFiled(client, file, options.network);
  const before = light.known.length;
  const known = await light.follow();
  await observeNewest(client, light);
  const bytes = fileChain(file, light);
  const facts = {
    network: known[0]!.network,
    epochs: known.length,
    added: known.length - before,
    highest: light.highest?.height,
    file,
    bytes: bytes.length,
  };
  const breaks = breaksOf(known);
  report(io, options.json ?? false, { ...facts, ...(breaks.length > 0 && { breaks }) }, [
    'Every epoch is proven from the network id.',
    ...factLines(facts),
    ...breaks.flatMap(breakLines),
  ]);
}

/** Of a file that is there, all is proven again. */
async function openFiled(client: Client, file: string, network: string | undefined): Promise<LightClient> {
  if (!existsSync(file)) return lightClient(client, network);
  const pinned = (network ?? (await client.get('genesis')).network) as NetworkId;
  const remembered = new Uint8Array(readFileSync(file));
  return resumeLightClient({ client, network: pinned, verifySignature }, remembered);
}

/** Readers of named streams see no blocks: they file the epochs alone. @throws CliError `contradiction` */
async function observeNewest(client: Client, light: LightClient): Promise<void> {
  const newest = await newestBlock(client);
  if (newest === undefined) return;
  const observed = await light.observe(newest.header, newest.certificate);
  if (observed.kind !== 'contradiction') return;
  const { known, other } = observed;
  throw new CliError(
    exitCodes.refused,
    'contradiction',
    `Two different blocks are certified at height ${other.height}.`,
    { height: other.height, known: known.block, other: other.block },
    'More than f validators sealed both. Keep the file and ask all members.',
  );
}

async function newestBlock(
  client: Client,
): Promise<{ readonly header: Uint8Array; readonly certificate: Certificate } | undefined> {
  try {
    const block = (await client.get('blocks', { limit: 1 })).rows[0];
    if (block === undefined || block.certificate === null) return undefined;
    return { header: fromBase64Url(block.headerBytes), certificate: certificateOfJson(block.certificate) };
  } catch (error) {
    if (error instanceof ClientError && error.code === 'role-missing') return undefined;
    throw error;
  }
}

async function listKeys(io: CliIo, node: string | undefined, options: Options): Promise<void> {
  const client = connect(options);
  const light = await lightClient(client, options.network);
  const { holders, known } = await holdersOfEpochs(client, light, node);
  const wrong = contradicted(holders, known, node);
  const lines = holders.flatMap(({ id, member, standing, keys }) => [
    `${id} of ${member} (${standing})`,
    ...keys.map(keyLine),
  ]);
  const { network } = known[0]!;
  report(io, options.json ?? false, { network, ok: wrong.length === 0, wrong, holders }, [
    ...(holders.length === 0 ? ['Nobody of this name ever held a key.'] : lines),
    ...(wrong.length === 0
      ? [
          `Consensus keys are those that the chain of epochs of network ${network} proves; node keys are as reported.`,
        ]
      : [
          'NOT so by the chain of epochs: the gateway is to be asked why.',
          ...wrong.map((key) => `  ${key}`),
        ]),
  ]);
  if (wrong.length > 0) throw new VerdictFailed();
}

/** Both of one moment: an epoch that begins while they are read is no contradiction. */
async function holdersOfEpochs(
  client: Client,
  light: LightClient,
  node: string | undefined,
): Promise<{ readonly holders: readonly KeyHolderJson[]; readonly known: KnownEpochs }> {
  let known = await light.follow();
  for (;;) {
    const before = known;
    const holders = await fetchHolders(client, node);
    known = await light.follow();
    if (known.length === before.length) return { holders, known };
  }
}

async function fetchHolders(client: Client, node: string | undefined): Promise<readonly KeyHolderJson[]> {
  const holders: KeyHolderJson[] = [];
  let cursor: string | undefined;
  do {
    const asked = { ...(node === undefined ? {} : { node }), ...(cursor === undefined ? {} : { cursor }) };
    const page = await client.get('keyHistory', asked);
    holders.push(...page.rows);
    cursor = page.next;
  } while (cursor !== undefined);
  return holders;
}

function keyLine({ kind, key, registered, from, until, suspected }: HeldKeyJson): string {
  const held =
    from === undefined
      ? `registered at ${registered}, not in force`
      : `${from}–${until === undefined ? '' : until - 1}`;
  return `  ${kind.padEnd(11)}${key}  ${held}${suspected === undefined ? '' : `  suspected: ${suspected.reason}`}`;
}

/** What is said of consensus keys against what sets prove, as `validator key from–to`; both ways. */
function contradicted(
  holders: readonly KeyHolderJson[],
  known: KnownEpochs,
  node: string | undefined,
): readonly string[] {
  const line = (...[id, key, from, to]: [string, string, number, number | undefined]): string =>
    `${id} ${key} ${from}–${to ?? ''}`;
  const said = holders.flatMap(({ id, keys }) =>
    keys.flatMap(({ kind, key, from, until }) =>
      kind === 'node' || from === undefined
        ? []
        : [line(id, key, from, until === undefined ? until : until - 1)],
    ),
  );
  const proven = heldConsensusKeys(known)
    .filter(({ validator }) => node === undefined || validator === node)
    .map(({ validator, key, from, to }) => line(validator, key, from, to));
  return [
    ...said.filter((one) => !proven.includes(one)).map((one) => `said: ${one}`),
    ...proven.filter((one) => !said.includes(one)).map((one) => `proven: ${one}`),
  ];
}

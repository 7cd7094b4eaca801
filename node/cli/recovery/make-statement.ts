/**
 * The statement of one machine: where it would validate, and, if it is a validator of the epoch that ends, the highest
 * block that it sealed, with all above its newest certified one. A promise goes with it: its vote store is renounced
 * before the statement leaves this process, so that it seals nothing more in that epoch, whatever anybody starts.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { possessionSigningBytes } from '../../../shared/codec/key-possession.ts';
import {
  batchDigest,
  decodeEnvelope,
  decodeHeader,
  encodeHeader,
  headerHash,
  nullBatch,
} from '../../../shared/codec/ledger.ts';
import { statementSigningBytes } from '../../../shared/codec/recovery.ts';
import {
  type BatchDigest,
  type BlockHash,
  type Epoch,
  epochOf,
  type Height,
  type Incarnation,
  type MemberId,
  nextHeight,
  type PublicKey,
  type Signature,
} from '../../../shared/types/brands.ts';
import type { Membership } from '../../../shared/types/epochs.ts';
import type { EpochLink } from '../../../shared/types/ledger.ts';
import type { RecoveryBase, RecoverySeat } from '../../../shared/types/recovery.ts';
import { writeWhole } from '../../config/write-whole.ts';
import { keyPairOf, signWithSodium } from '../../crypto/sodium.ts';
import { readMembership } from '../../ledger/modules/epochs.ts';
import { type NodeKeys, readNodeKeys } from '../../node-keys.ts';
import { executeBatch, type Ledger, type Parent } from '../../runtime/execute-batch.ts';
import type { BlockStorePort, StoredVotes, Tip } from '../../runtime/ports.ts';
import { linkBehind, standingView } from '../../runtime/recoveries.ts';
import { newIncarnation } from '../../storage/vote-store.ts';
import { localError, usageError } from '../cli-error.ts';
import {
  type CarriedBlock,
  decodeRecoveryFile,
  encodeRecoveryFile,
  type LedgerWord,
  type StatementFile,
} from './files.ts';
import { recoveryRecords } from './state-records.ts';
import type { StoppedNode } from './stopped-node.ts';

/** Of a machine that the ledger does not know yet. */
export interface SeatWishes {
  readonly member?: string;
  readonly address?: string;
  readonly gateway?: string;
}

const fileName = 'recovery-statement';

/** Looks, and changes nothing. @param incarnation of the vote store that is to vote in the new epoch */
export async function draftStatement(
  node: StoppedNode,
  wishes: SeatWishes,
  incarnation: Incarnation,
): Promise<StatementFile> {
  const { config, founding, storage } = node;
  const { network } = founding.genesis;
  const keys = await readNodeKeys(config);
  const membership = readMembership(standingView(storage.state, storage.blocks));
  const seat = seatOf(node, keys, membership, wishes, incarnation);
  const own = membership.validators.find(({ id }) => id === config.validator);
  const earlier = renouncedBy(node);
  const isRegistered = own?.incarnation === storage.votes.load().incarnation;
  // Any other store does not know what was sealed (rule D3), unless that was told before it was renounced.
  if (own === undefined || !(isRegistered || earlier?.word !== undefined)) return { network, seat };
  const seed = keys.seedOf(own.consensusKey);
  if (seed === undefined)
    throw localError(
      'consensus-key-missing',
      'The consensus key of this validator is not here, and nobody else can say what it sealed.',
      { validator: config.validator, key: own.consensusKey },
      'Bring the key file back. A validator whose key is lost, or is held by a signer, is fenced instead (docs/operations/lost-quorum.md).',
    );
  return withEarlier({ network, seat, word: wordOf(node, membership, seed) }, earlier);
}

/**
 * Makes the promise good, once for all: what was found is durable first, then the vote store is renounced, and only
 * then is the statement handed out. Repeated after a kill, it goes on where it was.
 */
export async function makeStatement(node: StoppedNode, wishes: SeatWishes): Promise<StatementFile> {
  const renounced = renouncedBy(node);
  const fresh = renounced?.seat.incarnation ?? newIncarnation();
  const statement = await draftStatement(node, wishes, fresh);
  writeWhole(fileOf(node), encodeRecoveryFile({ kind: 'recovery-statement', ...statement }));
  if (renounced === undefined)
    await new Promise<void>((resolve) => node.storage.votes.renounce(() => resolve(), fresh));
  return statement;
}

const fileOf = ({ config }: StoppedNode): string => join(config.storageDirectory, fileName);

/**
 * The statement for which this vote store was renounced. Once the ledger has registered the store under its new name,
 * it votes again, and what it votes is to be renounced anew.
 */
function renouncedBy(node: StoppedNode): StatementFile | undefined {
  const { config, storage } = node;
  const { incarnation } = storage.votes.load();
  const { validators } = readMembership(standingView(storage.state, storage.blocks));
  const votes = validators.some((one) => one.id === config.validator && one.incarnation === incarnation);
  const made = statementMade(node);
  return made?.seat.incarnation === incarnation && !votes ? made : undefined;
}

/** The newest one that was made on this machine. */
export function statementMade(node: StoppedNode): StatementFile | undefined {
  const file = fileOf(node);
  if (!existsSync(file)) return undefined;
  const read = decodeRecoveryFile(new Uint8Array(readFileSync(file)));
  if (read.kind !== 'recovery-statement') throw new Error(`${file} is no statement`);
  return read;
}

/** The ledger may have grown since, by certified blocks alone: what was sealed above it is still to be told. */
function withEarlier(drafted: StatementFile, before: StatementFile | undefined): StatementFile {
  const { word } = drafted;
  const earlier = before?.word;
  if (word === undefined || earlier === undefined || earlier.epoch !== word.epoch) return drafted;
  if (earlier.statement.height <= word.statement.height) return drafted;
  const blocks = earlier.blocks.filter(({ header }) => decodeHeader(header).height > word.statement.height);
  return { ...drafted, word: { ...word, statement: earlier.statement, blocks } };
}

function seatOf(
  { config, founding }: StoppedNode,
  keys: NodeKeys,
  { validators }: Membership,
  wishes: SeatWishes,
  incarnation: Incarnation,
): RecoverySeat {
  const { validator: id } = config;
  const { network } = founding.genesis;
  const own = validators.find((one) => one.id === id);
  const member = wishes.member ?? own?.member;
  const address = wishes.address ?? own?.address;
  const gateway = wishes.gateway ?? own?.gateway;
  if (member === undefined || address === undefined || gateway === undefined)
    throw usageError(
      'seat-incomplete',
      `The ledger does not know ${id} yet.`,
      { member, address, gateway },
      'Say whose validator it is and where it is reached: --member, --address and --gateway.',
    );
  const consensusKey = heldKey(keys, 'consensus', own?.consensusKey);
  const nodeKey = heldKey(keys, 'node', own?.nodeKey);
  const prove = (key: PublicKey, kind: 'consensus' | 'node'): Signature =>
    sign(keys.seedOf(key)!, possessionSigningBytes(network, { key, kind, owner: id, member }));
  return {
    id,
    member: member as MemberId,
    consensusKey,
    nodeKey,
    address,
    gateway,
    incarnation,
    possession: { consensus: prove(consensusKey, 'consensus'), node: prove(nodeKey, 'node') },
  };
}

/** The registered one, if it is held; else the one that the configuration names. */
function heldKey(keys: NodeKeys, kind: 'consensus' | 'node', registered: PublicKey | undefined): PublicKey {
  if (registered !== undefined && keys.seedOf(registered) !== undefined) return registered;
  const configured = keys.keyring.keys().find((one) => one.kind === kind && one.configured);
  if (configured !== undefined) return configured.publicKey;
  throw localError(
    'consensus-key-missing',
    `There is no ${kind} key here with which this node could prove itself.`,
    {},
    'A recovery takes keys of files: give the node one in node.yaml. Behind a signer it cannot make a statement.',
  );
}

const sign = (seed: Uint8Array, message: Uint8Array): Signature =>
  signWithSodium(keyPairOf(seed).secretKey, message) as Signature;

function wordOf(
  { config, founding: { genesis }, storage, ledger }: StoppedNode,
  membership: Membership,
  seed: Uint8Array,
): LedgerWord {
  const { blocks, state, votes } = storage;
  const { epoch } = membership;
  const { network } = genesis;
  const records = recoveryRecords(state);
  const base = certifiedBase(blocks, membership);
  const carried = sealedBlocks(ledger, blocks.tip(), sealedIn(votes.load(), epoch));
  const last = carried.at(-1)?.header ?? base.header;
  const said = { validator: config.validator, height: decodeHeader(last).height, block: headerHash(last) };
  const signature = sign(seed, statementSigningBytes(network, epoch, said));
  const genesisOrigin = { header: genesis.headerBytes, validators: genesis.validators };
  const chain = { genesis: genesisOrigin, epochs: linksInto(blocks, epoch) };
  return { epoch, statement: { ...said, signature }, base, blocks: carried, chain, records };
}

/** What proves the beginning of an epoch proves the block before it, too. */
function certifiedBase(blocks: BlockStorePort, { firstHeight }: Membership): RecoveryBase {
  const { height, header, certificate } = blocks.tip();
  const bytes = encodeHeader(header);
  if (height < firstHeight) return { header: bytes };
  if (certificate !== undefined && certificate.seals.length > 0) return { header: bytes, certificate };
  throw localError(
    'recovery-under-way',
    `Block ${height} is one that an accepted recovery keeps, and the rest of them is not here yet.`,
    { height },
    'Accept that recovery again, or start the node and let it fetch what is missing.',
  );
}

/** What the vote store holds of an epoch. */
interface Sealed {
  readonly seals: ReadonlyMap<Height, BlockHash>;
  readonly ordered: ReadonlyMap<Height, BatchDigest>;
  readonly batches: ReadonlyMap<BatchDigest, Pick<CarriedBlock, 'batch' | 'envelopes'>>;
}

function sealedIn({ records }: StoredVotes, epoch: Epoch): Sealed {
  const seals = new Map<Height, BlockHash>();
  const ordered = new Map<Height, BatchDigest>();
  const batches = new Map<BatchDigest, Pick<CarriedBlock, 'batch' | 'envelopes'>>();
  for (const record of records) {
    // The ledger was put back to an older copy: what goes on here would speak of less than was sealed.
    if (record.kind === 'seal' && record.epoch > epoch) throw sealedBlockMissing(record.height);
    if (record.kind === 'seal' && record.epoch === epoch) seals.set(record.height, record.block);
    if (record.kind === 'ordered') ordered.set(record.height, record.batch);
    if (record.kind === 'batch') batches.set(record.digest, record);
  }
  return { seals, ordered, batches };
}

/** Executed again, in memory: each must be the block that was sealed. */
function sealedBlocks(
  ledger: Ledger,
  tip: Tip,
  { seals, ordered, batches }: Sealed,
): readonly CarriedBlock[] {
  const carried: CarriedBlock[] = [];
  let parent: Parent = { height: tip.height, hash: tip.hash, time: tip.header.time };
  const top = Math.max(tip.height, ...seals.keys());
  while (parent.height < top) {
    const height = nextHeight(parent.height);
    const held = batches.get(ordered.get(height) ?? batchDigest(nullBatch));
    if (held === undefined && ordered.get(height) !== batchDigest(nullBatch))
      throw sealedBlockMissing(height);
    const { batch, envelopes } = held ?? { batch: nullBatch, envelopes: [] };
    const transactions = envelopes.map((envelope) => decodeEnvelope(envelope));
    const block = executeBatch(ledger, parent, batch, transactions);
    const own = seals.get(height);
    if (own !== undefined && own !== block.hash) throw sealedBlockMissing(height);
    carried.push({ header: block.headerBytes, batch, envelopes });
    parent = { height, hash: block.hash, time: block.header.time };
  }
  return carried;
}

const sealedBlockMissing = (height: Height): Error =>
  localError(
    'sealed-block-missing',
    `Block ${height} was sealed here, and cannot be made again from what the vote store holds.`,
    { height },
    'Keep a copy of the directory. This validator makes no statement: it is fenced, and others say what was sealed.',
  );

/** Every way from genesis into this epoch. */
function linksInto(blocks: BlockStorePort, epoch: Epoch): readonly EpochLink[] {
  return Array.from({ length: epoch }, (_, before) => {
    const link = linkBehind(blocks, epochOf(before));
    if (link === undefined) throw new Error(`The end of epoch ${before} is not on disk`);
    return link;
  });
}

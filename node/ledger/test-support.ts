/** A small network in memory for the tests of this room: state and tree in maps, envelopes without real signatures. */

import { encode } from '../../shared/codec/dag-cbor.ts';
import { toHex } from '../../shared/codec/hex.ts';
import {
  batchDigest,
  decodeEnvelope,
  encodeEnvelope,
  encodeTransactionBody,
} from '../../shared/codec/ledger.ts';
import { toUtf8 } from '../../shared/codec/utf8.ts';
import type { Frontier } from '../../shared/crypto/merkle.ts';
import { sha256 } from '../../shared/crypto/sha256.ts';
import type { NodePath, TreeNode } from '../../shared/crypto/sparse-merkle-tree.ts';
import {
  epochOf,
  type IdentityId,
  type Incarnation,
  type MemberId,
  type Nonce,
  nextHeight,
  type PublicKey,
  type ValidatorId,
} from '../../shared/types/brands.ts';
import { defaultConsent } from '../../shared/types/governance.ts';
import type {
  CborValue,
  GenesisDocument,
  GenesisIdentity,
  LedgerEvent,
  Role,
  Transaction,
} from '../../shared/types/ledger.ts';
import { defaultParameters } from '../../shared/types/parameters.ts';
import { executeBlock } from './execute.ts';
import { buildGenesis, type Genesis } from './genesis.ts';
import { createOverlay } from './overlay.ts';
import type {
  BlockInput,
  CommandContext,
  ExecutedBlock,
  StateChanges,
  StateView,
  TreeView,
} from './types.ts';

/** A key that belongs to a name. */
export function keyOf(name: string): PublicKey {
  return toHex(sha256(toUtf8(name))) as PublicKey;
}

export function genesisIdentity(id: string, member: string, roles: readonly Role[]): GenesisIdentity {
  return { id: id as IdentityId, member: member as MemberId, key: keyOf(id), roles };
}

export const startTime = 1_700_000_040_000;

export const exampleDocument: GenesisDocument = {
  version: 2,
  name: 'example',
  time: startTime,
  parameters: defaultParameters,
  members: ['north', 'south'].map((id) => ({ id: id as MemberId, name: `Member ${id}` })),
  validators: ['v1', 'v2', 'v3', 'v4'].map((id, index) => ({
    id: id as ValidatorId,
    member: (index % 2 === 0 ? 'north' : 'south') as MemberId,
    consensusKey: keyOf(`${id} consensus`),
    nodeKey: keyOf(`${id} node`),
    address: `wss://127.0.0.1:${7101 + index}`,
    gateway: `http://127.0.0.1:${8101 + index}`,
    incarnation: keyOf(`${id} incarnation`).slice(0, 32) as Incarnation,
  })),
  identities: [
    genesisIdentity('north.submitter', 'north', ['submitter']),
    genesisIdentity('north.admin', 'north', ['admin']),
    genesisIdentity('north.auditor', 'north', ['auditor']),
    genesisIdentity('south.submitter', 'south', ['submitter']),
    genesisIdentity('south.admin', 'south', ['admin']),
  ],
  ...defaultConsent,
};

let nonces = 0;

export interface TransactionOptions {
  readonly sender?: string;
  readonly nonce?: string;
  readonly expiresAt?: number;
  /** One byte that makes another signature over the same body. */
  readonly signature?: number;
}

export function transactionOf(
  genesis: Pick<Genesis, 'network'>,
  action: string,
  args: CborValue,
  {
    sender = 'north.submitter',
    nonce,
    expiresAt = startTime + 60_000,
    signature = 7,
  }: TransactionOptions = {},
): Transaction {
  const body = {
    version: 1 as const,
    network: genesis.network,
    sender: keyOf(sender),
    nonce: (nonce ?? (nonces++).toString(16).padStart(32, '0')) as Nonce,
    expiresAt,
    action,
    args,
  };
  return decodeEnvelope(encodeEnvelope(encodeTransactionBody(body), new Uint8Array(64).fill(signature)));
}

/** Arguments of an append with one plain event. */
export function appendOf(
  stream: string,
  eventId: string,
  expectedRevision: number | 'any' = 'any',
  data: CborValue = 'data',
): CborValue {
  return { stream, expectedRevision, events: [plainEvent(eventId, data)] };
}

export function plainEvent(eventId: string, data: CborValue = 'data'): { [key: string]: CborValue } {
  return { eventId, type: 'noted', data, labels: {}, references: [] };
}

export interface MemoryChain {
  readonly genesis: Genesis;
  readonly state: Map<string, Uint8Array>;
  readonly nodes: Map<NodePath, TreeNode>;
  readonly view: StateView;
  readonly tree: TreeView;
  /** What the next block with these transactions would be given. */
  input(transactions: readonly Transaction[], time: number): BlockInput;
  /** Executes and applies. */
  run(transactions: readonly Transaction[], time?: number): ExecutedBlock;
  apply(block: ExecutedBlock): void;
}

export function createChain(document: GenesisDocument = exampleDocument): MemoryChain {
  const genesis = buildGenesis(document);
  const state = new Map<string, Uint8Array>();
  const nodes = new Map<NodePath, TreeNode>();
  putAll(state, genesis.changes);
  putAll(nodes, genesis.nodes);
  let tip: Pick<ExecutedBlock, 'height' | 'hash' | 'header'> & { history: Frontier } = {
    height: genesis.header.height,
    hash: genesis.hash,
    header: genesis.header,
    history: genesis.history,
  };
  const view: StateView = { get: (key) => state.get(key) };
  const tree: TreeView = { getNode: (path) => nodes.get(path) };

  function input(transactions: readonly Transaction[], time: number): BlockInput {
    const batch = { time, proposer: 'v1' as ValidatorId, ids: transactions.map(({ id }) => id) };
    return {
      network: genesis.network,
      height: nextHeight(tip.height),
      parent: { hash: tip.hash, time: tip.header.time },
      batch,
      batchDigest: batchDigest(batch),
      transactions,
      state: view,
      tree,
      stateRoot: tip.header.state,
      history: tip.history,
    };
  }
  function apply(block: ExecutedBlock): void {
    putAll(state, block.changes);
    putAll(nodes, block.nodes);
    tip = block;
  }
  function run(transactions: readonly Transaction[], time = tip.header.time): ExecutedBlock {
    const block = executeBlock(input(transactions, time));
    apply(block);
    return block;
  }
  return { genesis, state, nodes, view, tree, input, run, apply };
}

export function putAll<Key, Value>(map: Map<Key, Value>, changes: ReadonlyMap<Key, Value | undefined>): void {
  for (const [key, value] of changes) {
    if (value === undefined) map.delete(key);
    else map.set(key, value);
  }
}

/** A state into which the events given were folded, for "given events, when command, then". */
export function stateAfter(
  evolve: (state: StateChanges, event: LedgerEvent, data: Uint8Array) => void,
  events: readonly LedgerEvent[],
): StateChanges {
  const state = createOverlay({ get: () => undefined });
  for (const event of events) evolve(state, event, encode(event.data));
  return state;
}

export function contextOf(id: string, member: string, roles: readonly Role[]): CommandContext {
  return {
    network: keyOf('network') as unknown as CommandContext['network'],
    epoch: epochOf(0),
    height: 1 as CommandContext['height'],
    time: startTime,
    transaction: keyOf('transaction') as unknown as CommandContext['transaction'],
    identity: { id, member, roles },
  };
}

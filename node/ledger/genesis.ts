/**
 * Height 0: events from the genesis document, state from the events, the header over that state. The hash of the
 * header is the network id. Every node builds the same from the same parsed values.
 */

import { fromHex } from '../../shared/codec/hex.ts';
import {
  encodeHeader,
  genesisDocumentDigest,
  headerHash,
  validatorSetDigest,
} from '../../shared/codec/ledger.ts';
import {
  appendLeaf,
  emptyFrontier,
  type Frontier,
  frontierRoot,
  merkleRoot,
} from '../../shared/crypto/merkle.ts';
import {
  type BatchDigest,
  type BlockHash,
  epochOf,
  heightOf,
  type NetworkId,
  zeroDigest,
} from '../../shared/types/brands.ts';
import type { GenesisDocument, Header, LedgerEvent, ValidatorSet } from '../../shared/types/ledger.ts';
import { evolve } from './modules/all.ts';
import { epochOpened } from './modules/epochs.ts';
import { identityAdded } from './modules/identities.ts';
import { keyRegistered } from './modules/keys.ts';
import { memberAdded } from './modules/members.ts';
import { foundedEvent, validatorAdded } from './modules/network.ts';
import { thresholdsFounded } from './modules/thresholds.ts';
import { createOverlay } from './overlay.ts';
import { foundingProtocol } from './protocols.ts';
import { type TransitionResult, updateState } from './state-transition.ts';

export interface Genesis extends TransitionResult {
  readonly network: NetworkId;
  readonly hash: BlockHash;
  readonly header: Header;
  readonly headerBytes: Uint8Array;
  readonly events: readonly LedgerEvent[];
  /** Sorted by id. */
  readonly validators: ValidatorSet;
  /** Frontier over the hash of block 0. */
  readonly history: Frontier;
}

/** The document has passed `checkGenesisDocument` (genesis-check.ts). */
export function buildGenesis(document: GenesisDocument): Genesis {
  const events = genesisEvents(document);
  const state = createOverlay({ get: () => undefined });
  for (const event of events) evolve(state, event);
  const result = updateState(state.changes, { getNode: () => undefined });
  const validators = validatorSetOf(document);
  const header = genesisHeader(document, validators, result);
  const headerBytes = encodeHeader(header);
  const hash = headerHash(headerBytes);
  const history = appendLeaf(emptyFrontier, fromHex(hash));
  return {
    ...result,
    network: hash as string as NetworkId,
    hash,
    header,
    headerBytes,
    events,
    validators,
    history,
  };
}

export function genesisEvents(document: GenesisDocument): readonly LedgerEvent[] {
  const { name, parameters, members, validators, identities, protocol = foundingProtocol } = document;
  return [
    foundedEvent({ name, protocol, parameters: { ...parameters } }),
    ...sortedById(members).map(({ id, name: memberName }) => memberAdded({ id, name: memberName })),
    ...sortedById(validators).map(validatorAdded),
    epochOpened({ epoch: 0, firstHeight: 1, cause: 'genesis' }),
    ...sortedById(identities).map(identityAdded),
    ...sortedById(validators).flatMap(({ id, member, consensusKey, nodeKey }) => [
      keyRegistered({ key: consensusKey, kind: 'consensus', owner: id, member }, 0),
      keyRegistered({ key: nodeKey, kind: 'node', owner: id, member }, 0),
    ]),
    ...sortedById(identities).map(({ id, member, key }) =>
      keyRegistered({ key, kind: 'identity', owner: id, member }, 0),
    ),
    thresholdsFounded(document),
  ];
}

function validatorSetOf({ validators }: GenesisDocument): ValidatorSet {
  return sortedById(validators).map(({ id, member, consensusKey }) => ({ id, member, consensusKey }));
}

/** By code unit; ids are ASCII. */
function sortedById<Item extends { readonly id: string }>(items: readonly Item[]): readonly Item[] {
  return [...items].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
}

function genesisHeader(
  document: GenesisDocument,
  validators: ValidatorSet,
  { stateRoot }: TransitionResult,
): Header {
  const set = validatorSetDigest(validators);
  return {
    version: 1,
    network: '',
    epoch: epochOf(0),
    nextEpoch: epochOf(0),
    height: heightOf(0),
    parent: zeroDigest as BlockHash,
    time: document.time,
    proposer: '',
    batch: genesisDocumentDigest(document) as string as BatchDigest,
    transactions: merkleRoot([]),
    outcomes: merkleRoot([]),
    state: stateRoot,
    history: frontierRoot(emptyFrontier),
    validators: set,
    nextValidators: set,
  };
}

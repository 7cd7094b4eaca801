/**
 * The ledger's address book: who may hold links with this node, under which node keys, and where (rule C1). Node keys,
 * addresses and observers change in the block that decides so; the set of validators where an epoch begins.
 */
import { toHex } from '../shared/codec/hex.ts';
import { type Epoch, epochOf, type PublicKey, type ValidatorId } from '../shared/types/brands.ts';
import type { GenesisValidator, LedgerEvent } from '../shared/types/ledger.ts';
import { joiningValidators, pendingActivation } from './ledger/modules/activation-records.ts';
import { readMembership, readMembershipOf } from './ledger/modules/epochs.ts';
import { readMember } from './ledger/modules/members.ts';
import { readFormer, type ValidatorData } from './ledger/modules/network.ts';
import { readObservers } from './ledger/modules/observers.ts';
import { readRecord } from './ledger/records.ts';
import { stateKeys } from './ledger/state-keys.ts';
import type { ExecutedBlock, StateView } from './ledger/types.ts';
import type { PeerAddress } from './network/peer-book.ts';
import type { PeerKind } from './runtime/link-kinds.ts';
import type { BlockStorePort, StatePort } from './runtime/ports.ts';
import { standingView } from './runtime/recoveries.ts';

/**
 * @param time block time: until when a node key that was replaced is still admitted, milliseconds since 1970
 * @param ahead validators of an accepted recovery that state does not know yet: who lags behind it fetches from them
 */
export function addressBookOf(
  state: StateView,
  time: number,
  ahead: readonly GenesisValidator[] = [],
): readonly PeerAddress[] {
  const named = new Set(ahead.map(({ id }) => id));
  return [
    ...ahead.map((one) => entryOf(one, [one.nodeKey], 'validator')),
    ...entriesOf(state, time).filter(({ id }) => !named.has(id)),
  ];
}

function entriesOf(state: StateView, time: number): readonly PeerAddress[] {
  const current = readMembership(state);
  const joiningKind: PeerKind = pendingActivation(state)?.at === undefined ? 'pending' : 'validator';
  const observers = readObservers(state).map(
    ({ id, nodeKey, address }): PeerAddress => ({
      id,
      nodeKeys: [nodeKey],
      kind: 'observer',
      ...(address !== undefined && { address }),
    }),
  );
  return [
    ...current.validators.map((one) => entryOf(one, nodeKeysOf(state, one, time), 'validator')),
    ...joiningValidators(state).map((one) => entryOf(one, [one.nodeKey], joiningKind)),
    ...observers,
    ...formerValidators(state, current.epoch),
  ];
}

function entryOf(
  { id, address }: GenesisValidator,
  nodeKeys: readonly PublicKey[],
  kind: PeerKind,
): PeerAddress {
  return { id, nodeKeys, address, kind };
}

/** The present one first. */
function nodeKeysOf(state: StateView, { id, nodeKey }: GenesisValidator, time: number): readonly PublicKey[] {
  const previous = readRecord<ValidatorData>(state, stateKeys.validator(id))?.previousNodeKey;
  return previous === undefined || previous.until <= time
    ? [nodeKey]
    : [nodeKey, toHex(previous.key) as PublicKey];
}

/**
 * Of all epochs: an id is never given again, and who was removed may follow under the key that it had, unless its
 * member was removed, too: what the consortium writes is no business of that one's any more.
 */
function formerValidators(state: StateView, current: Epoch): PeerAddress[] {
  const ids = new Set<ValidatorId>();
  for (let epoch = 0; epoch < current; epoch += 1)
    for (const { id } of readMembershipOf(state, epochOf(epoch))?.validators ?? []) ids.add(id);
  return [...ids].sort().flatMap((id) => {
    const former = readFormer(state, id);
    if (former === undefined || readMember(state, former.member)?.status === 'removed') return [];
    return [entryOf(former, [former.nodeKey], 'former')];
  });
}

/** Node keys that the ledger names for this node, the present one first; empty if it knows none. */
export function ownNodeKeys(state: StateView, self: ValidatorId, time: number): readonly PublicKey[] {
  return addressBookOf(state, time).find(({ id }) => id === self)?.nodeKeys ?? [];
}

/** Of a node's own ledger, and of what its operator accepted. */
export function bookOfNode(
  state: StatePort,
  blocks: Pick<BlockStorePort, 'recoveries' | 'tip'>,
): readonly PeerAddress[] {
  const ahead = (blocks.recoveries?.() ?? []).filter(({ height }) => height > state.height());
  const seats = ahead.at(-1)?.certificate.content.validators ?? [];
  return addressBookOf(standingView(state, blocks), blocks.tip().header.time, seats);
}

const touching = ['members.', 'validators.', 'observers.', 'activation.', 'epochs.'];

/** Whether a block may have changed the book. */
export const touchesAddresses = ({ opening, closing, ran }: ExecutedBlock): boolean =>
  opening.some(isTouching) || closing.some(isTouching) || ran.some(({ events }) => events.some(isTouching));

const isTouching = ({ type }: LedgerEvent): boolean => touching.some((prefix) => type.startsWith(prefix));

/** The ledger's address book as links read it: who may connect, under which keys, and where. */
import type { PublicKey, ValidatorId } from '../../shared/types/brands.ts';
import type { PeerKind } from '../runtime/link-kinds.ts';

export interface PeerAddress {
  readonly id: ValidatorId;
  /**
   * The TLS identities that its connections may prove: the current one, the one before while the two overlap, one
   * that is to come. All are admitted alike.
   */
  readonly nodeKeys: readonly PublicKey[];
  /** `wss://host:port`. Absent: it is not dialled and calls by itself. */
  readonly address?: string;
  readonly kind: PeerKind;
}

export interface PeerBook {
  /** In the order of the entries; without this node itself. */
  readonly entries: readonly PeerAddress[];
  get(id: ValidatorId): PeerAddress | undefined;
  /** Whom a node key belongs to. */
  ownerOf(nodeKey: PublicKey): ValidatorId | undefined;
}

/** A key has one owner for ever (rule E4); if a book says otherwise, the first entry has it. */
export function createPeerBook(all: readonly PeerAddress[], self: ValidatorId): PeerBook {
  const entries = all.filter(({ id }) => id !== self);
  const byId = new Map(entries.map((entry) => [entry.id, entry]));
  const owners = new Map<PublicKey, ValidatorId>();
  for (const { id, nodeKeys } of entries)
    for (const nodeKey of nodeKeys) if (!owners.has(nodeKey)) owners.set(nodeKey, id);
  return { entries, get: (id) => byId.get(id), ownerOf: (nodeKey) => owners.get(nodeKey) };
}

/** The book of one set of validators, each under the one key that genesis or a membership names. */
export const bookOfValidators = (
  validators: readonly { readonly id: ValidatorId; readonly nodeKey: PublicKey; readonly address: string }[],
): readonly PeerAddress[] =>
  validators.map(({ id, nodeKey, address }) => ({ id, nodeKeys: [nodeKey], address, kind: 'validator' }));

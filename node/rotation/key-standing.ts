/**
 * Where each key that a node holds stands on its way, derived from the ledger and the files alone: at every start and
 * after every block, so that a crash anywhere is a start behind the block that decided.
 */
import type { Height, PublicKey, ValidatorId } from '../../shared/types/brands.ts';
import { epochOf } from '../../shared/types/brands.ts';
import { ownNodeKeys } from '../address-book.ts';
import type { KeyKind } from '../crypto/keyring.ts';
import { type Activation, pendingActivation } from '../ledger/modules/activation-records.ts';
import { readMembership, readMembershipOf } from '../ledger/modules/epochs.ts';
import { readKey } from '../ledger/modules/keys.ts';
import type { StateView } from '../ledger/types.ts';

export type KeyStage =
  /** Its file is here; the ledger does not know it. */
  | 'created'
  /** An activation brings it, and waits for the word of a process that holds it. */
  | 'approved'
  /** That word is on the ledger; the rest of the activation is missing. */
  | 'armed'
  /** It signs from height `at` on. */
  | 'scheduled'
  | 'in-use'
  /** A replaced node key under which links are still admitted. */
  | 'overlapping'
  /** It was in use, and is to be erased. */
  | 'replaced'
  /** It never came into use: its activation lapsed or was withdrawn. It is to be erased. */
  | 'dropped';

export interface HeldKey {
  readonly publicKey: PublicKey;
  readonly kind: KeyKind;
}

export interface KeyStanding extends HeldKey {
  readonly stage: KeyStage;
  readonly activation?: number;
  /** First height that it signs. */
  readonly at?: Height;
  /** What retired it is certified, and another key is here in its place. */
  readonly isToBeErased: boolean;
}

export interface LedgerFacts {
  readonly self: ValidatorId;
  /** After the highest executed block, which may not be certified yet. */
  readonly state: StateView;
  readonly certifiedHeight: Height;
  /** Of the highest certified block, milliseconds since 1970. */
  readonly time: number;
}

export function standingsOf(facts: LedgerFacts, held: readonly HeldKey[]): readonly KeyStanding[] {
  const named = { consensus: currentKey(facts), node: ownNodeKeys(facts.state, facts.self, facts.time) };
  return held.map((key) =>
    key.kind === 'consensus'
      ? consensusStanding(facts, key, named.consensus, held)
      : nodeStanding(facts, key, named.node, held),
  );
}

const currentKey = ({ state, self }: LedgerFacts): PublicKey | undefined =>
  readMembership(state).validators.find(({ id }) => id === self)?.consensusKey;

function consensusStanding(
  facts: LedgerFacts,
  key: HeldKey,
  current: PublicKey | undefined,
  held: readonly HeldKey[],
): KeyStanding {
  if (key.publicKey === current) return { ...key, stage: 'in-use', isToBeErased: false };
  const pending = pendingActivation(facts.state);
  if (pending !== undefined && bringsKey(pending, facts.self, key.publicKey))
    return { ...key, ...onItsWay(pending, facts.self), isToBeErased: false };
  return retiredOrUnused(facts, key, isHeld(held, current));
}

const bringsKey = ({ changes }: Activation, self: ValidatorId, key: PublicKey): boolean =>
  changes.some((change) =>
    change.kind === 'add'
      ? change.validator.id === self && change.validator.consensusKey === key
      : change.kind === 'consensus-key' && change.id === self && change.key === key,
  );

function onItsWay(
  { number, at, ready }: Activation,
  self: ValidatorId,
): Pick<KeyStanding, 'stage' | 'activation' | 'at'> {
  if (at !== undefined) return { stage: 'scheduled', activation: number, at };
  return { stage: ready.has(self) ? 'armed' : 'approved', activation: number };
}

function nodeStanding(
  facts: LedgerFacts,
  key: HeldKey,
  [current, ...before]: readonly PublicKey[],
  held: readonly HeldKey[],
): KeyStanding {
  if (key.publicKey === current) return { ...key, stage: 'in-use', isToBeErased: false };
  if (before.includes(key.publicKey)) return { ...key, stage: 'overlapping', isToBeErased: false };
  return retiredOrUnused(facts, key, isHeld(held, current));
}

/** The one that takes its place must be here: the only key of a node that left is its operator's to erase. */
function retiredOrUnused(facts: LedgerFacts, key: HeldKey, hasSuccessor: boolean): KeyStanding {
  const until = readKey(facts.state, key.publicKey)?.until;
  if (until === undefined) return { ...key, stage: 'created', isToBeErased: false };
  const isOver = until <= facts.certifiedHeight;
  const wasInUse = key.kind === 'node' || isOfAnEpoch(facts, key.publicKey);
  return { ...key, stage: wasInUse ? 'replaced' : 'dropped', isToBeErased: isOver && hasSuccessor };
}

function isOfAnEpoch({ state, self }: LedgerFacts, key: PublicKey): boolean {
  for (let epoch: number = readMembership(state).epoch; epoch >= 0; epoch -= 1) {
    const validators = readMembershipOf(state, epochOf(epoch))?.validators ?? [];
    if (validators.some(({ id, consensusKey }) => id === self && consensusKey === key)) return true;
  }
  return false;
}

const isHeld = (held: readonly HeldKey[], key: PublicKey | undefined): boolean =>
  held.some(({ publicKey }) => publicKey === key);

/**
 * A block of a peer with what was decided in it proves itself: certificate and bodies as in catch-up (rule C1),
 * outcomes by the header's roots, events by the digests in their outcomes. Only who sent a transaction is said by
 * nothing that is signed here: state knows whose key it was.
 */
import { CodecError } from '../../shared/codec/codec-error.ts';
import { fromHex, toHex } from '../../shared/codec/hex.ts';
import {
  decodeEvents,
  decodeOutcome,
  encodeEvents,
  eventsDigest,
  headerHash,
} from '../../shared/codec/ledger.ts';
import { merkleRoot } from '../../shared/crypto/merkle.ts';
import type { Height, PublicKey } from '../../shared/types/brands.ts';
import type { LedgerEvent, Outcome, Transaction } from '../../shared/types/ledger.ts';
import { holderOfKeyAt } from '../ledger/modules/identities.ts';
import { type RegisteredKey, readKey } from '../ledger/modules/keys.ts';
import type { StateView } from '../ledger/types.ts';
import { type CheckedBlock, checkRange, type UnknownEpoch } from './block-check.ts';
import type { EpochTrail } from './epoch-trail.ts';
import type { DecidedBlock, HandOver, Neighbours, ProvenBlock } from './ports.ts';
import type { SignatureCheck } from './signatures.ts';

export interface DecidedCheck {
  readonly proven: ProvenBlock;
  /** If it ends an epoch: proven with the rest. */
  readonly handOvers: readonly HandOver[];
  /** Signatures of the seals, still to be verified. */
  readonly checks: readonly SignatureCheck[];
}

export interface DecidedSources {
  readonly trail: EpochTrail;
  readonly state: StateView;
  /** What stands around the block here. */
  readonly beside: Neighbours;
}

/**
 * Everything but the seals' signatures; or what is wrong. The seals prove a block by the keys of its epoch, which may
 * be long retired, and in whose hands nobody knows: the intact blocks beside it say which one it is.
 */
export function checkDecided(
  { trail, state, beside }: DecidedSources,
  height: Height,
  block: DecidedBlock,
): DecidedCheck | UnknownEpoch | string {
  const range = checkRange(trail, height, [block]);
  if (typeof range === 'string' || 'unknownEpoch' in range) return range;
  const [checked] = range.blocks;
  if (checked === undefined) return 'no block';
  const ran = readRan(checked, block, state);
  if (typeof ran === 'string') return ran;
  const hash = headerHash(block.header);
  if (beside.below !== undefined && beside.below !== checked.header.parent)
    return 'another block than follows the one below';
  if (beside.parentAbove !== undefined && beside.parentAbove !== hash)
    return 'another block than the one above follows';
  const { header, certificate, batch, envelopes, nextValidators } = block;
  const failed = ran.filter(({ status }) => status === 'failed').length;
  const stored = { header, certificate, batch, envelopes, ...(nextValidators && { nextValidators }) };
  const { checks, handOvers } = range;
  return { proven: { height, hash, stored, ran, failed }, handOvers, checks };
}

type Ran = ProvenBlock['ran'][number] & Pick<Outcome, 'status'>;

function readRan(checked: CheckedBlock, block: DecidedBlock, state: StateView): Ran[] | string {
  try {
    return checkRan(checked, block, state);
  } catch (error) {
    if (error instanceof CodecError) return `not readable: ${error.message}`;
    throw error;
  }
}

function checkRan(
  { header, transactions }: CheckedBlock,
  { ran }: DecidedBlock,
  state: StateView,
): Ran[] | string {
  if (merkleRoot(ran.map(({ outcome }) => outcome)) !== header.outcomes)
    return 'other outcomes than its header';
  const outcomes = ran.map(({ outcome }) => decodeOutcome(outcome));
  if (merkleRoot(outcomes.map(({ transaction }) => fromHex(transaction))) !== header.transactions)
    return 'outcomes of other transactions than its header';
  const checked: Ran[] = [];
  const passed = new KeysPassed();
  let place = 0;
  for (const [index, outcome] of outcomes.entries()) {
    while (place < transactions.length && transactions[place]!.id !== outcome.transaction) place += 1;
    const transaction = transactions[place];
    if (transaction === undefined) return 'outcomes of other transactions than its batch';
    const { outcome: outcomeBytes, events } = ran[index]!;
    if (eventsDigest(events) !== eventsDigestOf(outcome)) return 'other events than an outcome names';
    const sender = senderOf(state, passed, header.height, transaction, outcome);
    passed.add(decodeEvents(events));
    const decided = { place, outcome: outcomeBytes, events, status: outcome.status };
    checked.push(sender === undefined ? decided : { ...decided, sender });
    place += 1;
  }
  return checked;
}

const noEvents = encodeEvents([]);

const eventsDigestOf = (outcome: Outcome): string =>
  outcome.status === 'succeeded' ? outcome.events : eventsDigest(noEvents);

/** Keys that the transactions before, of the same block, registered and retired. */
class KeysPassed {
  readonly #keys = { registered: new Set<string>(), retired: new Set<string>() };

  add(events: readonly LedgerEvent[]): void {
    for (const { type, data } of events) {
      const { key } = data as { readonly key?: unknown };
      if (!(key instanceof Uint8Array)) continue;
      if (type === 'keys.registered') this.#keys.registered.add(toHex(key));
      if (type === 'keys.retired') this.#keys.retired.add(toHex(key));
    }
  }

  /** Whether the key was anybody's at this place of the block, if it was in the block of this height. */
  isHeld(key: PublicKey, { since, until }: Pick<RegisteredKey, 'since' | 'until'>, height: Height): boolean {
    const { registered, retired } = this.#keys;
    return !(since === height && !registered.has(key)) && !(until === height && retired.has(key));
  }
}

/** As execution had it: a key is one identity's for good, but was nobody's before it was registered. */
function senderOf(
  state: StateView,
  passed: KeysPassed,
  height: Height,
  { body }: Transaction,
  outcome: Outcome,
): string | undefined {
  if (outcome.status === 'failed' && outcome.rejection.code === 'unknown-sender') return undefined;
  const registration = readKey(state, body.sender);
  if (registration !== undefined && !passed.isHeld(body.sender, registration, height)) return undefined;
  return holderOfKeyAt(state, body.sender, height);
}

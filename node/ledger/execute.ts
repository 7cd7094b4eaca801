/**
 * Execution of an ordered batch: the same batch on the same state yields the same block, on every node, after
 * any restart and after a snapshot. Nothing about views, votes, clocks or other nodes goes in (design, section 2).
 */
import { fromHex } from '../../shared/codec/hex.ts';
import {
  encodeEvents,
  encodeHeader,
  encodeOutcome,
  eventsDigest,
  headerHash,
  validatorSetDigest,
} from '../../shared/codec/ledger.ts';
import { appendLeaf, frontierRoot, merkleRoot } from '../../shared/crypto/merkle.ts';
import type { Digest, PublicKey, TransactionId } from '../../shared/types/brands.ts';
import type { Boundary, Membership } from '../../shared/types/epochs.ts';
import type {
  CborValue,
  Header,
  LedgerEvent,
  Outcome,
  Transaction,
  TransactionBody,
} from '../../shared/types/ledger.ts';
import type { ActionRules } from './action-rules.ts';
import { assert } from './assert.ts';
import { rulesOf } from './modules/all.ts';
import { readMembership } from './modules/epochs.ts';
import { type Identity, identityOfKey } from './modules/identities.ts';
import { validatorOfSender } from './modules/validator-senders.ts';
import { unknownVersion } from './protocols.ts';
import { rejection } from './rejections.ts';
import { blockSteps, type CheckSteps } from './schema/block-steps.ts';
import { closeTransition, openTransition, recordRun, type Transition } from './state-transition.ts';
import type {
  BlockInput,
  CommandContext,
  Decision,
  ExecutedBlock,
  ExecutedTransaction,
  StateView,
} from './types.ts';

/** Rules X1–X3. Throws only on a violated invariant, never because of what a transaction says. */
export function executeBlock(input: BlockInput): ExecutedBlock {
  assertMatching(input);
  const time = blockTime(input);
  const transition = openTransition(input.state, { height: input.height, time }, input.recovery);
  // A recovery comes first: the block is of the epoch that it begins.
  const membership = readMembership(input.recovery === undefined ? input.state : transition.state);
  const { protocol } = membership;
  assert(unknownVersion(protocol) === undefined, `the rules of protocol ${protocol} are known here`);
  const block: BlockUnderWay = { ...input, time, membership };
  const stepsOf = blockSteps(membership.parameters);
  const senders = createSenders(transition.state);
  const ran: ExecutedTransaction[] = [];
  const skipped: TransactionId[] = [];
  for (const transaction of input.transactions) {
    if (mayRun(block, transition, transaction)) {
      const checkSteps = stepsOf(transaction.envelope.length);
      ran.push(run(block, checkSteps, transition, senders, transaction));
    } else {
      skipped.push(transaction.id);
    }
  }
  const { opening } = transition;
  const { stateRoot, ...closed } = closeTransition(transition, input.tree);
  const header = headerOf(block, ran, stateRoot, closed.boundary);
  const headerBytes = encodeHeader(header);
  const hash = headerHash(headerBytes);
  const history = appendLeaf(input.history, fromHex(hash));
  return { height: input.height, hash, header, headerBytes, ran, skipped, opening, ...closed, history };
}

interface BlockUnderWay extends BlockInput {
  /** Of the state before it; behind a recovery, of the set that it puts in its place. */
  readonly membership: Membership;
  /** Block time. */
  readonly time: number;
}

function assertMatching({ batch, transactions, history, height }: BlockInput): void {
  assert(transactions.length === batch.ids.length, 'there is a transaction for each id of the batch');
  assert(
    transactions.every((transaction, index) => transaction.id === batch.ids[index]),
    'transactions come in the order of the batch',
  );
  assert(history.size === height, 'history covers the blocks below this height');
}

/** Rule X1. The null batch has time 0. */
export function blockTime({ batch, parent }: Pick<BlockInput, 'batch' | 'parent'>): number {
  return Math.max(batch.time, parent.time);
}

/** Rule X2: by state and block time alone. */
function mayRun(
  { membership: { parameters }, time }: BlockUnderWay,
  { pairs }: Transition,
  { body }: Transaction,
): boolean {
  const latest = time + parameters.lifetimeMs + parameters.driftMs;
  return time < body.expiresAt && body.expiresAt <= latest && !pairs.has(body.sender, body.nonce);
}

/** Rule X3: it runs, and what is refused is recorded with its reason. */
function run(
  block: BlockUnderWay,
  checkSteps: CheckSteps,
  transition: Transition,
  senders: Senders,
  transaction: Transaction,
): ExecutedTransaction {
  const { id, body } = transaction;
  const identity = senders.find(body.sender);
  const { network, membership, height, time, verifySignature } = block;
  const context = {
    network,
    epoch: membership.epoch,
    height,
    time,
    transaction: id,
    checkSteps,
    ...(verifySignature && { verifySignature }),
  };
  const decision = decideTransaction(transition.state, membership.protocol, context, identity, transaction);
  const events = decision.ok ? decision.events : [];
  const eventsBytes = encodeEvents(events);
  const pair = { id, sender: body.sender, nonce: body.nonce, expiresAt: body.expiresAt };
  recordRun(transition, pair, events, eventsBytes);
  senders.changedBy(events);
  const outcome: Outcome = decision.ok
    ? { transaction: id, status: 'succeeded', events: eventsDigest(eventsBytes) }
    : { transaction: id, status: 'failed', rejection: decision.rejection };
  const outcomeBytes = encodeOutcome(outcome);
  const executed = { transaction, outcome, outcomeBytes, events, eventsBytes };
  return identity === undefined ? executed : { ...executed, sender: identity.id };
}

/** What is decided about a transaction by the rules of a protocol, after the questions that concern every action. */
export function decideTransaction(
  state: StateView,
  protocol: number,
  context: Omit<CommandContext, 'identity'>,
  identity: Identity | undefined,
  { body }: Transaction,
): Decision {
  const { sender, action, args } = body;
  const rules = rulesOf(protocol, action);
  if (rules?.senders === 'validators') return decideOfValidator(state, context, rules, body);
  if (identity === undefined) return refuse({ code: 'unknown-sender', facts: { sender } });
  if (identity.status !== 'active') {
    return refuse({
      code: 'identity-not-active',
      facts: { identity: identity.id, status: identity.status },
    });
  }
  if (rules === undefined) return refuse({ code: 'unknown-action', facts: { action } });
  return decideWellFormed(state, { ...context, identity }, rules, action, args);
}

/** A validator acts by its consensus key, which is no identity (design, section 6), or by that of the next epoch. */
function decideOfValidator(
  state: StateView,
  context: Omit<CommandContext, 'identity'>,
  rules: ActionRules,
  { sender, action, args }: TransactionBody,
): Decision {
  const validator = validatorOfSender(state, sender, action);
  if (validator === undefined) return refuse({ code: 'not-a-validator', facts: { sender, action } });
  const identity = { id: validator.id, member: validator.member, roles: [] };
  return decideWellFormed(state, { ...context, identity }, rules, action, args);
}

function decideWellFormed(
  state: StateView,
  context: CommandContext,
  { form, decide }: ActionRules,
  action: string,
  args: CborValue,
): Decision {
  const malformed = form(args);
  if (malformed !== undefined) return { ok: false, rejection: malformed };
  return decide(state, context, action, args);
}

function refuse(reason: Parameters<typeof rejection>[0]): Decision {
  return { ok: false, rejection: rejection(reason) };
}

interface Senders {
  find(key: PublicKey): Identity | undefined;
  changedBy(events: readonly LedgerEvent[]): void;
}

/** Identities as the block sees them: a sender is read once, until an event about identities or their members. */
function createSenders(state: StateView): Senders {
  const known = new Map<PublicKey, Identity | undefined>();
  return {
    find: (key) => {
      if (!known.has(key)) known.set(key, identityOfKey(state, key));
      return known.get(key);
    },
    changedBy: (events) => {
      if (events.some(({ type }) => type.startsWith('identities.') || type.startsWith('members.')))
        known.clear();
    },
  };
}

/** Rule E2: only the last block of an epoch names another epoch and set to follow it. */
function headerOf(
  input: BlockUnderWay,
  ran: readonly ExecutedTransaction[],
  state: Digest,
  boundary: Boundary,
): Header {
  const { epoch } = input.membership;
  const validators = validatorSetDigest(input.membership.validators);
  const next = boundary.kind === 'handover' ? boundary.next : undefined;
  return {
    version: 1,
    network: input.network,
    epoch,
    nextEpoch: next?.epoch ?? epoch,
    height: input.height,
    parent: input.parent.hash,
    time: input.time,
    proposer: input.batch.proposer,
    batch: input.batchDigest,
    transactions: merkleRoot(ran.map(({ transaction }) => fromHex(transaction.id))),
    outcomes: merkleRoot(ran.map(({ outcomeBytes }) => outcomeBytes)),
    state,
    history: frontierRoot(input.history),
    validators,
    nextValidators: next === undefined ? validators : validatorSetDigest(next.validators),
  };
}

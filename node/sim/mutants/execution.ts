/** Bugs in executing and in waiting for it (rules X1–X3, F2, N7). */
import type { Mutant } from './types.ts';

export const executionMutants: readonly Mutant[] = [
  {
    name: 'duplicate skipped by the index instead of by state',
    rules: ['X2'],
    file: 'node/ledger/execute.ts',
    find: `  { membership: { parameters }, time }: BlockUnderWay,
  { pairs }: Transition,
  { body }: Transaction,
): boolean {
  const latest = time + parameters.lifetimeMs + parameters.driftMs;
  return time < body.expiresAt && body.expiresAt <= latest && !pairs.has(body.sender, body.nonce);`,
    replace: `  { membership: { parameters }, time, state }: BlockUnderWay,
  _transition: Transition,
  { id, body }: Transaction,
): boolean {
  const memory = globalThis as { indexes?: WeakMap<object, Set<string>> };
  memory.indexes ??= new WeakMap();
  const index = memory.indexes.get(state) ?? new Set<string>();
  memory.indexes.set(state, index);
  const latest = time + parameters.lifetimeMs + parameters.driftMs;
  const runs = time < body.expiresAt && body.expiresAt <= latest && !index.has(id);
  if (runs) index.add(id);
  return runs;`,
    why: 'nodes that restarted or came by snapshot decide otherwise',
    profile: 'stale-proposer',
    expects: 'exactly once',
  },
  {
    name: 'pairs pruned at < instead of ≤',
    rules: ['X2'],
    file: 'node/ledger/pairs.ts',
    find: 'return (minute + 1) * minuteMs <= time;',
    replace: 'return (minute + 1) * minuteMs < time;',
    why: 'two implementations of the rule differ by one block, and with it in the state root',
    profile: 'stepping-clock',
    expects: 'blocks say what ran',
  },
  {
    name: 'a skip leaves a leaf',
    rules: ['X2'],
    file: 'node/ledger/execute.ts',
    find: 'transactions: merkleRoot(ran.map(({ transaction }) => fromHex(transaction.id))),',
    replace: 'transactions: merkleRoot(input.transactions.map(({ id }) => fromHex(id))),',
    why: 'a receipt proves what never ran',
    profile: 'stale-proposer',
    expects: 'blocks say what ran',
  },
  {
    name: 'null batch with the primary’s time',
    rules: ['X1', 'V3'],
    file: 'node/consensus/new-view.ts',
    find: 'if (digest === nullBatchDigest) return nullBatch;',
    replace: 'if (digest === nullBatchDigest) return { ...nullBatch, time: turn.now.wallMs };',
    why: 'the primary executes another batch than all others',
    expects: 'equal execution',
  },
  {
    name: 'clock stops at execution',
    rules: ['F2'],
    file: 'node/consensus/fairness.ts',
    find: `  for (const item of state.waiting.values())
    if (item.judgeAt === undefined || item.judgeAt <= state.certified.height) yield item;
  for (const [sequence, item] of state.waitingSlots) if (sequence > known) yield item;`,
    replace: `  const executed = new Set([...state.slots.values()].flatMap((slot) => slot.summary?.ids ?? []));
  for (const [id, item] of state.waiting)
    if (!executed.has(id) && (item.judgeAt === undefined || item.judgeAt <= state.certified.height)) yield item;
  for (const [sequence, item] of state.waitingSlots)
    if (sequence > Math.max(known, state.executed)) yield item;`,
    why: 'what is executed and never certified is waited for by nobody',
    profile: 'last-commit',
    note: 'hunted on one schedule that is written by hand, with random timing (last-commit.ts)',
    expects: 'progress after healing',
  },
  {
    name: 'seals ignored during view change',
    rules: ['N7'],
    file: 'node/consensus/certified.ts',
    find: 'if (isHeld(turn.state, seal.height)) logSeal',
    replace: 'if (turn.state.changingTo === undefined && isHeld(turn.state, seal.height)) logSeal',
    why: 'who asks for a view alone never certifies again',
    profile: 'some-lost',
    expects: 'progress after healing',
  },
];

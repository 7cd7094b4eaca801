/** Bugs in what travels beside envelopes: before it is ordered, once it is erased, where it is missing (rule D1). */
import type { Mutant } from './types.ts';

export const payloadMutants: readonly Mutant[] = [
  {
    name: 'PREPARE before its payloads are durable',
    rules: ['D1'],
    file: 'node/runtime/batches.ts',
    find: `payloads.fetch(open.lacking, open, transactions);
      return;`,
    replace: 'payloads.fetch(open.lacking, open, transactions);',
    why: 'the network orders what nobody can read: a liar gives bytes to nobody, and its event stands all the same',
    profile: 'payloads',
    expects: 'durable before signed',
  },
  {
    name: 'an erased payload stays',
    rules: ['D1'],
    file: 'node/runtime/payload-keeping.ts',
    find: `      for (const digest of erased) found(digest);
      erase(erased);`,
    replace: '      for (const digest of erased) found(digest);',
    why: 'the members erased it, the ledger says so, and an honest node goes on serving it',
    profile: 'payloads',
    expects: 'progress after healing',
  },
  {
    name: 'an erased payload is taken in again',
    rules: ['D1'],
    file: 'node/runtime/payloads-leaving.ts',
    find: 'const present = items.filter(({ digest }) => !isErased(digest));',
    replace: 'const present = items;',
    why: 'whoever sends the bytes once more undoes the erasure',
    test: 'node/runtime/payloads.test.ts',
    note: 'eighteen universes met no client that brings the bytes of an erased payload once more to a node that has erased it',
  },
  {
    name: 'what expired keeps its room',
    rules: ['F1', 'M3'],
    file: 'node/runtime/payload-room.ts',
    find: 'const unneeded = uses.end([...settled, ...ended]);',
    replace: 'const unneeded = uses.end([...ordered.map(({ id }) => id), ...ended]);',
    why: 'transactions that expire one after the other fill the room of whoever brought them: what its clients bring later is dropped, and honest primaries are deposed for it',
    test: 'node/runtime/payload-room.test.ts',
    note: 'the rooms of a universe are filled by nobody but a liar, whose own room it is: too little of what honest clients bring expires there',
  },
  {
    name: 'a payload that is missing is asked of nobody',
    rules: ['D1'],
    file: 'node/runtime/payload-keeping.ts',
    find: `    asked.set(payload.digest, number);
    events.want(payload);`,
    replace: '    asked.set(payload.digest, number);',
    why: 'a node that was away certifies events whose bytes it never gets',
    profile: 'payloads',
    expects: 'progress after healing',
  },
];

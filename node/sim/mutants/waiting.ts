/** Bugs in what is taken in to wait, and what starts a deadline: each makes honest replicas blame an honest primary. */
import type { Mutant } from './types.ts';

export const waitingMutants: readonly Mutant[] = [
  {
    name: 'a replaced key is a stranger',
    rules: ['F1', 'X3'],
    file: 'node/runtime/waiting-room.ts',
    find: "const isKnown = kind === 'identity' || kind === 'consensus' || isValidatorKey(sender);",
    replace:
      "const isKnown = (kind === 'identity' && readKey(state, sender)?.until === undefined) || isValidatorKey(sender);",
    why: 'any client has the primary of a sound network replaced, as often as it replaces its key',
    profile: 'client-keys',
    expects: 'honest nodes find no fault',
  },
  {
    name: 'a deadline for what others must refuse',
    rules: ['F1', 'N1'],
    file: 'node/runtime/waiting-room.ts',
    find: 'const owedExpiryMaxMs = (): number => nowOf(clock).wallMs + parametersOf(context).lifetimeMs;',
    replace: 'const owedExpiryMaxMs = (): number => Number.POSITIVE_INFINITY;',
    why: 'a validator whose clock is ahead, within the drift, leaves the view alone for one long-lived transaction',
    profile: 'blameless',
    expects: 'nobody is blamed without a fault',
  },
  {
    name: 'a promise that seems to live too long is dropped',
    rules: ['F1'],
    file: 'node/ledger/pool.ts',
    find: 'if (expiresAt > latest && !isPromised)',
    replace: 'if (expiresAt > latest)',
    why: 'what was accepted is gone after a restart if the clock was set back meanwhile',
    profile: 'client-keys',
    expects: 'promises are kept',
  },
  {
    name: 'the witness forgets nothing',
    rules: ['M3'],
    file: 'node/runtime/witness.ts',
    find: 'if (slots.size <= slotsNow()) return;',
    replace: 'return;',
    why: 'memory grows with every message that anyone signs, for as long as the node runs',
    expects: 'memory is bounded',
  },
];

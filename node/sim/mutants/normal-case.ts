/** Bugs in ordering: counting votes, the window, acceptance (rules N1–N7, M1, M3). */
import type { Mutant } from './types.ts';

export const normalCaseMutants: readonly Mutant[] = [
  {
    name: 'count a signer twice',
    rules: ['N4', 'M3'],
    file: 'node/consensus/agreement.ts',
    find: `if (slot.commits.size < needed) return;
  const votes = new Map<string, CommitMessage[]>();
  for (const byView of slot.commits.values())
    for (const message of byView.values()) {
      const key = \`\${message.vote.view}/\${message.vote.content}\`;`,
    replace: `const votes = new Map<string, CommitMessage[]>();
  for (const byView of slot.commits.values())
    for (const message of byView.values()) {
      const key = message.vote.content;`,
    why: 'COMMITs of one validator in two views count as two: less than Q decide',
    expects: 'quorums behind every step',
  },
  {
    name: 'count the primary’s own PREPARE',
    rules: ['N4'],
    file: 'node/consensus/agreement.ts',
    find: `if (slot.prepared?.view === proposal.view || slot.prepares.size < needed) return;
  const matching = [...slot.prepares.values()]
    .map((byView) => byView.get(proposal.view)?.vote)`,
    replace: `if (slot.prepared?.view === proposal.view) return;
  const matching = [proposal.vote, ...[...slot.prepares.values()].map((byView) => byView.get(proposal.view)?.vote)]`,
    why: 'one backup less than a quorum prepares: two batches can prepare in one slot',
    expects: 'quorums behind every step',
  },
  {
    name: 'f+1 where Q belongs',
    rules: ['N4'],
    file: 'node/consensus/agreement.ts',
    find: 'const needed = quorumOf(turn.state.config);',
    replace: 'const needed = Math.floor((turn.state.config.validators.length - 1) / 3) + 1;',
    why: 'two halves decide differently',
    expects: 'quorums behind every step',
  },
  {
    name: 'a NEW-VIEW from f+1',
    rules: ['V3'],
    file: 'node/consensus/new-view.ts',
    find: 'const needed = quorumOf(state.config);',
    replace: 'const needed = Math.floor((state.config.validators.length - 1) / 3) + 1;',
    why: 'what prepared elsewhere is forgotten',
    expects: 'NEW-VIEW is what it must be',
  },
  {
    name: 'accept outside the window',
    rules: ['N1'],
    file: 'node/consensus/window.ts',
    find: 'sequence <= windowTop(state);',
    replace: 'sequence <= windowTop(state) + state.config.parameters.window;',
    why: 'votes and bodies without bound; VIEW-CHANGEs that others refuse',
    profile: 'narrow-window',
    expects: 'votes inside the window',
  },
  {
    name: 'window from certified but unexecuted height',
    rules: ['N1', 'D2'],
    file: 'node/consensus/window.ts',
    find: 'state.certified.height + state.config.parameters.window,',
    replace:
      'Math.max(state.certified.height, state.highestCertificate?.height ?? 0) + state.config.parameters.window,',
    why: 'a node that cannot keep up votes further and further ahead of what it executed',
    profile: 'narrow-window',
    expects: 'votes inside the window',
  },
  {
    name: 'PREPARE or COMMIT of an old view signed after a VIEW-CHANGE',
    rules: ['N7'],
    file: 'node/consensus/intents.ts',
    find: 'state.asked = view;',
    replace: '',
    why: 'late COMMITs and the NEW-VIEW order two batches at one height without any liar',
    expects: 'no vote below a view asked for',
    note: 'changingTo forbids most such votes by itself; those remain that an earlier NEW-VIEW allows',
  },
  {
    name: 'a later message overwrites the first',
    rules: ['M3', 'W1'],
    file: 'node/consensus/message-log.ts',
    find: "if (first.vote.content === content) return 'known';\n    reportConflict(turn, first.vote, message.vote);\n    return 'conflict';",
    replace: "byView.set(view, message);\n    return first.vote.content === content ? 'known' : 'kept';",
    passages: [
      {
        file: 'node/runtime/witness.ts',
        find: 'else if (first !== message && !isBehindRecovery(slots, key, first, message)) accuse(first, message);',
        replace: 'else slots.set(key, message);',
      },
    ],
    why: 'a liar changes its mind, and nobody can show it',
    note: 'the witness of the runtime keeps the first as well, and is made to forget it, too',
    profile: 'turncoat',
    expects: 'contradictions are shown',
  },
  {
    name: 'nested signatures unchecked',
    rules: ['M1'],
    file: 'node/runtime/incoming.ts',
    find: '      nested,\n      (valid) => {',
    replace: '      [],\n      (valid) => {',
    why: 'three forged votes move everyone to a view of the liar’s choice',
    profile: 'forger',
    expects: 'NEW-VIEW is what it must be',
  },
  {
    name: 'state decides at acceptance',
    rules: ['N2'],
    file: 'node/ledger/validate.ts',
    find: 'const problem = checkTransactionForm(transaction, rules);',
    replace: `const { state, clock } = (rules as unknown as { ports: { state: StateView; clock: { wallMs(): number } } }).ports;
    const problem =
      checkTransactionForm(transaction, rules) ?? precheck(state, transaction, Math.floor(clock.wallMs()));`,
    why: 'honest primaries look guilty because their state lags',
    expects: 'honest messages are accepted',
  },
];

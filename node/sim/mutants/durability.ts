/** Bugs in what is on disk before a message leaves, and how long it stays (rules D1–D3). */
import type { Mutant } from './types.ts';

export const durabilityMutants: readonly Mutant[] = [
  {
    name: 'send before persist',
    rules: ['D1'],
    file: 'node/runtime/intents.ts',
    find: `context.ports.votes.persist(groupRecords, () => {
      persisting = false;
      if (begun === generation) signGroup(group);`,
    replace: `signGroup(group);
    context.ports.votes.persist(groupRecords, () => {
      persisting = false;`,
    why: 'a crash forgets a vote that others count: the validator votes again, differently',
    expects: 'durable before signed',
  },
  {
    name: 'COMMIT before its certificate is durable',
    rules: ['D1'],
    file: 'node/consensus/intents.ts',
    find: "restsOn: [...restsOnBatch(slot, digest, batch), { kind: 'prepared', certificate }],",
    replace: 'restsOn: restsOnBatch(slot, digest, batch),',
    why: 'a decided batch is missing in the VIEW-CHANGE after a restart',
    expects: 'durable before signed',
  },
  {
    name: 'PREPARE before bodies are durable',
    asked: 'PREPARE before bodies are durable (power loss on all)',
    rules: ['D1', 'N3'],
    file: 'node/consensus/intents.ts',
    find: `content: digest },
    restsOn: restsOnBatch(slot, digest, batch),`,
    replace: `content: digest },
    restsOn: [],`,
    why: 'after a power failure everywhere a decided batch has no bodies',
    expects: 'durable before signed',
  },
  {
    name: 'vote store pruned before the certificate is durable',
    rules: ['D2'],
    file: 'node/runtime/outputs.ts',
    find: 'rooms.chain.certified(output.certificate);',
    replace: 'rooms.chain.certified(output.certificate);\n        votes.prune(output.certificate.height);',
    why: 'a crash loses votes and certificate together: the height is voted on anew',
    expects: 'durable before signed',
  },
  {
    name: 'wiped validator votes',
    rules: ['D3'],
    file: 'node/runtime/consensus-config.ts',
    find: 'registered.incarnation === incarnation',
    replace: 'true',
    why: 'a validator that forgot its votes votes again, differently',
    profile: 'wiped-disk',
    expects: 'lost votes are never replaced',
  },
  {
    name: 'seal slot includes the view',
    rules: ['D2', 'M3'],
    file: 'node/consensus/message-log.ts',
    find: 'const first = slot.seals.get(seal.sender);\n  if (first === undefined) {\n    slot.seals.set(seal.sender, seal);',
    replace:
      'const key = [seal.sender, turn.state.view].join() as never;\n  const first = slot.seals.get(key);\n  if (first === undefined) {\n    slot.seals.set(key, seal);',
    why: 'a seal that comes again in the next view counts twice',
    expects: 'certificates verify',
  },
];

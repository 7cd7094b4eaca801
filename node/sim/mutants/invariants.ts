/** The invariants of the simulator by name, and which one a claim is about. */

/** Safety: what must never be. Bookkeeping: what each replica owes the others' safety. Liveness: what must come. */
export type InvariantFamily = 'safety' | 'bookkeeping' | 'liveness';

const invariants = {
  agreement: { family: 'safety', claim: /two certified blocks|does not follow|comes back with another/ },
  'one vote per slot': { family: 'safety', claim: /signed twice/ },
  'no vote below a view asked for': { family: 'safety', claim: /after a VIEW-CHANGE for/ },
  'equal execution': { family: 'safety', claim: /state-divergence|split-execution/ },
  'exactly once': { family: 'safety', claim: /ran again/ },
  'nothing acknowledged is lost': { family: 'safety', claim: /acknowledged/ },
  'certificates verify': { family: 'safety', claim: /its certificate/ },
  'votes inside their epoch': {
    family: 'safety',
    claim: /, which (no certified|begins|ended)|in which it is no validator|signed at \d+ of epoch/,
  },
  'key and vote store of the epoch': {
    family: 'safety',
    claim: /with the key of another one|from a vote store that is not registered/,
  },
  'epochs follow from events': {
    family: 'safety',
    claim:
      /^block \d+ (approves|extends|hears|counts|ends|lets|does not let|does not end|arms|schedules|belongs|hands)/,
  },
  'durable before signed': { family: 'bookkeeping', claim: /is durable$/ },
  'quorums behind every step': {
    family: 'bookkeeping',
    claim: /commits at .* certificate|committed in one view/,
  },
  'votes inside the window': { family: 'bookkeeping', claim: /above its window/ },
  'views are left for a reason': { family: 'bookkeeping', claim: /gives up view|votes in view/ },
  'VIEW-CHANGE is complete': { family: 'bookkeeping', claim: /signs a VIEW-CHANGE/ },
  'NEW-VIEW is what it must be': { family: 'bookkeeping', claim: /NEW-VIEW for/ },
  'blocks say what ran': { family: 'bookkeeping', claim: /^block \d+ (is|of|has|ran|keeps) / },
  'honest messages are accepted': {
    family: 'bookkeeping',
    claim: /says (message-rejected|message-dropped|frame-dropped|transaction-dropped|proposed-body-invalid)/,
  },
  'honest nodes find no fault': { family: 'bookkeeping', claim: / says [a-z-]+, which cannot be/ },
  'assertions of the core': { family: 'bookkeeping', claim: /a replica throws|is broken/ },
  'bounded time and memory': { family: 'bookkeeping', claim: /does not end within|the thread ends/ },
  'lost votes are never replaced': { family: 'safety', claim: /although its votes are lost/ },
  'who is below f+1 others joins': { family: 'bookkeeping', claim: /others ask for higher ones/ },
  'NEW-VIEWs are sent again': { family: 'bookkeeping', claim: /holds the NEW-VIEW of/ },
  'NEW-VIEWs that arrive are entered': { family: 'bookkeeping', claim: /does not enter/ },
  'messages of the next epoch are held': { family: 'bookkeeping', claim: /holds nothing of epoch/ },
  'contradictions are shown': { family: 'bookkeeping', claim: /nobody has evidence/ },
  'nobody is blamed without a fault': { family: 'bookkeeping', claim: /where nothing goes wrong/ },
  'memory is bounded': { family: 'bookkeeping', claim: /more than \d+ \(rule M3\)/ },
  'promises are kept': { family: 'bookkeeping', claim: /neither certified nor expired/ },
  'epochs begin': { family: 'liveness', claim: /no new epoch|the epoch that begins at/ },
  'progress after healing': { family: 'liveness', claim: /no agreement/ },
} as const satisfies { readonly [name: string]: { family: InvariantFamily; claim: RegExp } };

export type InvariantName = keyof typeof invariants;

/** The first invariant that the claim fits; every claim of a universe fits one. */
export function invariantOf(claim: string): {
  readonly name: InvariantName;
  readonly family: InvariantFamily;
} {
  for (const [name, { family, claim: pattern }] of Object.entries(invariants))
    if (pattern.test(claim)) return { name: name as InvariantName, family };
  throw new Error(`No invariant is known for the claim: ${claim}`);
}

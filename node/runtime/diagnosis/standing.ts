/**
 * Whether a quorum is left, from the answers of several nodes. Who does not vote has no say in it as long as anybody
 * who votes answers: an idle follower sees no stall, and nobody tells it who votes.
 */
import type { CauseJson, DiagnosisJson } from '../../../shared/api/diagnosis.ts';
import type { ValidatorId } from '../../../shared/types/brands.ts';
import type { Gathered } from './across.ts';
import type { Voters } from './reach.ts';

export interface NetworkStanding {
  /** A quorum votes, and each of it that answered says that the network commits. */
  readonly commits: boolean;
  /** Set if more than n − Q are out of reach or do not vote: then the next transaction would not commit. */
  readonly absence?: Voters;
}

type Missing = Voters['missing'][number];

export function standingOf({ answers, silent }: Pick<Gathered, 'answers' | 'silent'>): NetworkStanding {
  const diagnoses = answers.map(({ diagnosis }) => diagnosis);
  // Who only reads its disk knows no set; the one that got furthest knows the newest.
  const [furthest] = diagnoses.filter(knowsSet).sort((a, b) => b.height - a.height);
  if (furthest === undefined) return { commits: diagnoses.some(({ commits }) => commits) };
  const { n, q } = furthest.quorum;
  const own = new Map(diagnoses.map((one) => [one.node, one]));
  const tellers = diagnoses.some(votes) ? diagnoses.filter(votes) : diagnoses;
  const views = tellers.filter(knowsSet).map((teller) => ({ teller, lacks: lackedBy(teller) }));
  const missing: Missing[] = [];
  const notVoting: ValidatorId[] = [];
  let committing = 0;
  for (const { validator: name } of furthest.current.ballots) {
    const validator = name as ValidatorId;
    const answer = own.get(validator);
    if (answer !== undefined) {
      if (!votes(answer)) notVoting.push(validator);
      else if (answer.commits) committing += 1;
    } else if (views.some(({ lacks }) => !lacks.has(validator))) {
      if (views.some(({ teller, lacks }) => teller.commits && !lacks.has(validator))) committing += 1;
    } else {
      const [lack] = views.flatMap(({ lacks }) => lacks.get(validator) ?? []);
      if (lack === 'not-voting') notVoting.push(validator);
      else missing.push(lack ?? unheard(validator, silent));
    }
  }
  const voting = n - missing.length - notVoting.length;
  return { commits: committing >= q, ...(voting < q && { absence: { n, voting, missing, notVoting } }) };
}

const knowsSet = ({ current }: DiagnosisJson): boolean => current.ballots.length > 0;

export const isOfSet = ({ node, current }: DiagnosisJson): boolean =>
  !knowsSet({ current } as DiagnosisJson) || current.ballots.some(({ validator }) => validator === node);

/** An older version does not say so by itself. */
const votes = (diagnosis: DiagnosisJson): boolean =>
  diagnosis.votes ??
  (diagnosis.current.ballots.some(({ validator }) => validator === diagnosis.node) &&
    !diagnosis.causes.some(({ code }) => code === 'votes-lost' || code === 'node-starting'));

/** The validators that a node cannot reach, or hears and sees not voting. */
function lackedBy({ causes }: DiagnosisJson): ReadonlyMap<string, Missing | 'not-voting'> {
  return new Map(causes.flatMap(lacksIn));
}

function lacksIn(cause: CauseJson): readonly (readonly [string, Missing | 'not-voting'])[] {
  switch (cause.code) {
    case 'quorum-unreachable':
      return cause.facts.missing.map((one) => [one.validator, one as Missing]);
    case 'validator-unreachable':
      return [[cause.facts.validator, cause.facts as Missing]];
    case 'quorum-not-voting':
      return [
        ...cause.facts.missing.map((one) => [one.validator, one as Missing] as const),
        ...cause.facts.notVoting.map((validator) => [validator, 'not-voting'] as const),
      ];
    case 'validator-not-voting':
      return [[cause.facts.validator, 'not-voting']];
    default:
      return [];
  }
}

const unheard = (validator: ValidatorId, silent: Gathered['silent']): Missing => ({
  validator,
  reason: silent.find((one) => one.validator === validator)?.reason ?? 'nobody who answered reaches it',
});

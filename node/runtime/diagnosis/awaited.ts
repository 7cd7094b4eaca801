/** Whose message the next step of the protocol waits for: it follows from what is held. */
import type { DiagnosisJson } from '../../../shared/api/diagnosis.ts';
import { quorum } from '../../../shared/protocol/quorum.ts';
import type { ValidatorId } from '../../../shared/types/brands.ts';
import type { Ballot, Observation } from '../../consensus/observe.ts';

export type Awaited = NonNullable<DiagnosisJson['current']['awaited']>;

/** undefined: nothing is under way. `owes`: something waits to be ordered. */
export function awaitedOf(observation: Observation, owes: boolean): Awaited | undefined {
  const { ballots, phase, primary, changingTo } = observation;
  const needed = quorum(ballots.length);
  if (changingTo !== undefined) return awaitedForView(observation, changingTo, needed);
  if (phase === 'executed' || phase === 'ordered') return enough(ballots, 'seal', needed);
  if (phase === 'prepared') return enough(ballots, 'commit', needed);
  if (phase === 'pre-prepared') return enough(ballots, 'prepare', needed - 1);
  return owes ? { message: 'pre-prepare', from: [primary] } : undefined;
}

function enough(
  ballots: readonly Ballot[],
  message: 'prepare' | 'commit' | 'seal',
  needed: number,
): Awaited | undefined {
  const held = ballots.filter((ballot) => ballot[message] === 'held').length;
  const from = ballots.filter((ballot) => ballot[message] === 'missing').map(({ validator }) => validator);
  return held >= needed || from.length === 0 ? undefined : { message, from };
}

export const askingFor = (observation: Observation, view: number): readonly ValidatorId[] =>
  observation.ballots.filter(({ viewChange }) => (viewChange ?? 0) >= view).map(({ validator }) => validator);

function awaitedForView(observation: Observation, view: number, needed: number): Awaited {
  const asking = askingFor(observation, view);
  const { ballots, nextPrimary, primary } = observation;
  if (asking.length >= needed) return { message: 'new-view', from: [nextPrimary ?? primary] };
  const from = ballots.map(({ validator }) => validator).filter((id) => !asking.includes(id));
  return { message: 'view-change', from };
}

/**
 * What parameters of a running network may become: bounds that links and memory rest on, and relations without which
 * honest validators would suspect one another. All replicas must agree on them: they belong to the protocol version.
 */
import { type NetworkParameters, parameterNames } from '../../../shared/types/parameters.ts';
import { parameterBounds } from '../limits.ts';
import type { DecidedRejection } from '../rejections.ts';

type Name = keyof NetworkParameters;

/** `low · factor` is at most `high`. */
interface Relation {
  readonly low: Name;
  readonly high: Name;
  readonly factor: number;
}
const relations: readonly Relation[] = [
  // Else no batch could take the largest envelope.
  { low: 'envelopeBytesMax', high: 'batchBytesMax', factor: 1 },
  // One heartbeat that is late, or lost with its link, is no silence.
  { low: 'heartbeatMs', high: 'primarySilenceMs', factor: 2 },
  { low: 'viewTimeoutMs', high: 'viewTimeoutMaxMs', factor: 1 },
  // An idle network is driven by one empty batch per heartbeat, within the deadline of what waits (rules E3, F2).
  { low: 'heartbeatMs', high: 'waitingTimeoutMs', factor: 2 },
];

/** Only what is set is judged: a network founded with other relations is not stuck with them. */
export function parameterProblem(
  current: NetworkParameters,
  set: Partial<NetworkParameters>,
): DecidedRejection | undefined {
  const names = parameterNames.filter((name) => set[name] !== undefined);
  const next = { ...current, ...set };
  if (names.every((name) => next[name] === current[name]))
    return { code: 'parameter-unchanged', facts: { parameters: names } };
  return boundsProblem(names, next) ?? relationsProblem(names, next);
}

function boundsProblem(names: readonly Name[], next: NetworkParameters): DecidedRejection | undefined {
  for (const parameter of names) {
    const [min, max] = parameterBounds[parameter];
    const value = next[parameter];
    if (!Number.isSafeInteger(value) || value < min || value > max)
      return outOfRange(parameter, value, `from ${min} to ${max}`);
  }
  return undefined;
}

function relationsProblem(names: readonly Name[], next: NetworkParameters): DecidedRejection | undefined {
  for (const { low, high, factor } of relations) {
    if (!names.includes(low) && !names.includes(high)) continue;
    if (next[low] * factor <= next[high]) continue;
    return names.includes(low)
      ? outOfRange(low, next[low], `at most ${Math.floor(next[high] / factor)}, as ${high} is ${next[high]}`)
      : outOfRange(high, next[high], `at least ${next[low] * factor}, as ${low} is ${next[low]}`);
  }
  return undefined;
}

function outOfRange(parameter: Name, value: number, expected: string): DecidedRejection {
  return { code: 'parameter-out-of-range', facts: { parameter, value, expected } };
}

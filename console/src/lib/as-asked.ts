import { GatewayError } from './gateway-error.ts';

/**
 * A node may answer with something that is sound but is not what was asked for: the page would show it, and prove
 * it, under the name of the other. @throws GatewayError
 */
export function asAsked<Answer>(
  asked: string,
  answer: Answer,
  namesOf: (answer: Answer) => readonly string[],
): Answer {
  const names = namesOf(answer);
  if (names.includes(asked)) return answer;
  throw GatewayError.badAnswer(asked, `the answer is about ${names.join(', ')}.`);
}

/** The one message that a subscriber sends. */
import { type SubscribeMessage, subscribeMessageSchema } from '../../../shared/api.ts';
import { checked } from '../http/checked-request.ts';
import { ProblemError } from '../http/problem-error.ts';

/** @throws ProblemError `malformed-json`, `invalid-request` */
export function readSubscribe(text: string): SubscribeMessage {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ProblemError('malformed-json', 'The message is not valid JSON.', { reason });
  }
  return checked(subscribeMessageSchema, value, 'body');
}

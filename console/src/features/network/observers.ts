import type { MatrixJson, ValidatorsJson } from '../../../../shared/api.ts';
import { GatewayError, isSignInRequired } from '../../lib/gateway-error.ts';

export type MatrixRow = MatrixJson['rows'][number];

/** What one node says of all others; or why it says nothing. */
export interface Observer {
  readonly validator: string;
  readonly origin: string;
  /** Keyed by the validator that is seen. */
  readonly sees?: ReadonlyMap<string, MatrixRow>;
  readonly silence?: 'not-signed-in' | 'asking' | 'no-answer' | 'role-missing';
}

interface Answer {
  readonly data: MatrixJson | undefined;
  readonly error: Error | null;
}

/** Origin of a validator's gateway; the chosen gateway answers for its own node under whatever address it has. */
export function originOf(
  { id, gateway }: Pick<ValidatorsJson['validators'][number], 'id' | 'gateway'>,
  chosen: { readonly node: string | undefined; readonly origin: string },
): string {
  if (id === chosen.node) return chosen.origin;
  return URL.canParse(gateway) ? new URL(gateway).origin : '';
}

/** An answer that stays away hides the one before: what nobody says now is not shown as if it were. */
export function observerOf(validator: string, origin: string, answer: Answer | undefined): Observer {
  if (answer === undefined) return { validator, origin, silence: 'not-signed-in' };
  const { data, error } = answer;
  if (error !== null) return { validator, origin, silence: silenceOf(error) };
  if (data === undefined) return { validator, origin, silence: 'asking' };
  return { validator, origin, sees: new Map(data.rows.map((row) => [row.validator, row])) };
}

function silenceOf(error: Error): NonNullable<Observer['silence']> {
  if (isSignInRequired(error)) return 'not-signed-in';
  return error instanceof GatewayError && error.code === 'role-missing' ? 'role-missing' : 'no-answer';
}

/** Actions of a proposal in a file: YAML, or JSON, which is YAML. Keys in hex, proofs of possession in base64url. */
import { z } from 'zod';
import type { GovernedActionJson } from '../../../shared/api.ts';
import { actionKinds } from '../../../shared/types/governance.ts';
import { parseYaml, readConfigText } from '../../config/yaml-file.ts';
import { usageError } from '../cli-error.ts';
import { isExact } from '../json-argument.ts';
import { durationMs } from './duration.ts';

const schema = z.strictObject({
  reason: z.string().optional(),
  expires: z
    .string()
    .refine((text) => durationMs(text) !== undefined, 'a duration such as 12h or 7d')
    .optional(),
  actions: z
    .array(z.strictObject({ kind: z.enum(actionKinds), args: z.record(z.string(), z.unknown()) }))
    .min(1, 'one action or more')
    .max(16, '16 actions at most'),
});

export interface ActionsFile {
  readonly actions: readonly GovernedActionJson[];
  readonly reason?: string;
  readonly expiresMs?: number;
}

/** @throws ConfigError, CliError */
export function readActionsFile(file: string): ActionsFile {
  const { value } = parseYaml(file, readConfigText(file), schema);
  const inexact = value.actions.findIndex((action) => !isExact(action.args));
  if (inexact >= 0) {
    const next = 'Write whole numbers up to 2^53−1, and hex digits in quotes.';
    const headline = `An argument of action ${inexact + 1} is no number that can be recorded.`;
    throw usageError('number-too-large', headline, { file, action: inexact + 1 }, next);
  }
  const expiresMs = value.expires === undefined ? undefined : durationMs(value.expires);
  return {
    actions: value.actions,
    ...(value.reason !== undefined && { reason: value.reason }),
    ...(expiresMs !== undefined && { expiresMs }),
  };
}

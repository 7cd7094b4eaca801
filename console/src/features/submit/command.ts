/** From what was typed to the action and arguments that are signed, or what is wrong with it. */
import { governedArgsOfJson } from '../../../../shared/api/governed-args.ts';
import type { CborValue } from '../../../../shared/types/ledger.ts';
import { type AssetForm, assetCommandOf } from './asset-command.ts';
import { labelsOf, referencesOf } from './event-extras.ts';
import { bytesOf, type Problems, present } from './problems.ts';

/** Well below the ten minutes that a network allows, and long enough for a slow moment. */
export const lifetimeMs = 120_000;

export interface AppendForm {
  readonly kind: 'append';
  readonly stream: string;
  readonly type: string;
  /** JSON text. */
  readonly data: string;
  /** Empty for no condition; −1 if the stream must not exist yet. */
  readonly expectedRevision: string;
  /** `name=value`, one a line; may be empty. */
  readonly labels: string;
  /** One a line; may be empty. */
  readonly references: string;
  readonly eventId: string;
}

/** Any action, with its arguments as they are. */
export interface RawForm {
  readonly kind: 'raw';
  readonly action: string;
  /** JSON text. */
  readonly args: string;
}

export type CommandForm = AppendForm | AssetForm | RawForm;
export type CommandResult =
  | { readonly ok: true; readonly action: string; readonly args: CborValue }
  | { readonly ok: false; readonly problems: Problems };

export function commandOf(form: CommandForm): CommandResult {
  switch (form.kind) {
    case 'append':
      return appendOf(form);
    case 'asset':
      return assetCommandOf(form);
    case 'raw':
      return rawOf(form);
  }
}

function appendOf(form: AppendForm): CommandResult {
  const stream = form.stream.trim().normalize('NFC');
  const bytes = bytesOf(stream);
  const data = parseJson(form.data);
  const revision = revisionOf(form.expectedRevision);
  const labels = labelsOf(form.labels);
  const problems = present({
    stream: bytes < 1 || bytes > 200 ? 'A stream name has 1 to 200 bytes.' : undefined,
    type: form.type.trim() === '' ? 'Name what happened, such as delivered.' : undefined,
    data: data === undefined ? 'This is not valid JSON.' : undefined,
    expectedRevision: revision === undefined ? 'A whole number from −1, or empty.' : undefined,
    labels: labels === undefined ? 'Lines such as port=Antwerp, each name once.' : undefined,
  });
  const isWhole = data !== undefined && revision !== undefined && labels !== undefined;
  if (!isWhole || Object.keys(problems).length > 0) return { ok: false, problems };
  const event = {
    eventId: form.eventId,
    type: form.type.trim(),
    data: data.value,
    labels,
    references: referencesOf(form.references),
  };
  return {
    ok: true,
    action: 'streams.append',
    args: { stream, expectedRevision: revision, events: [event] },
  };
}

/** The arguments of an append of one event, with its payload. */
export function withPayload(args: CborValue, payload: CborValue): CborValue {
  const { events, ...rest } = args as { readonly events: readonly { readonly [name: string]: CborValue }[] };
  return { ...rest, events: events.map((event) => ({ ...event, payload })) };
}

/** Keys in hex and proofs in base64url become bytes, as in every JSON of this API; the rest is taken as it stands. */
function rawOf(form: RawForm): CommandResult {
  const action = form.action.trim();
  const args = parseJson(form.args)?.value;
  const isMap = args !== undefined && typeof args === 'object' && args !== null && !Array.isArray(args);
  const problems = present({
    action: actionPattern.test(action) ? undefined : 'A module and a verb, such as assets.issue.',
    args: !isMap
      ? 'A JSON object.'
      : isExact(args)
        ? undefined
        : 'A number above 2^53−1 would be rounded; sign it with the command line.',
  });
  if (!isMap || Object.keys(problems).length > 0) return { ok: false, problems };
  return { ok: true, action, args: governedArgsOfJson(args as { readonly [name: string]: unknown }) };
}

const actionPattern = /^[a-z]+(-[a-z]+)*\.[a-z]+(-[a-z]+)*$/;

/** JSON.parse rounds what no double holds. */
function isExact(value: unknown): boolean {
  if (typeof value === 'number') return !Number.isInteger(value) || Number.isSafeInteger(value);
  if (typeof value !== 'object' || value === null) return true;
  return Object.values(value).every(isExact);
}

function revisionOf(text: string): number | 'any' | undefined {
  const trimmed = text.trim().replace('−', '-');
  if (trimmed === '') return 'any';
  return /^(-1|0|[1-9][0-9]{0,14})$/.test(trimmed) ? Number(trimmed) : undefined;
}

function parseJson(text: string): { readonly value: CborValue } | undefined {
  try {
    return { value: JSON.parse(text) as CborValue };
  } catch {
    return undefined;
  }
}

/** From what was typed to the action and arguments that are signed, or what is wrong with it. */
import { assetIdPattern, identityIdPattern } from '../../../../shared/codec/ids.ts';
import type { CborValue } from '../../../../shared/types/ledger.ts';

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
  readonly eventId: string;
}

export interface TransferForm {
  readonly kind: 'transfer';
  readonly asset: string;
  readonly to: string;
  readonly amount: string;
}

export type CommandForm = AppendForm | TransferForm;
export type Problems = { readonly [field: string]: string };
export type CommandResult =
  | { readonly ok: true; readonly action: string; readonly args: CborValue }
  | { readonly ok: false; readonly problems: Problems };

const amountMax = 18_446_744_073_709_551_615n;

export function commandOf(form: CommandForm): CommandResult {
  return form.kind === 'append' ? appendOf(form) : transferOf(form);
}

function appendOf(form: AppendForm): CommandResult {
  const stream = form.stream.trim().normalize('NFC');
  const bytes = new TextEncoder().encode(stream).length;
  const data = parseJson(form.data);
  const revision = revisionOf(form.expectedRevision);
  const problems = present({
    stream: bytes < 1 || bytes > 200 ? 'A stream name has 1 to 200 bytes.' : undefined,
    type: form.type.trim() === '' ? 'Name what happened, such as delivered.' : undefined,
    data: data === undefined ? 'This is not valid JSON.' : undefined,
    expectedRevision: revision === undefined ? 'A whole number from −1, or empty.' : undefined,
  });
  if (data === undefined || revision === undefined || Object.keys(problems).length > 0)
    return { ok: false, problems };
  const event = {
    eventId: form.eventId,
    type: form.type.trim(),
    data: data.value,
    labels: {},
    references: [],
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

function transferOf(form: TransferForm): CommandResult {
  const asset = form.asset.trim();
  const to = form.to.trim();
  const amount = /^[1-9][0-9]{0,19}$/.test(form.amount.trim()) ? BigInt(form.amount.trim()) : undefined;
  const isAmount = amount !== undefined && amount <= amountMax;
  const problems = present({
    asset: assetIdPattern.test(asset)
      ? undefined
      : 'An asset id has 1 to 64 small letters, digits, dots or dashes.',
    to: identityIdPattern.test(to) ? undefined : 'An identity id, such as acme.treasury.',
    amount: isAmount ? undefined : 'A whole number of the smallest unit, from 1 to 2^64−1.',
  });
  if (!isAmount || Object.keys(problems).length > 0) return { ok: false, problems };
  return { ok: true, action: 'assets.transfer', args: { asset, to, amount: integerOf(amount) } };
}

/** CBOR integers up to 2^53−1 are numbers in memory, larger ones bigint. */
const integerOf = (amount: bigint): number | bigint =>
  amount <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(amount) : amount;

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

function present(problems: { readonly [field: string]: string | undefined }): Problems {
  return Object.fromEntries(
    Object.entries(problems).flatMap(([field, text]) => (text ? [[field, text]] : [])),
  );
}

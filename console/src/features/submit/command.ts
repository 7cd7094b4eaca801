/** From what was typed to the action and arguments that are signed, or what is wrong with it. */
import { governedArgsOfJson } from '../../../../shared/api/governed-args.ts';
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
  /** Empty for none; the ledger takes one from protocol `memoProtocol` on. */
  readonly memo: string;
}

/** Any action, with its arguments as they are. */
export interface RawForm {
  readonly kind: 'raw';
  readonly action: string;
  /** JSON text. */
  readonly args: string;
}

export type CommandForm = AppendForm | TransferForm | RawForm;
export type Problems = { readonly [field: string]: string };
export type CommandResult =
  | { readonly ok: true; readonly action: string; readonly args: CborValue }
  | { readonly ok: false; readonly problems: Problems };

/** The first protocol in which an amount that moves may carry a memo. */
export const memoProtocol = 2;
const memoBytesMax = 200;
const amountMax = 18_446_744_073_709_551_615n;

export function commandOf(form: CommandForm): CommandResult {
  switch (form.kind) {
    case 'append':
      return appendOf(form);
    case 'transfer':
      return transferOf(form);
    case 'raw':
      return rawOf(form);
  }
}

function appendOf(form: AppendForm): CommandResult {
  const stream = form.stream.trim().normalize('NFC');
  const bytes = bytesOf(stream);
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
  const memo = form.memo.trim().normalize('NFC');
  const isAmount = amount !== undefined && amount <= amountMax;
  const problems = present({
    asset: assetIdPattern.test(asset)
      ? undefined
      : 'An asset id has 1 to 64 small letters, digits, dots or dashes.',
    to: identityIdPattern.test(to) ? undefined : 'An identity id, such as acme.treasury.',
    amount: isAmount ? undefined : 'A whole number of the smallest unit, from 1 to 2^64−1.',
    memo: bytesOf(memo) > memoBytesMax ? `A memo has up to ${memoBytesMax} bytes.` : undefined,
  });
  if (!isAmount || Object.keys(problems).length > 0) return { ok: false, problems };
  const args = { asset, to, amount: integerOf(amount), ...(memo === '' ? {} : { memo }) };
  return { ok: true, action: 'assets.transfer', args };
}

const bytesOf = (text: string): number => new TextEncoder().encode(text).length;

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

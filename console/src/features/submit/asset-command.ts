/** From what was typed about an asset to the action that is signed, or what is wrong with it. */
import { assetIdPattern, identityIdPattern } from '../../../../shared/codec/ids.ts';
import type { CommandResult } from './command.ts';
import { bytesOf, present } from './problems.ts';

export const assetVerbs = ['transfer', 'issue', 'burn', 'define'] as const;
export type AssetVerb = (typeof assetVerbs)[number];

/** Text as typed; of what `fieldsOf` does not name for the verb, nothing is signed. */
export interface AssetForm {
  readonly kind: 'asset';
  readonly verb: AssetVerb;
  readonly asset: string;
  readonly to: string;
  readonly amount: string;
  /** Empty for none; the ledger takes one from protocol `memoProtocol` on. */
  readonly memo: string;
  /** Empty for none. */
  readonly name: string;
  readonly decimals: string;
}

export type AssetField = Exclude<keyof AssetForm, 'kind' | 'verb'>;

/** The first protocol in which an amount that moves may carry a memo. */
export const memoProtocol = 2;

const memoBytesMax = 200;
const nameBytesMax = 200;
const decimalsMax = 30;
const amountMax = 18_446_744_073_709_551_615n;

const fields: { readonly [verb in AssetVerb]: readonly AssetField[] } = {
  transfer: ['asset', 'to', 'amount', 'memo'],
  issue: ['asset', 'to', 'amount', 'memo'],
  burn: ['asset', 'amount', 'memo'],
  define: ['asset', 'name', 'decimals'],
};

/** What is asked for, in this order. */
export const fieldsOf = (verb: AssetVerb, takesMemo: boolean): readonly AssetField[] =>
  takesMemo ? fields[verb] : fields[verb].filter((field) => field !== 'memo');

export function assetCommandOf(form: AssetForm): CommandResult {
  const { verb } = form;
  const read = fields[verb].map(
    (field) => [field, readers[field](form[field].trim().normalize('NFC'))] as const,
  );
  const problems = present(Object.fromEntries(read.map(([field, { problem }]) => [field, problem])));
  if (Object.keys(problems).length > 0) return { ok: false, problems };
  const given = read.flatMap(([field, { value }]) => (value === undefined ? [] : [[field, value] as const]));
  return { ok: true, action: `assets.${verb}`, args: Object.fromEntries(given) };
}

/** Neither of an optional one that was left empty. */
interface Read {
  readonly value?: string | number | bigint;
  readonly problem?: string;
}

const readers: { readonly [field in AssetField]: (text: string) => Read } = {
  asset: (text) =>
    assetIdPattern.test(text)
      ? { value: text }
      : { problem: 'An asset id has 1 to 64 small letters, digits, dots or dashes.' },
  to: (text) =>
    identityIdPattern.test(text) ? { value: text } : { problem: 'An identity id, such as acme.treasury.' },
  amount: (text) => {
    const amount = /^[1-9][0-9]{0,19}$/.test(text) ? BigInt(text) : undefined;
    return amount !== undefined && amount <= amountMax
      ? { value: integerOf(amount) }
      : { problem: 'A whole number of the smallest unit, from 1 to 2^64−1.' };
  },
  memo: (text) => optionalText(text, memoBytesMax, `A memo has up to ${memoBytesMax} bytes.`),
  name: (text) => optionalText(text, nameBytesMax, `A name has up to ${nameBytesMax} bytes.`),
  decimals: (text) =>
    /^(0|[1-9][0-9]?)$/.test(text) && Number(text) <= decimalsMax
      ? { value: Number(text) }
      : { problem: `A whole number from 0 to ${decimalsMax}.` },
};

function optionalText(text: string, bytesMax: number, problem: string): Read {
  if (text === '') return {};
  return bytesOf(text) > bytesMax ? { problem } : { value: text };
}

/** CBOR integers up to 2^53−1 are numbers in memory, larger ones bigint. */
const integerOf = (amount: bigint): number | bigint =>
  amount <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(amount) : amount;

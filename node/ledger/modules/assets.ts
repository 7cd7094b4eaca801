/**
 * Fungible amounts: define, issue, transfer, burn. Integers 0…2^64−1; the supply is bounded, therefore no balance
 * can overflow. Balances belong to identity ids; a balance of zero has no entry.
 */
import { assetIdPattern } from '../../../shared/codec/ids.ts';
import type { CborValue, LedgerEvent, Rejection } from '../../../shared/types/ledger.ts';
import { assert } from '../assert.ts';
import { identityId } from '../common-forms.ts';
import { argsForm, fields, integer, pattern, positiveAmount, text } from '../form.ts';
import { amountMax, limits } from '../limits.ts';
import { readRecord, writeRecord } from '../records.ts';
import { rejection } from '../rejections.ts';
import { stateKeys } from '../state-keys.ts';
import type { CommandContext, Decision, LedgerModule, StateChanges, StateView } from '../types.ts';
import { readIdentity } from './identities.ts';
import { requireWriter } from './roles.ts';

/** As CBOR has it: bigint above 2^53−1. */
type Amount = number | bigint;
type DefineArgs = { readonly asset: string; readonly name?: string; readonly decimals: number };
/** What people write beside an amount, such as the number of an invoice; taken from protocol 2 on. */
type Memo = { readonly memo?: string };
type MoveArgs = Memo & { readonly asset: string; readonly to: string; readonly amount: Amount };
type BurnArgs = Memo & { readonly asset: string; readonly amount: Amount };

export type DefinedData = DefineArgs & { readonly definer: string; readonly member: string };
export type IssuedData = MoveArgs;
export type TransferredData = MoveArgs & { readonly from: string };
export type BurnedData = BurnArgs & { readonly from: string };

export interface AssetDefinition {
  readonly asset: string;
  readonly name?: string;
  /** How many digits of an amount people read behind the point. */
  readonly decimals: number;
  /** Identity id of who defined it, and its member: these issue. */
  readonly definer: string;
  readonly member: string;
  readonly supply: bigint;
}

const assetId = pattern(assetIdPattern, '1 to 64 of a-z, 0-9, . and -, such as gold');
const moveFields = { asset: assetId, to: identityId, amount: positiveAmount };
const burnFields = { asset: assetId, amount: positiveAmount };
const memoField = { memo: { optional: text(1, limits.memoBytesMax) } };
const moveForm = argsForm(fields(moveFields));
const moveWithMemo = argsForm(fields({ ...moveFields, ...memoField }));

export const assetsModule: LedgerModule = {
  name: 'assets',
  actions: {
    'assets.define': argsForm(
      fields({
        asset: assetId,
        name: { optional: text(1, limits.assetNameBytesMax) },
        decimals: integer(0, limits.assetDecimalsMax),
      }),
    ),
    'assets.issue': moveForm,
    'assets.transfer': moveForm,
    'assets.burn': argsForm(fields(burnFields)),
  },
  revisions: [
    {
      since: 2,
      actions: {
        'assets.issue': moveWithMemo,
        'assets.transfer': moveWithMemo,
        'assets.burn': argsForm(fields({ ...burnFields, ...memoField })),
      },
    },
  ],
  decide: decideAssets,
  evolve: evolveAssets,
};

function decideAssets(state: StateView, context: CommandContext, action: string, args: CborValue): Decision {
  const refused = requireWriter(context);
  if (refused !== undefined) return { ok: false, rejection: refused };
  switch (action) {
    case 'assets.define':
      return define(state, context, args as DefineArgs);
    case 'assets.issue':
      return issue(state, context, args as MoveArgs);
    case 'assets.transfer':
      return transfer(state, context, args as MoveArgs);
    case 'assets.burn':
      return burn(state, context, args as BurnArgs);
    default:
      throw new Error(`Ledger invariant violated: assets owns no action ${action}`);
  }
}

function define(state: StateView, { identity }: CommandContext, args: DefineArgs): Decision {
  const existing = readAsset(state, args.asset);
  if (existing !== undefined) {
    return refuse(
      rejection({ code: 'asset-exists', facts: { asset: args.asset, definer: existing.definer } }),
    );
  }
  const data: DefinedData = { ...args, definer: identity.id, member: identity.member };
  return decided({ type: 'assets.defined', data });
}

function issue(state: StateView, { identity }: CommandContext, args: MoveArgs): Decision {
  const { asset, to, amount } = args;
  const definition = readAsset(state, asset);
  if (definition === undefined) return unknownAsset(asset);
  if (!mayIssue(definition, identity)) {
    const facts = { asset, identity: identity.id, definer: definition.definer, member: definition.member };
    return refuse(rejection({ code: 'not-asset-issuer', facts }));
  }
  if (readIdentity(state, to) === undefined) return unknownReceiver(to);
  if (definition.supply + BigInt(amount) > amountMax) {
    const facts = { asset, supply: definition.supply, amount, limit: amountMax };
    return refuse(rejection({ code: 'amount-overflow', facts }));
  }
  return decided({ type: 'assets.issued', data: { asset, to, amount, ...memoOf(args) } });
}

function mayIssue(definition: AssetDefinition, identity: CommandContext['identity']): boolean {
  if (identity.id === definition.definer) return true;
  const manages = identity.roles.includes('admin') || identity.roles.includes('operator');
  return manages && identity.member === definition.member;
}

function transfer(state: StateView, { identity }: CommandContext, args: MoveArgs): Decision {
  const { asset, to, amount } = args;
  if (readAsset(state, asset) === undefined) return unknownAsset(asset);
  if (readIdentity(state, to) === undefined) return unknownReceiver(to);
  const short = insufficient(state, asset, identity.id, amount);
  if (short !== undefined) return refuse(short);
  return decided({
    type: 'assets.transferred',
    data: { asset, from: identity.id, to, amount, ...memoOf(args) },
  });
}

function burn(state: StateView, { identity }: CommandContext, args: BurnArgs): Decision {
  const { asset, amount } = args;
  if (readAsset(state, asset) === undefined) return unknownAsset(asset);
  const short = insufficient(state, asset, identity.id, amount);
  if (short !== undefined) return refuse(short);
  return decided({ type: 'assets.burned', data: { asset, from: identity.id, amount, ...memoOf(args) } });
}

const memoOf = ({ memo }: Memo): Memo => (memo === undefined ? {} : { memo });

function insufficient(
  state: StateView,
  asset: string,
  identity: string,
  needed: Amount,
): Rejection | undefined {
  const balance = readBalance(state, asset, identity);
  if (balance >= BigInt(needed)) return undefined;
  return rejection({ code: 'insufficient-balance', facts: { asset, identity, balance, needed } });
}

function unknownAsset(asset: string): Decision {
  return refuse(rejection({ code: 'unknown-asset', facts: { asset } }));
}
function unknownReceiver(identity: string): Decision {
  return refuse(rejection({ code: 'unknown-identity', facts: { identity } }));
}
function refuse(refused: Rejection): Decision {
  return { ok: false, rejection: refused };
}
function decided(event: LedgerEvent): Decision {
  return { ok: true, events: [event] };
}

const folds: { readonly [type: string]: (state: StateChanges, event: LedgerEvent) => void } = {
  'assets.defined': (state, { data }) => {
    writeRecord(state, stateKeys.asset((data as DefinedData).asset), { ...data, supply: 0 });
  },
  'assets.issued': (state, event) => {
    const { asset, to, amount } = event.data as IssuedData;
    changeSupply(state, asset, BigInt(amount));
    changeBalance(state, asset, to, BigInt(amount));
  },
  'assets.transferred': (state, event) => {
    const { asset, from, to, amount } = event.data as TransferredData;
    changeBalance(state, asset, from, -BigInt(amount));
    changeBalance(state, asset, to, BigInt(amount));
  },
  'assets.burned': (state, event) => {
    const { asset, from, amount } = event.data as BurnedData;
    changeSupply(state, asset, -BigInt(amount));
    changeBalance(state, asset, from, -BigInt(amount));
  },
};

function evolveAssets(state: StateChanges, event: LedgerEvent): void {
  const fold = folds[event.type];
  assert(fold !== undefined, `assets knows no event ${event.type}`);
  fold(state, event);
}

function changeSupply(state: StateChanges, asset: string, delta: bigint): void {
  const definition = readAsset(state, asset);
  assert(definition !== undefined, `asset ${asset} is defined`);
  const supply = definition.supply + delta;
  assert(supply >= 0n && supply <= amountMax, `supply of ${asset} stays in range`);
  writeRecord(state, stateKeys.asset(asset), { ...definition, supply });
}

function changeBalance(state: StateChanges, asset: string, identity: string, delta: bigint): void {
  const balance = readBalance(state, asset, identity) + delta;
  assert(balance >= 0n && balance <= amountMax, `balance of ${identity} in ${asset} stays in range`);
  if (balance === 0n) state.delete(stateKeys.balance(asset, identity));
  else writeRecord(state, stateKeys.balance(asset, identity), balance);
}

export function readAsset(state: StateView, asset: string): AssetDefinition | undefined {
  const stored = readRecord<{ readonly [name: string]: CborValue }>(state, stateKeys.asset(asset));
  if (stored === undefined) return undefined;
  return { ...(stored as unknown as AssetDefinition), supply: BigInt(stored.supply as Amount) };
}

export function readBalance(state: StateView, asset: string, identity: string): bigint {
  return BigInt(readRecord<Amount>(state, stateKeys.balance(asset, identity)) ?? 0);
}

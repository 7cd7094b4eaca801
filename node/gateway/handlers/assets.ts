/** GET assets: which there are, and who holds how much. */
import type { AssetRowJson, AssetsJson, BalancesJson, ParamsOf, QueryOf } from '../../../shared/api.ts';
import { decodeEnvelope } from '../../../shared/codec/ledger.ts';
import { type Height, heightOf } from '../../../shared/types/brands.ts';
import { type DefinedData, readAsset } from '../../ledger/modules/assets.ts';
import { stateKeys } from '../../ledger/state-keys.ts';
import type { StateView } from '../../ledger/types.ts';
import { asOfHeight, asOfInWords } from '../as-of-height.ts';
import type { Answer, GatewayContext } from '../context.ts';
import { ProblemError } from '../http/problem-error.ts';
import { pageRequest } from '../pages.ts';
import { yieldToOthers } from '../yield-to-others.ts';

/** Definitions that are looked at before others have their turn. */
const pageRows = 100;

/** By id. What stands beside an id is of the newest certified state. */
export function listAssets(
  { queries }: GatewayContext,
  { prefix = '', order = 'oldest', ...query }: QueryOf<'assets'>,
): Answer<AssetsJson> {
  const { rows, next } = pageRequest({ ...query, order }, (page) => queries.assets(prefix, page));
  const state = queries.certifiedState();
  return {
    body: {
      height: state.height,
      rows: rows.flatMap((asset) => assetRow(state, asset)),
      ...(next === undefined ? {} : { next }),
    },
  };
}

function assetRow(state: StateView, id: string): readonly AssetRowJson[] {
  const definition = readAsset(state, id);
  if (definition === undefined) return [];
  const { asset, name, decimals, definer, member, supply } = definition;
  const named = name === undefined ? {} : { name };
  return [{ asset, ...named, decimals, definer, member, supply: supply.toString() }];
}

export async function getBalances(
  context: GatewayContext,
  { id }: ParamsOf<'balances'>,
  { asOf }: QueryOf<'balances'>,
): Promise<Answer<BalancesJson>> {
  const height = asOfHeight(context, asOf);
  const balances = context.queries.balances(id, height);
  if (balances.length === 0 && !(await wasDefined(context, id, height))) {
    const detail = `No asset is called ${id}${asOfInWords(asOf)}.`;
    throw new ProblemError('not-found', detail, { asset: id, height });
  }
  const total = balances.reduce((sum, { amount }) => sum + amount, 0n);
  return {
    body: {
      asset: id,
      height,
      total: total.toString(),
      balances: balances.map(({ identity, amount }) => ({ identity, amount: amount.toString() })),
    },
  };
}

/** State keeps no height of a definition, and of an asset that nobody holds the balances know nothing. */
async function wasDefined({ state, queries }: GatewayContext, id: string, height: Height): Promise<boolean> {
  if (state.get(stateKeys.asset(id)) === undefined) return false;
  const since = { action: 'assets.define', status: 'succeeded', fromHeight: heightOf(height + 1) } as const;
  let cursor: string | undefined;
  do {
    const page = { limit: pageRows, ascending: true, ...(cursor === undefined ? {} : { cursor }) };
    const { rows, next } = queries.transactions(since, page);
    if (rows.some(({ envelope }) => assetDefinedBy(envelope) === id)) return false;
    cursor = next;
    await yieldToOthers();
  } while (cursor !== undefined);
  return true;
}

const assetDefinedBy = (envelope: Uint8Array): string =>
  (decodeEnvelope(envelope).body.args as DefinedData).asset;

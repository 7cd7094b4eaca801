/** GET assets: which there are, and who holds how much. */
import type { AssetRowJson, AssetsJson, BalancesJson, ParamsOf, QueryOf } from '../../../shared/api.ts';
import { readAsset } from '../../ledger/modules/assets.ts';
import { stateKeys } from '../../ledger/state-keys.ts';
import type { StateView } from '../../ledger/types.ts';
import { asOfHeight } from '../as-of-height.ts';
import type { Answer, GatewayContext } from '../context.ts';
import { ProblemError } from '../http/problem-error.ts';
import { pageRequest } from '../pages.ts';

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

export function getBalances(
  context: GatewayContext,
  { id }: ParamsOf<'balances'>,
  { asOf }: QueryOf<'balances'>,
): Answer<BalancesJson> {
  const height = asOfHeight(context, asOf);
  const balances = context.queries.balances(id, height);
  const isDefined = balances.length > 0 || context.state.get(stateKeys.asset(id)) !== undefined;
  if (!isDefined) throw new ProblemError('not-found', `No asset is called ${id}.`, { asset: id });
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

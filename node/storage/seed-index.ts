/**
 * What an index can say of blocks whose bodies are not here: streams with their lengths, assets, balances. It comes from
 * the state behind these blocks. Who did what, and when, is not in state, and not in such an index.
 */
import { decode } from '../../shared/codec/dag-cbor.ts';
import type { Height } from '../../shared/types/brands.ts';
import { boundBy } from '../ledger/snapshot-bound.ts';
import { piecePath } from '../ledger/snapshot-manifest.ts';
import { stateKeys } from '../ledger/state-keys.ts';
import type { AssetIndex } from './asset-index.ts';
import type { BalanceIndex } from './balance-index.ts';
import type { StateRows } from './state-rows.ts';
import type { StreamIndex } from './stream-index.ts';

export interface SeededParts {
  readonly streams: StreamIndex;
  readonly balances: BalanceIndex;
  readonly assets: AssetIndex;
}

const pieceDepth = 8;
const assetPrefix = stateKeys.asset('');
const balancePrefix = stateKeys.balance('', '').slice(0, -1);

/** To be called inside a transaction. */
export function seedIndex({ streams, balances, assets }: SeededParts, rows: StateRows, height: Height): void {
  for (let index = 0; index < 2 ** pieceDepth; index += 1) {
    for (const [key, value] of rows.entries(piecePath(index, pieceDepth))) {
      const list = boundBy(key, value);
      if (list?.kind === 'events') streams.seed(list.stream, list.end.next, height);
      if (key.startsWith(assetPrefix)) assets.seed(key.slice(assetPrefix.length));
      if (key.startsWith(balancePrefix)) seedBalance(balances, key, value, height);
    }
  }
}

/** Neither asset nor identity ids hold a `/`. */
function seedBalance(balances: BalanceIndex, key: string, value: Uint8Array, height: Height): void {
  const [asset = '', identity = ''] = key.slice(balancePrefix.length).split('/');
  balances.seed(asset, identity, BigInt(decode(value) as number | bigint), height);
}

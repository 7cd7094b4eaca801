/** Balances of each asset now and as of any height: the amount after each block that changed it. */
import type { Height } from '../../shared/types/brands.ts';
import type { BalanceChange } from '../ledger/index-facts.ts';
import type { Database } from './database.ts';
import { damaged } from './errors.ts';
import type { IndexPart } from './index-block.ts';
import { rowCrc } from './row-crc.ts';
import type { Terms } from './terms.ts';

export interface Balance {
  readonly identity: string;
  readonly amount: bigint;
}

export interface BalanceIndex extends IndexPart {
  /** What a balance is at this height, whatever led there. To be called inside a transaction. */
  seed(asset: string, identity: string, amount: bigint, height: Height): void;
  /** Sorted by identity, without zeros. */
  of(asset: string, asOf?: Height): readonly Balance[];
}

interface BalanceRow {
  readonly identity: number;
  readonly amount: string;
  readonly crc: number;
}
interface HistoryRow {
  readonly height: number;
  readonly amount: string;
  readonly crc: number;
}
interface Changed {
  readonly asset: number;
  readonly identity: number;
  amount: bigint;
  /** The last entry is of the highest height. */
  readonly history: { readonly height: Height; amount: bigint }[];
}

export function openBalanceIndex(database: Database, file: string, terms: Terms): BalanceIndex {
  const select = database.prepare<[number, number], BalanceRow>(
    'SELECT identity, amount, crc FROM balances WHERE asset = ? AND identity = ?',
  );
  const selectAll = database.prepare<[number], BalanceRow>(
    'SELECT identity, amount, crc FROM balances WHERE asset = ?',
  );
  const selectAsOf = database.prepare<[number, number, number], HistoryRow>(
    `SELECT height, amount, crc FROM balance_history WHERE asset = ? AND identity = ? AND height <= ?
     ORDER BY height DESC LIMIT 1`,
  );
  const put = database.prepare('INSERT OR REPLACE INTO balances VALUES (?, ?, ?, ?)');
  const insertHistory = database.prepare('INSERT INTO balance_history VALUES (?, ?, ?, ?, ?)');
  let pending = new Map<string, Changed>();

  function change(height: Height, { asset, identity, delta }: BalanceChange): void {
    const changed = changedBalance(asset, identity);
    changed.amount += delta;
    const last = changed.history.at(-1);
    if (last?.height === height) last.amount = changed.amount;
    else changed.history.push({ height, amount: changed.amount });
  }

  function changedBalance(asset: string, identity: string): Changed {
    const key = `${asset}/${identity}`;
    const known = pending.get(key);
    if (known !== undefined) return known;
    const ids = { asset: terms.intern('asset', asset), identity: terms.intern('receiver', identity) };
    const row = select.get(ids.asset, ids.identity);
    const fresh = { ...ids, amount: row === undefined ? 0n : current(ids.asset, row), history: [] };
    pending.set(key, fresh);
    return fresh;
  }

  function current(asset: number, { identity, amount, crc }: BalanceRow): bigint {
    if (rowCrc('balances', asset, identity, amount) !== crc)
      throw damaged(file, 'balances', `${asset}/${identity}`);
    return BigInt(amount);
  }

  function atHeight(asset: number, identity: number, asOf: Height): bigint {
    const row = selectAsOf.get(asset, identity, asOf);
    if (row === undefined) return 0n;
    if (rowCrc('balance_history', asset, identity, row.height, row.amount) !== row.crc)
      throw damaged(file, 'balance_history', `${asset}/${identity}/${row.height}`);
    return BigInt(row.amount);
  }

  function write({ asset, identity, amount, history }: Changed): void {
    put.run(asset, identity, String(amount), rowCrc('balances', asset, identity, String(amount)));
    for (const { height, amount: then } of history) {
      const crc = rowCrc('balance_history', asset, identity, height, String(then));
      insertHistory.run(asset, identity, height, String(then), crc);
    }
  }

  return {
    add({ height, transactions }) {
      for (const { balanceChanges } of transactions)
        for (const balanceChange of balanceChanges) change(height, balanceChange);
    },
    write() {
      for (const changed of pending.values()) write(changed);
      pending = new Map();
    },
    seed(asset, identity, amount, height) {
      const ids = { asset: terms.intern('asset', asset), identity: terms.intern('receiver', identity) };
      write({ ...ids, amount, history: [{ height, amount }] });
    },
    of(name, asOf) {
      const asset = terms.find('asset', name);
      if (asset === undefined) return [];
      return selectAll
        .all(asset)
        .map((row) => ({
          identity: terms.text(row.identity),
          amount: asOf === undefined ? current(asset, row) : atHeight(asset, row.identity, asOf),
        }))
        .filter(({ amount }) => amount !== 0n)
        .sort((a, b) => (a.identity < b.identity ? -1 : 1));
    },
  };
}

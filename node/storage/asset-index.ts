/** Ids of all assets in order: state finds a definition by its id alone. What is said of an asset is read from state. */
import type { Database } from './database.ts';
import type { IndexPart } from './index-block.ts';
import type { Terms } from './terms.ts';

export interface AssetIndex extends IndexPart {
  /** By id; from behind `after` on if it is given. */
  list(prefix: string, after: string | undefined, limit: number, ascending: boolean): readonly string[];
  /** Defined in a block that is not here. To be called inside a transaction. */
  seed(asset: string): void;
  /** In an index of an older version assets of later blocks may have no name yet; undefined: all have. */
  namedTo(): number | undefined;
  /** All have now. To be called inside a transaction. */
  allNamed(): void;
}

export function openAssetIndex(database: Database, terms: Terms): AssetIndex {
  const listing = (comparison: '>' | '<', order: 'ASC' | 'DESC') =>
    database
      .prepare<[string, string, string, number], string>(
        `SELECT text FROM terms WHERE kind = 'asset' AND text ${comparison} ? AND text >= ? AND text < ?
         ORDER BY text ${order} LIMIT ?`,
      )
      .pluck();
  const ascendingFrom = listing('>', 'ASC');
  const descendingFrom = listing('<', 'DESC');
  const namedTo = database.prepare<[], number>('SELECT height FROM assets_named_to').pluck();
  const allNamed = database.prepare('DELETE FROM assets_named_to');
  let pending = new Set<string>();

  return {
    list(prefix, after, limit, ascending) {
      // Sorts above every character of an id.
      const above = `${prefix}\u{10ffff}`;
      return ascending
        ? ascendingFrom.all(after ?? '', prefix, above, limit)
        : descendingFrom.all(after ?? above, prefix, above, limit);
    },
    seed(asset) {
      terms.intern('asset', asset);
    },
    namedTo: () => namedTo.get(),
    allNamed: () => allNamed.run(),
    add({ transactions }) {
      for (const { touched } of transactions) for (const asset of touched.assets) pending.add(asset);
    },
    write() {
      for (const asset of pending) terms.intern('asset', asset);
      pending = new Set();
    },
  };
}

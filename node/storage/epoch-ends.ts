/**
 * The last block of an epoch. Its place stands beside the set that it hands over to; where that row is damaged or
 * gone, the headers say it: they never name a lower epoch than the one before.
 */
import { type Epoch, epochOf, type Height, heightOf } from '../../shared/types/brands.ts';
import { intact } from './errors.ts';
import type { LedgerRows } from './ledger-file.ts';

/** undefined if no stored block ends it. @throws StorageError `data-damaged` where the search meets damaged blocks */
export function lastHeightOf(rows: LedgerRows, epoch: Epoch): Height | undefined {
  return heightInRow(rows, epoch) ?? heightByHeaders(rows, epoch);
}

function heightInRow(rows: LedgerRows, epoch: Epoch): Height | undefined {
  const first = intact(() => rows.epochs.firstHeight(epochOf(epoch + 1)));
  return first === undefined ? undefined : heightOf(first - 1);
}

function heightByHeaders(rows: LedgerRows, epoch: Epoch): Height | undefined {
  const tip = rows.tipHeight() ?? heightOf(0);
  const isOver = (height: number): boolean => {
    const header = rows.block(heightOf(height))?.header;
    return header !== undefined && header.nextEpoch > epoch;
  };
  if (!isOver(tip)) return undefined;
  let low = 0;
  let high: number = tip;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (isOver(middle)) high = middle;
    else low = middle + 1;
  }
  return heightOf(low);
}

/**
 * At which heights a snapshot is taken: a function of the height alone, so that all nodes offer the same ones. A
 * snapshot costs as much as state is large; so that its share of a node's work does not grow with the ledger, the
 * interval grows with the height. Who joins replays a quarter of the chain at most, half of that on average. More often
 * would cost a busy validator more than the blocks themselves do (decision 009).
 */
const intervalsBehindMax = 4;

/** @param everyBlocks the first interval; 0 takes none */
export function isSnapshotHeight(height: number, everyBlocks: number): boolean {
  return everyBlocks > 0 && height % intervalAt(height, everyBlocks) === 0;
}

/** Doubles each time the height does; a power of two times `everyBlocks`. */
export function intervalAt(height: number, everyBlocks: number): number {
  const grown = Math.floor(height / (intervalsBehindMax * everyBlocks));
  return everyBlocks * 2 ** Math.floor(Math.log2(Math.max(1, grown)));
}

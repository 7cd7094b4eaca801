/** For what only a bug of ours, or damaged state, can violate. Input of clients never gets here. */
export function assert(condition: boolean, invariant: string): asserts condition {
  if (!condition) throw new Error(`Ledger invariant violated: ${invariant}`);
}

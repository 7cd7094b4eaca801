/**
 * States what this code itself guarantees, in production too. It is never applied to what a peer sent: a
 * failure is a bug here, and stopping before the next signature is the safe answer to it.
 */
export function invariant(condition: boolean, claim: string): asserts condition {
  if (!condition) throw new Error(`consensus invariant broken: ${claim}`);
}

/** Pause before the next attempt: doubles from the minimum to the maximum, then a random half is taken off. */
export function backOffMs(
  attempt: number,
  limits: { readonly backOffMinMs: number; readonly backOffMaxMs: number },
  random: number,
): number {
  const ceiling = Math.min(limits.backOffMaxMs, limits.backOffMinMs * 2 ** Math.min(attempt, 20));
  return ceiling * (1 - random / 2);
}

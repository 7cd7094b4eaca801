/** What storage throws when a row differs from its digest: known by its name, since rooms know only the ports. */
type Damage = Error & { readonly facts: { readonly [name: string]: unknown } };

export const isDamage = (error: unknown): error is Damage =>
  error instanceof Error && 'code' in error && error.code === 'data-damaged' && 'facts' in error;

/** @returns undefined where what is read is damaged; `found` says so, or nobody would know. */
export function readIntact<Row>(read: () => Row, found: (damage: Damage) => void): Row | undefined {
  try {
    return read();
  } catch (error) {
    if (!isDamage(error)) throw error;
    found(error);
    return undefined;
  }
}

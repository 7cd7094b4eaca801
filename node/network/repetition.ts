/** Lets one of many equal log lines through, so that a stranger who keeps knocking can not fill the disk. */
const keysMax = 256;

/** @returns how many equal ones were held back, or undefined to hold this one back */
export type RepetitionFilter = (key: string) => number | undefined;

export function createRepetitionFilter(quietMs: number, wallMs: () => number): RepetitionFilter {
  const seen = new Map<string, { at: number; heldBack: number }>();
  return (key) => {
    const now = wallMs();
    const last = seen.get(key);
    if (last !== undefined && now - last.at < quietMs && now >= last.at) {
      last.heldBack++;
      return undefined;
    }
    if (seen.size >= keysMax) seen.clear();
    seen.set(key, { at: now, heldBack: 0 });
    return last?.heldBack ?? 0;
  };
}

/** Which versions of docs/links.md a node speaks, and which one two nodes have in common. */

export interface VersionRange {
  readonly lowest: number;
  readonly highest: number;
}

/**
 * Of this software. `highest` is raised when frames change their meaning; `lowest` follows once no node speaks the
 * older one any more, so that nodes of two neighbouring releases can be exchanged one by one.
 */
export const linkVersions: VersionRange = { lowest: 2, highest: 2 };

/** @returns the highest version that both speak; undefined if there is none */
export function commonVersion(one: VersionRange, other: VersionRange): number | undefined {
  const highest = Math.min(one.highest, other.highest);
  return highest >= Math.max(one.lowest, other.lowest) ? highest : undefined;
}

/** `2` or `2-3`, for logs. */
export const rangeText = ({ lowest, highest }: VersionRange): string =>
  lowest === highest ? String(highest) : `${lowest}-${highest}`;

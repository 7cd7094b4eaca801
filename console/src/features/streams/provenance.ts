import { keyOf, type Reference, referenceOf } from './references.ts';

/** What was found behind a reference. */
export interface Found {
  readonly reference: Reference;
  /** Where the console shows it; absent for what is not on the ledger. */
  readonly to?: string;
  readonly title: string;
  readonly note: string;
  /** As the events of it have them. */
  readonly references: readonly string[];
}

export interface ProvenanceNode extends Omit<Found, 'references'> {
  readonly key: string;
  /** Steps from the beginning: 0 is the event itself. */
  readonly depth: number;
  /** It refers to more than was followed. */
  readonly isCut: boolean;
}

export interface Provenance {
  readonly nodes: readonly ProvenanceNode[];
  readonly edges: readonly { readonly from: string; readonly to: string }[];
}

export const depthMax = 6;
export const nodesMax = 60;

/**
 * Follows references breadth first, each thing once, circles included. Bounded: what lies beyond is said at the node
 * that leads there.
 * @param find what is behind a reference; what is not on the ledger is found too, without references
 */
export async function follow(
  begin: Reference,
  find: (reference: Reference) => Promise<Found>,
): Promise<Provenance> {
  const nodes = new Map<string, ProvenanceNode>();
  const edges: { from: string; to: string }[] = [];
  let level: readonly Reference[] = [begin];
  for (let depth = 0; level.length > 0; depth++) {
    const found = await Promise.all(level.map(find));
    const next = new Map<string, Reference>();
    // All of a level first: what refers to its neighbour leads to it, and does not find it anew.
    for (const { references: _, ...one } of found) {
      const key = keyOf(one.reference);
      nodes.set(key, { ...one, key, depth, isCut: false });
    }
    for (const { reference, references } of found) {
      const from = keyOf(reference);
      for (const target of new Map(references.map((text) => [text, referenceOf(text)])).values()) {
        const to = keyOf(target);
        const isKnown = nodes.has(to) || next.has(to);
        if (!isKnown && (depth === depthMax || nodes.size + next.size >= nodesMax)) {
          nodes.set(from, { ...(nodes.get(from) as ProvenanceNode), isCut: true });
          continue;
        }
        if (!isKnown) next.set(to, target);
        edges.push({ from, to });
      }
    }
    level = [...next.values()];
  }
  return { nodes: [...nodes.values()], edges };
}

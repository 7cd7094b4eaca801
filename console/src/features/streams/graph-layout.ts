import type { Provenance, ProvenanceNode } from './provenance.ts';

export const nodeWidth = 188;
export const nodeHeight = 48;
const gapX = 56;
const gapY = 16;

export interface PlacedNode extends ProvenanceNode {
  readonly x: number;
  readonly y: number;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly nodes: readonly PlacedNode[];
  /** As the `d` of an SVG path. */
  readonly edges: readonly { readonly key: string; readonly path: string }[];
}

/** A column for each step, the event on the left; what is referred to lies on the right. */
export function layoutOf({ nodes, edges }: Provenance): Layout {
  const columns: ProvenanceNode[][] = [];
  for (const node of nodes) {
    columns[node.depth] ??= [];
    columns[node.depth]?.push(node);
  }
  const rows = Math.max(...columns.map((column) => column.length));
  const height = rows * (nodeHeight + gapY) - gapY;
  const placed = columns.flatMap((column, depth) => {
    const top = (height - column.length * (nodeHeight + gapY) + gapY) / 2;
    return column.map((node, place) => ({
      ...node,
      x: depth * (nodeWidth + gapX),
      y: top + place * (nodeHeight + gapY),
    }));
  });
  const byKey = new Map(placed.map((node) => [node.key, node]));
  return {
    width: columns.length * (nodeWidth + gapX) - gapX,
    height,
    nodes: placed,
    edges: edges.flatMap(({ from, to }) => {
      const [a, b] = [byKey.get(from), byKey.get(to)];
      return a === undefined || b === undefined ? [] : [{ key: `${from}\n${to}`, path: pathOf(a, b) }];
    }),
  };
}

/** To a later column a curve; back, or within one, a bow beside it. */
function pathOf(from: PlacedNode, to: PlacedNode): string {
  const [y1, y2] = [from.y + nodeHeight / 2, to.y + nodeHeight / 2];
  const x1 = from.x + nodeWidth;
  if (to.depth > from.depth) {
    const middle = (x1 + to.x) / 2;
    return `M${x1} ${y1}C${middle} ${y1} ${middle} ${y2} ${to.x} ${y2}`;
  }
  const x2 = to.x + nodeWidth;
  const out = Math.max(x1, x2) + gapX / 2;
  return `M${x1} ${y1}C${out} ${y1} ${out} ${y2 + 8} ${x2} ${y2 + 8}`;
}

import { expect, test } from 'vitest';
import { layoutOf, nodeHeight, nodeWidth } from './graph-layout.ts';
import type { ProvenanceNode } from './provenance.ts';

const node = (key: string, depth: number): ProvenanceNode => ({
  ...{ key, depth, title: key, note: '', isCut: false },
  reference: { kind: 'stream', stream: key },
});

test('each step has its column, no two nodes overlap, and all lie inside', () => {
  const nodes = [node('a', 0), node('b', 1), node('c', 1), node('d', 1), node('e', 2)];
  const layout = layoutOf({
    nodes,
    edges: [
      { from: 'a', to: 'b' },
      { from: 'e', to: 'a' },
    ],
  });
  for (const one of layout.nodes) {
    expect(one.x).toBeGreaterThanOrEqual(0);
    expect(one.x + nodeWidth).toBeLessThanOrEqual(layout.width);
    expect(one.y).toBeGreaterThanOrEqual(0);
    expect(one.y + nodeHeight).toBeLessThanOrEqual(layout.height);
    for (const other of layout.nodes.filter((each) => each !== one && each.depth === one.depth))
      expect(Math.abs(one.y - other.y)).toBeGreaterThanOrEqual(nodeHeight);
  }
  expect(layout.edges).toHaveLength(2);
  expect(layout.edges[0]?.path).toMatch(/^M188 /);
});

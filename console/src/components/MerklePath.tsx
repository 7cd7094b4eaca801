import type { DrawnPath } from '../../../shared/protocol/checks.ts';
import { shortenHash } from '../lib/format.ts';
import styles from './MerklePath.module.css';

const treeNames: { readonly [tree in DrawnPath['tree']]: string } = {
  transactions: 'Tree of transactions',
  outcomes: 'Tree of outcomes',
  state: 'State tree',
  history: 'Tree of all blocks before',
};

const rowHeight = 44;
const boxWidth = 132;
const boxHeight = 26;
const middle = 170;

/** The way from a leaf up to the root, one level a row: our node, and the sibling that it is hashed with. */
export function MerklePath({ path: { tree, leaf, steps, root, expectedRoot } }: { path: DrawnPath }) {
  const height = (steps.length + 1) * rowHeight + 8;
  const valid = root === expectedRoot;
  const summary = `Tree of ${tree}: ${steps.length} sibling hashes lead from the leaf to ${valid ? 'the root in the header' : 'another root than the header has'}`;
  return (
    <figure>
      <figcaption className={styles.caption}>{treeNames[tree]}</figcaption>
      <svg className={styles.tree} viewBox={`0 0 ${2 * middle} ${height}`} role="img" aria-label={summary}>
        <Node x={middle} y={4} text={shortenHash(root)} kind={valid ? 'valid' : 'broken'} />
        {steps.map((step, at) => {
          const y = height - (at + 1) * rowHeight + 4;
          const [ours, theirs] = columnsOf(step.side);
          const above = steps[at + 1];
          const parent = above === undefined ? middle : columnsOf(above.side)[0];
          const own = at === 0 ? leaf : (steps[at - 1]?.hash ?? leaf);
          return (
            <g key={y}>
              <path
                className={styles.edge}
                d={`M${ours} ${y}V${y - 9}H${theirs}V${y}M${parent} ${y - 9}V${y - 18}`}
              />
              <Node x={ours} y={y} text={shortenHash(own)} kind={at === 0 ? 'leaf' : 'inner'} />
              <Node x={theirs} y={y} text={shortenHash(step.sibling)} kind="sibling" />
            </g>
          );
        })}
      </svg>
    </figure>
  );
}

/** Where our node and its sibling stand. */
function columnsOf(siblingSide: 'left' | 'right'): readonly [ours: number, theirs: number] {
  return siblingSide === 'left' ? [middle + 84, middle - 84] : [middle - 84, middle + 84];
}

function Node({ x, y, text, kind }: { x: number; y: number; text: string; kind: string }) {
  return (
    <g className={styles[kind]}>
      <rect x={x - boxWidth / 2} y={y} width={boxWidth} height={boxHeight} rx="5" />
      <text x={x} y={y + 17} textAnchor="middle">
        {text}
      </text>
    </g>
  );
}

import { shortenHash } from '../lib/format.ts';
import styles from './MerklePath.module.css';

export interface MerklePathProps {
  /** What the leaf is: "transaction". */
  readonly leafName: string;
  readonly rootName: string;
  readonly index: number;
  readonly size: number;
  /** Sibling hashes, leaf upwards. */
  readonly path: readonly string[];
  readonly root: string;
  readonly valid: boolean;
}

const rowHeight = 44;
const boxWidth = 132;
const boxHeight = 26;
const middle = 170;

/** The way from a leaf up to the root, one level a row: our node, and the sibling that it is hashed with. */
export function MerklePath(props: MerklePathProps) {
  const levels = levelsOf(props.index, props.size, props.path);
  const height = (levels.length + 1) * rowHeight + 8;
  const label = `Leaf ${props.index} of ${props.size}, ${props.path.length} sibling hashes up to the ${props.rootName}`;
  return (
    <svg className={styles.tree} viewBox={`0 0 ${2 * middle} ${height}`} role="img" aria-label={label}>
      <Node x={middle} y={4} text={shortenHash(props.root)} kind={props.valid ? 'valid' : 'broken'} />
      {levels.map((level, at) => {
        const y = height - (at + 1) * rowHeight + 4;
        const [ours, theirs] = columnsOf(level);
        const above = levels[at + 1];
        const parent = above === undefined ? middle : columnsOf(above)[0];
        return (
          <g key={y}>
            <path className={styles.edge} d={`M${ours} ${y}V${y - 9}H${theirs}V${y}M${parent} ${y - 9}V${y - 18}`} />
            <Node
              x={ours}
              y={y}
              text={at === 0 ? props.leafName : 'computed'}
              kind={at === 0 ? 'leaf' : 'inner'}
            />
            <Node x={theirs} y={y} text={shortenHash(level.sibling)} kind="sibling" />
          </g>
        );
      })}
    </svg>
  );
}

/** Where our node and its sibling stand. */
function columnsOf({ siblingOnLeft }: Level): readonly [ours: number, theirs: number] {
  return siblingOnLeft ? [middle + 84, middle - 84] : [middle - 84, middle + 84];
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

export interface Level {
  readonly sibling: string;
  readonly siblingOnLeft: boolean;
}

/** On which side each sibling stands (RFC 9162, section 2.1.3.2). */
export function levelsOf(index: number, size: number, path: readonly string[]): readonly Level[] {
  let at = index;
  let last = size - 1;
  return path.map((sibling) => {
    const siblingOnLeft = at % 2 === 1 || at === last;
    if (siblingOnLeft) while (at % 2 === 0 && at !== 0) [at, last] = [at >>> 1, last >>> 1];
    [at, last] = [at >>> 1, last >>> 1];
    return { sibling, siblingOnLeft };
  });
}

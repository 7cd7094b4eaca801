import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { Link } from 'react-router';
import { Answer } from '../../../components/Answer.tsx';
import { Card } from '../../../components/Card.tsx';
import { EmptyState } from '../../../components/EmptyState.tsx';
import { cx } from '../../../lib/cx.ts';
import { formatCount, plural } from '../../../lib/format.ts';
import { provenanceQuery } from '../api/provenance.ts';
import { layoutOf, nodeHeight, nodeWidth, type PlacedNode } from '../graph-layout.ts';
import type { Provenance } from '../provenance.ts';
import styles from './ProvenanceGraph.module.css';

/** What an event refers to, step by step. */
export function ProvenanceGraph({ stream, revision }: { stream: string; revision: number }) {
  const provenance = useQuery(provenanceQuery(stream, revision));
  return (
    <Card title={`Where revision ${formatCount(revision)} comes from`} flush>
      <Answer query={provenance} label="provenance" lines={5}>
        {(data) =>
          data.nodes.length === 1 ? (
            <EmptyState
              title="It refers to nothing"
              why="An event may name what it rests on: stream@revision, the id of a transaction, or a stream."
            />
          ) : (
            <Graph provenance={data} />
          )
        }
      </Answer>
    </Card>
  );
}

function Graph({ provenance }: { provenance: Provenance }) {
  const { width, height, nodes, edges } = useMemo(() => layoutOf(provenance), [provenance]);
  const cut = nodes.filter(({ isCut }) => isCut).length;
  const margin = 16;
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a wide graph scrolls, and scrolling needs the keyboard */}
      <section className={styles.scroll} tabIndex={0} aria-label="Graph of references">
        <div className={styles.canvas} style={{ width: width + 2 * margin, height: height + 2 * margin }}>
          <svg
            className={styles.edges}
            width={width + 2 * margin}
            height={height + 2 * margin}
            viewBox={`${-margin} ${-margin} ${width + 2 * margin} ${height + 2 * margin}`}
            aria-hidden="true"
          >
            {edges.map(({ key, path }) => (
              <path key={key} d={path} className={styles.edge} />
            ))}
          </svg>
          <ol className={styles.nodes}>
            {nodes.map((node) => (
              <Node key={node.key} node={node} margin={margin} provenance={provenance} />
            ))}
          </ol>
        </div>
      </section>
      <p className={styles.note}>
        {plural(nodes.length - 1, 'thing')} behind it. References are what the sender wrote: that they name
        the right thing is for the sender to answer for.
        {cut > 0 &&
          ` ${plural(cut, 'of them refers', 'of them refer')} to more than is drawn: open it to go on.`}
      </p>
    </>
  );
}

function Node({ node, margin, provenance }: { node: PlacedNode; margin: number; provenance: Provenance }) {
  const { key, x, y, title, note, to, depth, isCut } = node;
  const behind = provenance.edges.filter(({ from }) => from === key).map((edge) => edge.to);
  const text = (
    <>
      <span className={styles.title} title={title}>
        {title}
      </span>
      <span className={styles.kind}>
        {note}
        {isCut && ' …'}
      </span>
      {behind.length > 0 && <span className="visually-hidden">, refers to {behind.join(', ')}</span>}
    </>
  );
  return (
    <li
      className={cx(styles.node, depth === 0 && styles.begin, to === undefined && styles.outside)}
      style={{ left: x + margin, top: y + margin, width: nodeWidth, height: nodeHeight }}
      data-node={key}
      data-depth={depth}
    >
      {to === undefined ? (
        <span className={styles.body}>{text}</span>
      ) : (
        <Link to={to} className={cx(styles.body)}>
          {text}
        </Link>
      )}
    </li>
  );
}

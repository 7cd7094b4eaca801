import { Link, useLocation } from 'react-router';
import { StatusIcon } from '../../../components/Status.tsx';
import styles from './Nodes.module.css';
import { useComparison } from './useComparison.ts';
import { wordsOfComparison } from './words.ts';

/** On every page, once the two nodes that are compared do not agree. */
export function NodesAlert() {
  const { query } = useComparison();
  const { pathname } = useLocation();
  const isQuiet = query.data === undefined || query.data.kind === 'agree' || query.data.kind === 'closed';
  if (isQuiet || pathname === '/verify/nodes') return null;
  const { kind, title, text } = wordsOfComparison(query.data);
  return (
    <div className={styles.alert} role="alert" data-kind={kind}>
      <StatusIcon kind={kind} size={20} />
      <p>
        <strong>{title}.</strong> {text} <Link to="/verify/nodes">Compare the two nodes</Link>
      </p>
    </div>
  );
}

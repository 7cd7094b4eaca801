import { Link, useLocation } from 'react-router';
import { StatusIcon } from '../../../components/Status.tsx';
import styles from './Nodes.module.css';
import { useComparison } from './useComparison.ts';
import { wordsOfComparison } from './words.ts';

/** On every page, once the two nodes that are compared do not agree. */
export function NodesAlert() {
  const { query } = useComparison();
  const { pathname } = useLocation();
  if (query.data === undefined || query.data.kind === 'agree' || pathname === '/verify/nodes') return null;
  const { title, text } = wordsOfComparison(query.data);
  return (
    <div className={styles.alert} role="alert">
      <StatusIcon kind="failed" size={20} />
      <p>
        <strong>{title}.</strong> {text} <Link to="/verify/nodes">Compare the two nodes</Link>
      </p>
    </div>
  );
}

import { Link, useLocation } from 'react-router';
import { StatusIcon } from '../../../components/Status.tsx';
import styles from './Nodes.module.css';
import { useComparison } from './useComparison.ts';
import { alertOf } from './words.ts';

/** On every page, once the two nodes that are compared do not agree, or are compared no more. */
export function NodesAlert() {
  const { query } = useComparison();
  const { pathname } = useLocation();
  const words = alertOf(query);
  if (words === undefined || pathname === '/verify/nodes') return null;
  const { kind, title, text } = words;
  return (
    <div className={styles.alert} role="alert" data-kind={kind}>
      <StatusIcon kind={kind} size={20} />
      <p>
        <strong>{title}.</strong> {text} <Link to="/verify/nodes">Compare the two nodes</Link>
      </p>
    </div>
  );
}

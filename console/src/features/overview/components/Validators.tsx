import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import type { MatrixJson } from '../../../../../shared/api.ts';
import { Answer } from '../../../components/Answer.tsx';
import { Card } from '../../../components/Card.tsx';
import { Status } from '../../../components/Status.tsx';
import { Tag } from '../../../components/Tag.tsx';
import { formatCount, formatDuration, plural } from '../../../lib/format.ts';
import { matrixQuery, validatorsQuery } from '../../../lib/queries.ts';
import { validatorState } from '../../network/validator-state.ts';
import styles from './Validators.module.css';

type Row = MatrixJson['rows'][number];

/** All validators as this node sees them. */
export function Validators() {
  const matrix = useQuery(matrixQuery);
  return (
    <Card
      title="Validators"
      flush
      aside={<span className={styles.by}>{matrix.data && `as ${matrix.data.node} sees them`}</span>}
    >
      <Answer query={matrix} label="validators" lines={4}>
        {({ rows }) => (
          <ul>
            {rows.map((row) => (
              <ValidatorRow key={row.validator} row={row} />
            ))}
          </ul>
        )}
      </Answer>
    </Card>
  );
}

function ValidatorRow({ row }: { row: Row }) {
  const { kind, word } = validatorState(row);
  const known = useQuery(validatorsQuery).data?.validators.find(({ id }) => id === row.validator);
  const { seen } = row;
  return (
    <li className={styles.row}>
      <div className={styles.who}>
        <span className={styles.name}>
          <Link to={`/validators/${row.validator}`}>{row.validator}</Link>
          {row.isPrimary && <Tag>primary</Tag>}
          {row.isSelf && <Tag>this node</Tag>}
          {known !== undefined && known.evidence.length > 0 && <Tag to="/evidence">evidence</Tag>}
        </span>
        <span className={styles.meta}>{known?.memberName ?? row.member}</span>
      </div>
      <div className={styles.figures}>
        <Status kind={kind}>{word}</Status>
        <span className={styles.meta}>
          {row.height === undefined ? 'height unknown' : `at ${formatCount(row.height)}`}
          {row.lag !== undefined && row.lag > 0 && `, ${plural(row.lag, 'block')} behind`}
          {seen?.roundTripMs !== undefined && `, ${seen.roundTripMs.toFixed(1)} ms`}
          {seen?.lastMessageAgeMs !== undefined &&
            seen.lastMessageAgeMs > 2_000 &&
            `, heard ${formatDuration(seen.lastMessageAgeMs)} ago`}
        </span>
      </div>
      {row.gateway !== '' && !row.isSelf && (
        <a className={styles.open} href={row.gateway} target="_blank" rel="noreferrer">
          Open<span className="visually-hidden"> the console of {row.validator}</span>
        </a>
      )}
    </li>
  );
}

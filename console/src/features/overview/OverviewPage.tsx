import { useQuery } from '@tanstack/react-query';
import { Answer } from '../../components/Answer.tsx';
import { Page } from '../../components/Page.tsx';
import { statusQuery } from '../../lib/queries.ts';
import { Figures } from './components/Figures.tsx';
import { LastBlocks } from './components/LastBlocks.tsx';
import { Validators } from './components/Validators.tsx';
import { VerdictCard } from './components/VerdictCard.tsx';
import styles from './OverviewPage.module.css';

export function OverviewPage() {
  const status = useQuery(statusQuery);
  return (
    <Page title="Overview">
      <Answer query={status} label="status">
        {(data) => (
          <>
            <VerdictCard status={data} answeredAt={status.dataUpdatedAt} />
            <Figures status={data} />
          </>
        )}
      </Answer>
      <div className={styles.columns}>
        <LastBlocks />
        <Validators />
      </div>
    </Page>
  );
}

import { useState } from 'react';
import { ErrorPanel } from '../../components/ErrorPanel.tsx';
import { Page } from '../../components/Page.tsx';
import { Disk } from './components/Disk.tsx';
import { Followers } from './components/Followers.tsx';
import { Peers } from './components/Peers.tsx';
import { SupportButton } from './components/SupportButton.tsx';
import { ValidatorTable } from './components/ValidatorTable.tsx';
import { WhoSeesWhom } from './components/WhoSeesWhom.tsx';
import styles from './NetworkPage.module.css';
import { useObservers } from './useObservers.ts';

/** Who is there, who sees whom, and what the node at hand takes of its machine. */
export default function NetworkPage() {
  const observers = useObservers();
  const [error, setError] = useState<unknown>();
  return (
    <Page
      title="Network"
      lead="Every node measures its own links: two that disagree about a third tell more than either. Reported, not proven."
      actions={<SupportButton onFail={setError} />}
    >
      {error !== undefined && <ErrorPanel error={error} />}
      <ValidatorTable />
      <Followers />
      {observers.length > 0 && <WhoSeesWhom observers={observers} />}
      <div className={styles.columns}>
        <Peers />
        <Disk />
      </div>
    </Page>
  );
}

import { useQuery } from '@tanstack/react-query';
import { ChevronLeft, ChevronRight } from 'lucide-react';
import { Link, useParams } from 'react-router';
import type { BlockJson } from '../../../../shared/api.ts';
import { Answer } from '../../components/Answer.tsx';
import { buttonClass } from '../../components/Button.tsx';
import { Card } from '../../components/Card.tsx';
import { Page } from '../../components/Page.tsx';
import { formatCount, shortenHash } from '../../lib/format.ts';
import { useLiveBlocks } from '../../lib/live.ts';
import { VerifyPanel } from '../verify/components/VerifyPanel.tsx';
import { useVerification } from '../verify/useVerification.ts';
import { blockQuery } from './api/blocks.ts';
import styles from './BlockPage.module.css';
import { BlockTransactions } from './components/BlockTransactions.tsx';
import { HeaderFacts } from './components/HeaderFacts.tsx';

export default function BlockPage() {
  const { heightOrHash = '' } = useParams();
  const block = useQuery(blockQuery(heightOrHash));
  const name = /^\d+$/.test(heightOrHash) ? formatCount(Number(heightOrHash)) : shortenHash(heightOrHash);
  const height = block.data?.height;
  return (
    <Page
      title={`Block ${height === undefined ? name : formatCount(height)}`}
      actions={height !== undefined && <Neighbours height={height} />}
    >
      <Answer query={block} label="block" lines={8}>
        {(data) => <BlockDetails key={data.hash} block={data} />}
      </Answer>
    </Page>
  );
}

function Neighbours({ height }: { height: number }) {
  const newest = useLiveBlocks()[0]?.height;
  return (
    <>
      {height > 0 && (
        <Link to={`/blocks/${height - 1}`} className={buttonClass('secondary')}>
          <ChevronLeft size={16} aria-hidden />
          {formatCount(height - 1)}
        </Link>
      )}
      {(newest === undefined || newest > height) && (
        <Link to={`/blocks/${height + 1}`} className={buttonClass('secondary')}>
          {formatCount(height + 1)}
          <ChevronRight size={16} aria-hidden />
        </Link>
      )}
    </>
  );
}

function BlockDetails({ block }: { block: BlockJson }) {
  const verification = useVerification({ kind: 'block', block });
  return (
    <>
      <VerifyPanel verification={verification} subject="block" retryPath={`/blocks/${block.height}`} />
      <div className={styles.columns}>
        <BlockTransactions height={block.height} count={block.transactionCount} />
        <Card title="Header">
          <HeaderFacts block={block} />
        </Card>
      </div>
    </>
  );
}

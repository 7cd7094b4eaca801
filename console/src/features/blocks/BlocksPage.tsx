import { useInfiniteQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { EmptyState } from '../../components/EmptyState.tsx';
import { ErrorPanel } from '../../components/ErrorPanel.tsx';
import { NewPill } from '../../components/NewPill.tsx';
import { Page } from '../../components/Page.tsx';
import { Panel } from '../../components/Panel.tsx';
import { Skeleton } from '../../components/Skeleton.tsx';
import { formatCount } from '../../lib/format.ts';
import { useHeld } from '../../lib/held.ts';
import { useLiveBlocks } from '../../lib/live.ts';
import { mergeBlocks } from '../../lib/merge-blocks.ts';
import { footerOf, nextPageOf } from '../../lib/pages-as-you-scroll.ts';
import { useScrolled } from '../../lib/scrolled.ts';
import { blocksQuery } from './api/blocks.ts';
import { BlockTable } from './components/BlockTable.tsx';

export default function BlocksPage() {
  const pages = useInfiniteQuery(blocksQuery);
  const blocks = useLiveBlocks();
  const all = useMemo(
    () => mergeBlocks(pages.data?.pages.flatMap(({ rows }) => rows) ?? [], pages.data ? blocks : []),
    [pages.data, blocks],
  );
  const { shown, waiting, release } = useHeld(all, useScrolled(120), ({ height }) => height);
  const goToTop = () => {
    window.scrollTo({ top: 0 });
    release();
  };
  const top = all[0]?.height;
  return (
    <Page
      title="Blocks"
      lead={
        top === undefined
          ? 'Every certified block, newest first.'
          : `Every certified block, newest first; the highest is ${formatCount(top)}.`
      }
    >
      {pages.error !== null && <ErrorPanel error={pages.error} onRetry={() => void pages.refetch()} />}
      {pages.isPending && <Skeleton lines={12} label="blocks" />}
      {pages.data !== undefined && (
        <Panel>
          <NewPill count={waiting} what="block" onPress={goToTop} />
          {shown.length === 0 ? (
            <EmptyState title="No blocks yet" why="The node serves none, not even the genesis block." />
          ) : (
            <BlockTable
              caption="Certified blocks, newest first"
              rows={shown}
              total={top === undefined ? undefined : top + 1}
              onNearEnd={nextPageOf(pages)}
              footer={footerOf(pages, 'older blocks', 'The genesis block is the first.')}
            />
          )}
        </Panel>
      )}
    </Page>
  );
}

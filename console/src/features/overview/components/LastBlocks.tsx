import { useState } from 'react';
import { Link } from 'react-router';
import { Card } from '../../../components/Card.tsx';
import { EmptyState } from '../../../components/EmptyState.tsx';
import { NewPill } from '../../../components/NewPill.tsx';
import { useHeld } from '../../../lib/held.ts';
import { useRecentBlocks } from '../../../lib/recent-blocks.ts';
import { BlockTable } from '../../blocks/components/BlockTable.tsx';

const shownRows = 12;

/** The newest blocks; they hold still while the pointer or the focus is on them. */
export function LastBlocks() {
  const [hold, setHold] = useState(false);
  const { shown, waiting, release } = useHeld(useRecentBlocks(), hold, ({ height }) => height);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: pointing only holds the rows still
    <div
      onPointerEnter={() => setHold(true)}
      onPointerLeave={() => setHold(false)}
      onFocus={() => setHold(true)}
      onBlur={() => setHold(false)}
    >
      <Card title="Last blocks" flush aside={<Link to="/blocks">All blocks</Link>}>
        <NewPill count={waiting} what="block" onPress={release} />
        {shown.length === 0 ? (
          <EmptyState title="No blocks to show" why="The node has not answered yet, or it serves none." />
        ) : (
          <BlockTable caption="Last blocks" rows={shown.slice(0, shownRows)} short />
        )}
      </Card>
    </div>
  );
}

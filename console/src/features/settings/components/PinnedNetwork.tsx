import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '../../../components/Button.tsx';
import { Card } from '../../../components/Card.tsx';
import { EmptyState } from '../../../components/EmptyState.tsx';
import { Fact, Facts } from '../../../components/Facts.tsx';
import { Fingerprint } from '../../../components/Fingerprint.tsx';
import { Hash } from '../../../components/Hash.tsx';
import { Time } from '../../../components/Time.tsx';
import { formatCount } from '../../../lib/format.ts';
import { forgetPin, type Pin, pin } from '../../../lib/pin.ts';
import { statusQuery } from '../../../lib/queries.ts';
import { useStore } from '../../../lib/store.ts';
import { seen } from '../../verify/seen.ts';
import styles from './PinnedNetwork.module.css';

/** What this browser verifies against. */
export function PinnedNetwork() {
  const pinned = useStore(pin);
  return (
    <Card title="Pinned network">
      {pinned === undefined ? (
        <EmptyState
          title="No network is pinned"
          why="The network that a gateway shows is pinned once you have compared its id, and from then on everything is verified against it."
        />
      ) : (
        <PinFacts pinned={pinned} />
      )}
    </Card>
  );
}

function PinFacts({ pinned }: { pinned: Pin }) {
  const highest = useStore(seen);
  const { data: status } = useQuery(statusQuery);
  return (
    <>
      <Facts>
        {status?.network === pinned.network && <Fact name="Name">{status.networkName}</Fact>}
        <Fact name="Network id">
          <Fingerprint value={pinned.network} />
        </Fact>
        <Fact name="Compared and trusted since">
          <Time value={pinned.pinnedAt} />
        </Fact>
        {highest?.network === pinned.network && (
          <Fact name="Highest verified">
            Block {formatCount(highest.height)} <Hash value={highest.block} name="block hash" />
          </Fact>
        )}
      </Facts>
      <div className={styles.actions}>
        <ForgetButton />
      </div>
    </>
  );
}

/** Asks once more: after this, whatever answers next can be trusted. */
function ForgetButton() {
  const [asked, setAsked] = useState(false);
  if (!asked) {
    return (
      <Button look="danger" onPress={() => setAsked(true)}>
        Forget this network
      </Button>
    );
  }
  return (
    <>
      <Button
        look="danger"
        onPress={() => {
          forgetPin();
          seen.set(undefined);
        }}
      >
        Forget it: the next network that answers is to be compared
      </Button>
      <Button onPress={() => setAsked(false)}>Keep it</Button>
    </>
  );
}

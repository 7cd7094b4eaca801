import { Link } from 'react-router';
import { Button, buttonClass } from '../components/Button.tsx';
import { Fingerprint } from '../components/Fingerprint.tsx';
import { Page } from '../components/Page.tsx';
import { Time } from '../components/Time.tsx';
import { seen } from '../features/verify/seen.ts';
import { gatewayOrigin } from '../lib/gateway.ts';
import { forgetPin, type Pin } from '../lib/pin.ts';
import styles from './NetworkGate.module.css';

/** Instead of every page, once a node claims another network than the pinned one. */
export function NetworkChanged({ pinned, claimed }: { pinned: Pin; claimed: string }) {
  const compareAnew = () => {
    forgetPin();
    seen.set(undefined);
  };
  return (
    <Page
      title="Another network answers"
      lead="Everything is stopped: nothing that this node shows can be checked against the network that you trust."
    >
      <div className={styles.stop} role="alert">
        <div className={styles.compare}>
          <div>
            <h2>Trusted by this browser</h2>
            <p className={styles.muted}>
              since <Time value={pinned.pinnedAt} />
            </p>
            <Fingerprint value={pinned.network} />
          </div>
          <div>
            <h2>Claimed by {gatewayOrigin()}</h2>
            <p className={styles.muted}>differing groups are marked</p>
            <Fingerprint value={claimed} against={pinned.network} />
          </div>
        </div>
        <p>
          A network id never changes. Either this address now serves a different network (a new test network,
          for example), or the node is not who it claims to be. Ask another member for the id of the network
          before you go on.
        </p>
        <div className={styles.actions}>
          <Link to="/settings" className={buttonClass('primary')}>
            Choose another gateway
          </Link>
          <Button look="danger" onPress={compareAnew}>
            Forget the old one and compare the new one
          </Button>
        </div>
      </div>
    </Page>
  );
}

import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { Link, Outlet } from 'react-router';
import { Button, buttonClass } from '../components/Button.tsx';
import { ErrorPanel } from '../components/ErrorPanel.tsx';
import { Fingerprint } from '../components/Fingerprint.tsx';
import { Page } from '../components/Page.tsx';
import { Skeleton } from '../components/Skeleton.tsx';
import { StatusIcon } from '../components/Status.tsx';
import { Time } from '../components/Time.tsx';
import { SignInCard } from '../features/sign-in/SignInCard.tsx';
import { gatewayOrigin } from '../lib/gateway.ts';
import { isSignInRequired } from '../lib/gateway-error.ts';
import { markCompared, type Pin, pin, pinNetwork } from '../lib/pin.ts';
import { statusQuery } from '../lib/queries.ts';
import { useStore } from '../lib/store.ts';
import styles from './NetworkGate.module.css';

/** Lets through who is signed in, pins the first network that is met, and stops everything once a node claims another. */
export function NetworkGate() {
  const status = useQuery(statusQuery);
  const pinned = useStore(pin);
  const network = status.data?.network;
  useEffect(() => {
    if (network !== undefined && pin.get() === undefined) pinNetwork(network);
  }, [network]);

  if (isSignInRequired(status.error)) {
    return (
      <Page title="Sign in" lead="This node answers those who sign in with the key of an identity.">
        <SignInCard />
      </Page>
    );
  }
  if (network === undefined) {
    return status.error === null ? (
      <Skeleton lines={6} label="network" />
    ) : (
      <Page title="No answer">
        <ErrorPanel error={status.error} onRetry={() => void status.refetch()} />
      </Page>
    );
  }
  if (pinned === undefined) return null;
  if (pinned.network !== network) return <NetworkChanged pinned={pinned} claimed={network} />;
  return (
    <>
      {!pinned.compared && <FirstUseNote network={network} name={status.data?.networkName ?? ''} />}
      <Outlet />
    </>
  );
}

function FirstUseNote({ network, name }: { network: string; name: string }) {
  return (
    <section className={styles.note} aria-label="First use of this network">
      <StatusIcon kind="info" size={20} />
      <div className={styles.noteText}>
        <p>
          <strong>First visit: this browser now trusts the network “{name}”.</strong> Compare this fingerprint
          with one that another member gave you; everything is verified against it.
        </p>
        <Fingerprint value={network} />
      </div>
      <Button onPress={markCompared}>It is the same</Button>
    </section>
  );
}

function NetworkChanged({ pinned, claimed }: { pinned: Pin; claimed: string }) {
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
          <Button look="danger" onPress={() => pinNetwork(claimed)}>
            Forget the old one and trust this one
          </Button>
        </div>
      </div>
    </Page>
  );
}

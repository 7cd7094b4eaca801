import { useQuery } from '@tanstack/react-query';
import { Outlet } from 'react-router';
import { ErrorPanel } from '../components/ErrorPanel.tsx';
import { Page, PageSkeleton } from '../components/Page.tsx';
import { SignInCard } from '../features/sign-in/SignInCard.tsx';
import { NodesAlert } from '../features/verify/nodes/NodesAlert.tsx';
import { isSignInRequired } from '../lib/gateway-error.ts';
import { type Pin, pin } from '../lib/pin.ts';
import { claimedNetworkQuery, statusQuery } from '../lib/queries.ts';
import { useStore } from '../lib/store.ts';
import { FirstUse } from './FirstUse.tsx';
import { NetworkChanged } from './NetworkChanged.tsx';

/** Lets through who is signed in at a node of the network that this browser trusts, and nobody else. */
export function NetworkGate() {
  const status = useQuery(statusQuery);
  const pinned = useStore(pin);
  const network = status.data?.network;

  if (isSignInRequired(status.error))
    return pinned === undefined ? <SignIn /> : <SignInAtPinned pinned={pinned} />;
  if (network === undefined) {
    return status.error === null ? (
      <PageSkeleton label="network" />
    ) : (
      <NoAnswer error={status.error} onRetry={() => void status.refetch()} />
    );
  }
  if (pinned === undefined) return <FirstUse network={network} name={status.data?.networkName ?? ''} />;
  if (pinned.network !== network) return <NetworkChanged pinned={pinned} claimed={network} />;
  return (
    <>
      <NodesAlert />
      <Outlet />
    </>
  );
}

function SignIn() {
  return (
    <Page title="Sign in" lead="This node answers those who sign in with the key of an identity.">
      <SignInCard />
    </Page>
  );
}

/** Nobody is asked for a key where another network is served than the one that this browser trusts. */
function SignInAtPinned({ pinned }: { pinned: Pin }) {
  const claimed = useQuery(claimedNetworkQuery);
  if (claimed.data === undefined) {
    return claimed.error === null ? (
      <PageSkeleton label="network" />
    ) : (
      <NoAnswer error={claimed.error} onRetry={() => void claimed.refetch()} />
    );
  }
  if (claimed.data !== pinned.network) return <NetworkChanged pinned={pinned} claimed={claimed.data} />;
  return <SignIn />;
}

function NoAnswer({ error, onRetry }: { error: Error; onRetry: () => void }) {
  return (
    <Page title="No answer">
      <ErrorPanel error={error} onRetry={onRetry} />
    </Page>
  );
}

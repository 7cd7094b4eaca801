import { useEffect, useState } from 'react';
import { useNavigate } from 'react-router';
import { ErrorPanel } from '../../components/ErrorPanel.tsx';
import { Page } from '../../components/Page.tsx';
import { Skeleton } from '../../components/Skeleton.tsx';
import { signInWithCode } from './api/session.ts';
import { SignInCard } from './SignInCard.tsx';

/** Where a link leads: `/sign-in#CODE`. The code is taken out of the address before it is used. */
export default function SignInPage() {
  const navigate = useNavigate();
  const [error, setError] = useState<unknown>();
  const [code] = useState(takeCode);
  useEffect(() => {
    if (code === '') return;
    redeem(code).then(() => void navigate('/', { replace: true }), setError);
  }, [code, navigate]);
  if (code !== '' && error === undefined) return <Skeleton lines={6} label="sign-in" />;
  return (
    <Page
      title="Sign in"
      lead="Who may see what is for the ledger to say: sign in with the key of an identity."
    >
      {error !== undefined && <ErrorPanel error={error} />}
      <SignInCard />
    </Page>
  );
}

function takeCode(): string {
  const code = window.location.hash.slice(1);
  if (code !== '') window.history.replaceState(window.history.state, '', window.location.pathname);
  return code;
}

/** React may mount a page twice; a code is good once. */
const redeemed = new Map<string, Promise<void>>();

function redeem(code: string): Promise<void> {
  const running = redeemed.get(code) ?? signInWithCode(code);
  redeemed.set(code, running);
  return running;
}

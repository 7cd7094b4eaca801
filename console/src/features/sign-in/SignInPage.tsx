import { useEffect, useState } from 'react';
import { useLocation, useNavigate } from 'react-router';
import { ErrorPanel } from '../../components/ErrorPanel.tsx';
import { Page, PageSkeleton } from '../../components/Page.tsx';
import { signInWithCode } from './api/session.ts';
import { SignInCard } from './SignInCard.tsx';

/** Where a link leads: `/sign-in#CODE`. The code leaves the address whatever comes of it. */
export default function SignInPage() {
  const navigate = useNavigate();
  const code = useLocation().hash.slice(1);
  const [error, setError] = useState<unknown>();
  useEffect(() => {
    if (code === '') return;
    redeem(code).then(
      () => void navigate('/', { replace: true }),
      (reason: unknown) => {
        setError(reason);
        void navigate('/sign-in', { replace: true });
      },
    );
  }, [code, navigate]);
  if (code !== '') return <PageSkeleton label="sign-in" />;
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

/** React may run an effect twice; a code is good once. */
const redeemed = new Map<string, Promise<void>>();

function redeem(code: string): Promise<void> {
  const running = redeemed.get(code) ?? signInWithCode(code);
  redeemed.set(code, running);
  return running;
}

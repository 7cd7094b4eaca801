import { useState } from 'react';
import { Button } from '../../components/Button.tsx';
import { Card } from '../../components/Card.tsx';
import { ErrorPanel } from '../../components/ErrorPanel.tsx';
import { gatewayOrigin } from '../../lib/gateway.ts';
import { useStore } from '../../lib/store.ts';
import { openedKey } from '../submit/api/key-holder.ts';
import { KeyCard } from '../submit/components/KeyCard.tsx';
import { signInWithKey } from './api/session.ts';
import styles from './SignInCard.module.css';

/** A key is opened here and signs a challenge; it never leaves this browser. */
export function SignInCard() {
  const key = useStore(openedKey);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const signIn = (publicKey: string) => {
    setBusy(true);
    setError(undefined);
    signInWithKey(publicKey)
      .catch(setError)
      .finally(() => setBusy(false));
  };
  return (
    <div className={styles.column}>
      <KeyCard />
      {key !== undefined && (
        <Card title="Sign in">
          <div className={styles.column}>
            <p>
              The open key signs that it is you who signs in at <code>{gatewayOrigin()}</code>, now and in
              this network. Nothing else is signed, and the key stays here.
            </p>
            <div>
              <Button look="primary" isDisabled={busy} onPress={() => signIn(key.publicKey)}>
                {busy ? 'Signing in…' : 'Sign in'}
              </Button>
            </div>
          </div>
        </Card>
      )}
      {error !== undefined && <ErrorPanel error={error} />}
      <p className={styles.muted}>
        In the example of npm start, <code>npx concordat session link</code>, typed in the checkout, prints a
        link that signs in by itself.
      </p>
    </div>
  );
}

import { type FormEvent, useState } from 'react';
import { Button } from '../components/Button.tsx';
import { Fingerprint } from '../components/Fingerprint.tsx';
import { Page } from '../components/Page.tsx';
import { Status } from '../components/Status.tsx';
import { TextField } from '../components/TextField.tsx';
import { gatewayOrigin } from '../lib/gateway.ts';
import { pinCompared } from '../lib/pin.ts';
import styles from './NetworkGate.module.css';

/** Nothing is shown before a person has compared the network's id: all that is verified rests on it. */
export function FirstUse({ network, name }: { network: string; name: string }) {
  const [given, setGiven] = useState('');
  const id = given.toLowerCase().replace(/[\s:-]/g, '');
  const differs = id !== '' && id !== network;
  const trust = (event: FormEvent) => {
    event.preventDefault();
    if (!differs) pinCompared(network);
  };
  return (
    <Page
      title="Is this your network?"
      lead={`${gatewayOrigin()} says that it belongs to the network “${name}”. Compare its id with one that another member gave you; this browser then trusts it, and stops if it ever changes.`}
    >
      <form className={styles.first} onSubmit={trust}>
        <div>
          <h2>The id that this node claims</h2>
          <Fingerprint value={network} />
        </div>
        <TextField
          label="The id that a member gave you"
          value={given}
          onChange={setGiven}
          code
          rows={2}
          hint="Paste it here to have it compared, or compare by eye. In the example of npm start it is printed at the start."
        />
        {differs && (
          <div role="alert" className={styles.differs}>
            <Status kind="failed">It is another id: do not go on. Differing groups are marked.</Status>
            <Fingerprint value={id} against={network} />
          </div>
        )}
        {id === network && <Status kind="reported">The two are the same</Status>}
        <div className={styles.actions}>
          <Button look="primary" type="submit" isDisabled={differs}>
            It is the same
          </Button>
        </div>
      </form>
    </Page>
  );
}

import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Button as AriaButton } from 'react-aria-components/Button';
import { FileTrigger } from 'react-aria-components/FileTrigger';
import { Button, buttonClass } from '../../../components/Button.tsx';
import { Card } from '../../../components/Card.tsx';
import { Fact, Facts } from '../../../components/Facts.tsx';
import { Hash } from '../../../components/Hash.tsx';
import { Segmented } from '../../../components/Segmented.tsx';
import { Status } from '../../../components/Status.tsx';
import { TextField } from '../../../components/TextField.tsx';
import { downloadBytes } from '../../../lib/download.ts';
import { useStore } from '../../../lib/store.ts';
import { createKey, forgetKey, openedKey, openKey } from '../api/key-holder.ts';
import { identityOfKeyQuery } from '../api/submission.ts';
import styles from './KeyCard.module.css';

const ways = [
  { value: 'open', label: 'Open a key file' },
  { value: 'create', label: 'Create a key' },
] as const;

export function KeyCard() {
  const key = useStore(openedKey);
  const [way, setWay] = useState<'open' | 'create'>('open');
  if (key !== undefined) return <OpenKey publicKey={key.publicKey} />;
  return (
    <Card title="Key" aside={<Segmented label="Key" value={way} options={ways} onChange={setWay} />}>
      {way === 'open' ? <OpenForm /> : <CreateForm />}
    </Card>
  );
}

function OpenKey({ publicKey }: { publicKey: string }) {
  const { data } = useQuery(identityOfKeyQuery(publicKey));
  const identity = data?.key === publicKey ? data : undefined;
  return (
    <Card title="Key" aside={<Button onPress={() => void forgetKey()}>Close the key</Button>}>
      <Facts>
        <Fact name="Signs as">
          {identity === undefined ? (
            <Status kind="pending">
              {data === undefined ? 'Asking who this is' : 'Not registered in this network'}
            </Status>
          ) : (
            <>
              <strong>{identity.id}</strong> of {identity.memberName}: {identity.roles.join(', ')}
            </>
          )}
        </Fact>
        <Fact name="Public key">
          <Hash value={publicKey} name="public key" />
        </Fact>
        {data !== undefined && identity === undefined && (
          <Fact name="Next">
            Send the public key to an admin of your member. Until it is registered, submissions are refused.
          </Fact>
        )}
      </Facts>
    </Card>
  );
}

function OpenForm() {
  const [file, setFile] = useState<{ readonly name: string; readonly text: string } | undefined>();
  const [passphrase, setPassphrase] = useState('');
  const { busy, problem, run } = useAttempt();
  return (
    <form
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        if (file !== undefined) run(() => openKey(file.text, passphrase));
      }}
    >
      <div className={styles.file}>
        <FileTrigger
          onSelect={(files) => {
            const chosen = files?.[0];
            void chosen?.text().then((text) => setFile({ name: chosen.name, text }));
          }}
        >
          <AriaButton className={buttonClass('secondary')}>Choose the key file</AriaButton>
        </FileTrigger>
        <span className={styles.muted}>
          {file?.name ?? 'an age file, as “concordat keys create” writes it'}
        </span>
      </div>
      <TextField
        label="Passphrase"
        type="password"
        autoComplete="current-password"
        value={passphrase}
        onChange={setPassphrase}
        problem={problem}
        hint="In the example of npm start: keys in data/keys, their passphrase is the second line of data/example-passphrase."
      />
      <div>
        <Button type="submit" isDisabled={file === undefined || passphrase === '' || busy}>
          {busy ? 'Opening…' : 'Open the key'}
        </Button>
      </div>
    </form>
  );
}

function CreateForm() {
  const [passphrase, setPassphrase] = useState('');
  const [again, setAgain] = useState('');
  const { busy, problem, run } = useAttempt();
  const create = async () => {
    const { publicKey, file } = await createKey(passphrase);
    downloadBytes(`concordat-${publicKey.slice(0, 8)}.age`, file, 'text/plain');
  };
  const differs = again !== '' && again !== passphrase;
  return (
    <form
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        run(create);
      }}
    >
      <TextField
        label="Passphrase"
        type="password"
        autoComplete="new-password"
        value={passphrase}
        onChange={setPassphrase}
        hint="At least 12 characters. Nobody can recover it."
      />
      <TextField
        label="Passphrase again"
        type="password"
        autoComplete="new-password"
        value={again}
        onChange={setAgain}
        problem={problem ?? (differs ? 'The two differ.' : undefined)}
      />
      <p className={styles.muted}>
        The key is made here and downloaded as an encrypted file. This page keeps it only until it is closed.
      </p>
      <div>
        <Button type="submit" isDisabled={passphrase.length < 12 || passphrase !== again || busy}>
          {busy ? 'Encrypting…' : 'Create and download'}
        </Button>
      </div>
    </form>
  );
}

/** One asynchronous attempt at a time, and why the last one failed. */
function useAttempt() {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | undefined>();
  const run = (work: () => Promise<void>) => {
    setBusy(true);
    setProblem(undefined);
    work().then(
      () => setBusy(false),
      (error: unknown) => {
        setBusy(false);
        setProblem(error instanceof Error ? error.message : String(error));
      },
    );
  };
  return { busy, problem, run };
}

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
import { createKey, forgetKey, openedKey, openedReader, openKey } from '../api/key-holder.ts';
import { identityOfKeyQuery } from '../api/submission.ts';
import styles from './KeyCard.module.css';

const ways = [
  { value: 'open', label: 'Open a key file' },
  { value: 'create', label: 'Create a key' },
] as const;

/** @param wantsReader asks for the encryption key at once, where a signing key is open */
export function KeyCard({ wantsReader = false }: { wantsReader?: boolean }) {
  const key = useStore(openedKey);
  const reader = useStore(openedReader);
  const [way, setWay] = useState<'open' | 'create'>('open');
  if (key !== undefined) return <OpenKey publicKey={key.publicKey} wantsReader={wantsReader} />;
  if (reader !== undefined) return <OpenReader encryptionKey={reader.encryptionKey} />;
  return (
    <Card title="Key" aside={<Segmented label="Key" value={way} options={ways} onChange={setWay} />}>
      {way === 'open' ? <OpenForm /> : <CreateForm />}
    </Card>
  );
}

const CloseKeys = () => <Button onPress={() => void forgetKey()}>Close the key</Button>;

/** It reads, and cannot sign. */
function OpenReader({ encryptionKey }: { encryptionKey: string }) {
  return (
    <Card title="Key" aside={<CloseKeys />}>
      <div className={styles.form}>
        <Facts>
          <Fact name="Reads with">
            <Hash value={encryptionKey} name="encryption key" />
          </Fact>
        </Facts>
        <OpenForm />
      </div>
    </Card>
  );
}

function OpenKey({ publicKey, wantsReader }: { publicKey: string; wantsReader: boolean }) {
  const { data } = useQuery(identityOfKeyQuery(publicKey));
  const reader = useStore(openedReader);
  const [isOpening, setOpening] = useState(wantsReader);
  const identity = data?.key === publicKey ? data : undefined;
  return (
    <Card title="Key" aside={<CloseKeys />}>
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
        <Fact name="Reads with">
          <Reading registered={identity?.encryptionKey} />
          {reader === undefined && (
            <Button look="quiet" aria-expanded={isOpening} onPress={() => setOpening(!isOpening)}>
              Open the encryption key
            </Button>
          )}
        </Fact>
        {data !== undefined && identity === undefined && (
          <Fact name="Next">
            Send the public key to an admin of your member. Until it is registered, submissions are refused.
          </Fact>
        )}
      </Facts>
      {isOpening && reader === undefined && <OpenForm />}
    </Card>
  );
}

/** Which encryption key is open, and whether it is the one that payloads for this identity are encrypted to. */
function Reading({ registered }: { registered: string | undefined }) {
  const reader = useStore(openedReader);
  if (reader !== undefined)
    return (
      <>
        <Hash value={reader.encryptionKey} name="encryption key" />
        {registered !== undefined &&
          registered !== reader.encryptionKey &&
          ', not the one that is registered'}
      </>
    );
  if (registered === undefined)
    return (
      <span className={styles.muted}>
        No encryption key is registered: <code>concordat identity encryption-key</code>{' '}
      </span>
    );
  return <span className={styles.muted}>Confidential payloads stay closed. </span>;
}

interface ChosenFile {
  readonly name: string;
  readonly text: string;
}

function OpenForm() {
  const [files, setFiles] = useState<readonly ChosenFile[]>([]);
  const [passphrase, setPassphrase] = useState('');
  const { busy, problem, run } = useAttempt();
  return (
    <form
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        run(() => openAll(files, passphrase));
      }}
    >
      <div className={styles.file}>
        <FileTrigger allowsMultiple onSelect={(chosen) => void textsOf(chosen).then(setFiles)}>
          <AriaButton className={buttonClass('secondary')}>Choose the key file</AriaButton>
        </FileTrigger>
        <span className={styles.muted}>
          {files.length === 0
            ? 'An age file, as “concordat keys create” writes it; signing and encryption key together, if they have one passphrase.'
            : files.map(({ name }) => name).join(', ')}
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
        <Button type="submit" isDisabled={files.length === 0 || passphrase === '' || busy}>
          {busy ? 'Opening…' : 'Open the key'}
        </Button>
      </div>
    </form>
  );
}

const textsOf = (files: FileList | null): Promise<readonly ChosenFile[]> =>
  Promise.all([...(files ?? [])].map(async (file) => ({ name: file.name, text: await file.text() })));

async function openAll(files: readonly ChosenFile[], passphrase: string): Promise<void> {
  for (const { text } of files) await openKey(text, passphrase);
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

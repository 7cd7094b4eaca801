import { useEffect, useState } from 'react';
import { announce } from '../../../lib/announce.ts';
import { downloadBytes } from '../../../lib/download.ts';
import { shortenHash } from '../../../lib/format.ts';
import { useStore } from '../../../lib/store.ts';
import {
  createSuccessor,
  forgetSuccessor,
  openedSuccessor,
  openSuccessor,
} from '../../submit/api/key-holder.ts';
import type { CreatedKey } from '../../submit/key-protocol.ts';
import { recipientOf } from './api/hand-over.ts';

export interface MadeKey extends CreatedKey {
  /** Of the file. */
  readonly name: string;
}

export interface ChosenFile {
  readonly name: string;
  readonly text: string;
}

export const passphraseLengthMin = 12;

/** A key is made and downloaded, its file is opened again, and only then it may go to the node. */
export type OwnKeyStep = 'make' | 'open' | 'ready';

export interface OwnKey {
  readonly step: OwnKeyStep;
  readonly made: MadeKey | undefined;
  readonly passphrase: string;
  readonly again: string;
  readonly file: ChosenFile | undefined;
  readonly isBusy: boolean;
  /** Whether what the step needs is there. */
  readonly isComplete: boolean;
  readonly error: unknown;
  setPassphrase(text: string): void;
  setAgain(text: string): void;
  choose(file: ChosenFile | undefined): void;
  download(): void;
  /** Does what the step says; nothing if the key is ready. */
  advance(): void;
  /** Begins with another key. */
  restart(): void;
}

/** Leaving the page forgets the key: what is left of it then is its file. */
export function useOwnKey(validator: string): OwnKey {
  const [made, setMade] = useState<MadeKey | undefined>();
  const [passphrase, setPassphrase] = useState('');
  const [again, setAgain] = useState('');
  const [file, choose] = useState<ChosenFile | undefined>();
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const opened = useStore(openedSuccessor);
  useEffect(() => () => void forgetSuccessor(), []);
  const step = stepOf(made, opened);

  async function make(): Promise<void> {
    await recipientOf(validator);
    const created = await createSuccessor(passphrase);
    const key = { ...created, name: `${validator}-consensus-${created.publicKey.slice(0, 8)}.age` };
    downloadMade(key);
    setMade(key);
    announce(`${key.name} is downloaded: open it again`);
  }

  async function open({ publicKey }: MadeKey, { text }: ChosenFile): Promise<void> {
    await openSuccessor(text, passphrase, publicKey);
    announce(`The file opens, and holds the key ${shortenHash(publicKey)}`);
  }

  const run = (work: Promise<void>) => {
    setBusy(true);
    setError(undefined);
    // What is typed for the next step is typed anew.
    const done = () => {
      setPassphrase('');
      setAgain('');
      choose(undefined);
    };
    void work.then(done, setError).finally(() => setBusy(false));
  };
  return {
    step,
    made,
    passphrase,
    again,
    file,
    isBusy,
    isComplete:
      step === 'make'
        ? passphrase.length >= passphraseLengthMin && passphrase === again
        : step === 'ready' || (file !== undefined && passphrase !== ''),
    error,
    setPassphrase,
    setAgain,
    choose(chosen) {
      setError(undefined);
      choose(chosen);
    },
    download() {
      if (made !== undefined) downloadMade(made);
    },
    advance() {
      if (step === 'make') run(make());
      if (step === 'open' && made !== undefined && file !== undefined) run(open(made, file));
    },
    restart() {
      void forgetSuccessor();
      setMade(undefined);
      setError(undefined);
      setPassphrase('');
      choose(undefined);
    },
  };
}

function stepOf(made: MadeKey | undefined, opened: string | undefined): OwnKeyStep {
  if (made === undefined) return 'make';
  return opened === made.publicKey ? 'ready' : 'open';
}

const downloadMade = ({ name, file }: MadeKey): void => downloadBytes(name, file, 'text/plain');

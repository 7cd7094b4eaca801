import { FileUp } from 'lucide-react';
import { useState } from 'react';
import { Button as AriaButton } from 'react-aria-components/Button';
import { DropZone } from 'react-aria-components/DropZone';
import { FileTrigger } from 'react-aria-components/FileTrigger';
import { Button, buttonClass } from '../../components/Button.tsx';
import { ErrorPanel } from '../../components/ErrorPanel.tsx';
import { TextField } from '../../components/TextField.tsx';
import { cx } from '../../lib/cx.ts';
import { pin } from '../../lib/pin.ts';
import { useStore } from '../../lib/store.ts';
import { FileResult } from './components/FileResult.tsx';
import { VerifyFrame } from './components/VerifyFrame.tsx';
import { useFileVerification } from './useFileVerification.ts';
import styles from './VerifyPage.module.css';

const idPattern = /^[0-9a-f]{64}$/;

/** Checks a proof file in this browser; a proof pack needs no network at all. */
export default function VerifyPage() {
  const pinned = useStore(pin)?.network ?? '';
  const [network, setNetwork] = useState(pinned);
  const [text, setText] = useState('');
  const { result, verifyBytes } = useFileVerification();
  const id = network.trim().toLowerCase().replace(/\s/g, '');
  const isId = idPattern.test(id);
  const verifyFile = (name: string, bytes: Uint8Array) => verifyBytes(name, bytes, id);
  return (
    <VerifyFrame
      title="Verify"
      lead="Drop a proof pack or a receipt. All checks run in this browser; nothing is sent anywhere, and a proof pack needs no network."
    >
      <div className={styles.inputs}>
        <DropZone
          className={cx(styles.drop)}
          aria-label="Drop a proof pack or receipt"
          getDropOperation={() => 'copy'}
          onDrop={({ items }) => {
            const file = items.find((item) => item.kind === 'file');
            if (file?.kind !== 'file' || !isId) return;
            void file.getFile().then(async (content) => verifyFile(file.name, await bytesOf(content)));
          }}
        >
          <FileUp size={28} aria-hidden />
          <p className={styles.dropTitle}>Drop a file here</p>
          <p className={styles.muted}>
            {isId ? 'Proof pack or receipt, as CBOR or as the JSON of the API' : 'Name the network id first'}
          </p>
          <FileTrigger
            onSelect={(files) => {
              const file = files?.[0];
              if (file !== undefined) void bytesOf(file).then((bytes) => verifyFile(file.name, bytes));
            }}
          >
            <AriaButton className={buttonClass('primary')} isDisabled={!isId}>
              Choose a file
            </AriaButton>
          </FileTrigger>
        </DropZone>
        <form
          className={styles.form}
          onSubmit={(event) => {
            event.preventDefault();
            verifyFile('pasted text', new TextEncoder().encode(text));
          }}
        >
          <TextField
            label="Network id to verify against"
            value={network}
            onChange={setNetwork}
            code
            problem={network === '' || isId ? undefined : 'A network id has 64 hexadecimal digits.'}
            hint={hintOf(id, pinned)}
          />
          <TextField
            label="Or paste it"
            value={text}
            onChange={setText}
            rows={5}
            code
            placeholder="base64url, hex or JSON"
          />
          <div>
            <Button type="submit" isDisabled={!isId || text.trim() === ''}>
              Verify the text
            </Button>
          </div>
        </form>
      </div>
      {result?.kind === 'error' && <ErrorPanel error={result.error} />}
      {result !== undefined && result.kind !== 'error' && <FileResult result={result} />}
    </VerifyFrame>
  );
}

function hintOf(id: string, pinned: string): string {
  if (pinned === '') return 'The only thing that you have to trust: get it from a member, not from the file.';
  return id === pinned
    ? 'The network that this browser has pinned.'
    : 'Not the network that this browser has pinned.';
}

const bytesOf = async (file: Blob): Promise<Uint8Array> => new Uint8Array(await file.arrayBuffer());

import { FileUp } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { Button as AriaButton } from 'react-aria-components/Button';
import { DropZone } from 'react-aria-components/DropZone';
import { FileTrigger } from 'react-aria-components/FileTrigger';
import { Button, buttonClass } from '../../../components/Button.tsx';
import { ErrorPanel } from '../../../components/ErrorPanel.tsx';
import { TextField } from '../../../components/TextField.tsx';
import { cx } from '../../../lib/cx.ts';
import { FileResult } from './FileResult.tsx';
import styles from './FileVerifier.module.css';
import type { FilePorts } from './ports.ts';
import { useFileVerification } from './useFileVerification.ts';

const idPattern = /^[0-9a-f]{64}$/;

export interface FileVerifierProps {
  readonly ports: FilePorts;
  /** Network id to begin with; empty if none is trusted yet. */
  readonly pinned: string;
  /** Whether transactions and blocks have pages to go to. */
  readonly linked: boolean;
}

/** Checks what is dropped, chosen or pasted; nothing of it leaves this browser. */
export function FileVerifier({ ports, pinned, linked }: FileVerifierProps) {
  const [network, setNetwork] = useState(pinned);
  const [text, setText] = useState('');
  const { result, verifyBytes } = useFileVerification(ports);
  const id = network.trim().toLowerCase().replace(/\s/g, '');
  const isId = idPattern.test(id);
  const verifyFile = (name: string, content: Blob) =>
    void content.arrayBuffer().then((bytes) => verifyBytes(name, new Uint8Array(bytes), id));
  return (
    <>
      <div className={styles.inputs}>
        <Drop isDisabled={!isId} onFile={verifyFile}>
          {isId
            ? 'Proof pack, receipt, genesis or signed report, as CBOR or JSON'
            : 'Name the network id first'}
        </Drop>
        <form
          className={styles.form}
          onSubmit={(event) => {
            event.preventDefault();
            verifyBytes('pasted text', new TextEncoder().encode(text), id);
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
      {result !== undefined && result.kind !== 'error' && <FileResult result={result} linked={linked} />}
    </>
  );
}

interface DropProps {
  readonly isDisabled: boolean;
  readonly onFile: (name: string, content: Blob) => void;
  readonly children: ReactNode;
}

function Drop({ isDisabled, onFile, children }: DropProps) {
  return (
    <DropZone
      className={cx(styles.drop)}
      aria-label="Drop a file to verify"
      isDisabled={isDisabled}
      getDropOperation={() => 'copy'}
      onDrop={({ items }) => {
        const file = items.find((item) => item.kind === 'file');
        if (file?.kind === 'file') void file.getFile().then((content) => onFile(file.name, content));
      }}
    >
      <FileUp size={28} aria-hidden />
      <p className={styles.dropTitle}>Drop a file here</p>
      <p className={styles.muted}>{children}</p>
      <FileTrigger
        onSelect={(files) => {
          const file = files?.[0];
          if (file !== undefined) onFile(file.name, file);
        }}
      >
        <AriaButton className={buttonClass('primary')} isDisabled={isDisabled}>
          Choose a file
        </AriaButton>
      </FileTrigger>
    </DropZone>
  );
}

function hintOf(id: string, pinned: string): string {
  if (pinned === '') return 'The only thing that you have to trust: get it from a member, not from the file.';
  return id === pinned
    ? 'The network that this browser has pinned.'
    : 'Not the network that this browser has pinned.';
}

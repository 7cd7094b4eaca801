import { Check, Copy } from 'lucide-react';
import { memo, useState } from 'react';
import { Link } from 'react-router';
import { announce } from '../lib/announce.ts';
import { copyText } from '../lib/clipboard.ts';
import { cx } from '../lib/cx.ts';
import { shortenHash } from '../lib/format.ts';
import { createStore, useSelected } from '../lib/store.ts';
import styles from './Hash.module.css';

/** The hash under the pointer or focus: equal ones on the page light up with it. */
const highlighted = createStore('');

export interface HashProps {
  readonly value: string;
  /** What it is, for the copy button and its announcement: "block hash". */
  readonly name: string;
  readonly to?: string;
  readonly full?: boolean;
  readonly copy?: boolean;
  /** Marks the link that j and k move between. */
  readonly rowLink?: boolean;
}

export function Hash({ value, name, to, full = false, copy = true, rowLink = false }: HashProps) {
  const equal = useSelected(highlighted, (hash) => hash === value);
  const text = full ? value : shortenHash(value);
  const code = (
    <code
      className={cx(styles.code, equal && styles.equal, full && styles.full)}
      {...(equal ? { 'data-equal': '' } : {})}
    >
      {text}
    </code>
  );
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: hovering only highlights; there is nothing to operate
    <span
      className={styles.hash}
      onPointerEnter={() => highlighted.set(value)}
      onPointerLeave={() => highlighted.set('')}
      onFocus={() => highlighted.set(value)}
      onBlur={() => highlighted.set('')}
    >
      {to === undefined ? (
        code
      ) : (
        <Link to={to} title={value} {...(rowLink ? { 'data-row-link': '' } : {})}>
          {code}
        </Link>
      )}
      {copy && <CopyButton value={value} name={name} />}
    </span>
  );
}

export const CopyButton = memo(function CopyButton({ value, name }: { value: string; name: string }) {
  // The value, since the button goes on to another one where a list reuses its rows.
  const [copied, setCopied] = useState<string | undefined>();
  const copyIt = async () => {
    try {
      await copyText(value);
      announce(`Copied ${name}`);
      setCopied(value);
      setTimeout(() => setCopied(undefined), 1500);
    } catch (error) {
      announce(`Could not copy ${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  return (
    <button
      type="button"
      className={styles.copy}
      aria-label={`Copy ${name}`}
      title={`Copy ${name}`}
      onClick={copyIt}
    >
      {copied === value ? checkIcon : copyIcon}
    </button>
  );
});

/** Made once: a list of hashes would make dozens in each frame of a fast scroll. */
const copyIcon = <Copy size={13} aria-hidden />;
const checkIcon = <Check size={13} aria-hidden />;
